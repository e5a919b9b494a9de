/** The floor: the same loop by hand, four durable writes a run through the same group commit, no control plane. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/core/clock.ts';
import { newRunId } from '../src/core/ids.ts';
import { openLocalDatabase } from '../src/stores/local/database.ts';

export interface Floor {
  run(): Promise<void>;
  close(): Promise<void>;
}

export function openFloor(): Floor {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-floor-'));
  const database = openLocalDatabase({ folder, clock: systemClock });
  const insert = database.prepare("INSERT INTO commits VALUES (?, ?, 'floor', '', ?, '', '', ?, '{}', 0)");
  const content = JSON.stringify({ text: 'what a hand-written loop keeps of one step '.repeat(24) });
  return {
    async run() {
      const run = newRunId();
      for (let seq = 0; seq < 4; seq += 1) {
        await database.write((now) => insert.run(run, seq, content, now));
      }
    },
    async close() {
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
