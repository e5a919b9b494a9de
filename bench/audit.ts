/** `node dist/bench-audit.js [commits]`: how long `audit verify` takes over a store of 1,000,000 commits. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from '../src/core/clock.ts';
import { asActorId, asChannelId, asThreadId, newRunId, runStream } from '../src/core/ids.ts';
import { silentLogger } from '../src/core/logger.ts';
import { noPrev, prevAfter } from '../src/ledger/commit.ts';
import type { EventDraft } from '../src/ledger/fold.ts';
import { sealCommit } from '../src/ledger/seal-commit.ts';
import { openSealKey } from '../src/ledger/seal-key.ts';
import { createSealer } from '../src/ledger/sealer.ts';
import type { RunRow } from '../src/runs/store.ts';
import { openLocalStore } from '../src/stores/local/local-store.ts';

const wanted = Number(process.argv[2] ?? 1_000_000);
const commitsOfRun = 4;
const runsAtOnce = 500;
const mostSeconds = 60;

const folder = mkdtempSync(join(tmpdir(), 'countersign-audit-'));
const store = await openLocalStore({ folder, clock: systemClock });

/** About what a commit of a gated run holds: three events with two texts. */
const events: readonly EventDraft[] = [
  { kind: 'model.answered', v: 1, data: { step: 'answer', turn: 1, stop: 'end', model: 'scripted' } },
  { kind: 'tool.completed', v: 1, data: { call: 'call_1', attempt: 1, isError: false } },
  { kind: 'message.posted', v: 1, data: { key: 'say' } },
].map((event) => ({ ...event, texts: { content: 'a line of what a tool or a model said.. '.repeat(12) } }));

const aRow = {
  status: 'done',
  workflow: 'assistant',
  thread: asThreadId('console:finance/t1'),
  channel: asChannelId('console:finance'),
  startedBy: asActorId('ana'),
  startedAt: Date.now(),
  title: 'refund invoice 1042 of Acme',
  usdSpent: 0,
  tokens: 0,
} as const;

async function writeRun(): Promise<void> {
  const run = newRunId();
  const stream = runStream(run);
  let prev = noPrev;
  for (let seq = 0; seq < commitsOfRun; seq += 1) {
    const row: RunRow = { ...aRow, id: run, seq };
    const rows = [{ table: 'runs', key: run, seq, row }];
    const result = await store.ledger.append(sealCommit({ stream, seq, by: 'bot', prev }, events), rows);
    if (result.kind !== 'landed') throw new Error('Nobody else writes this stream.');
    prev = prevAfter(result.commit);
  }
}

for (let written = 0; written < wanted; written += runsAtOnce * commitsOfRun)
  await Promise.all(Array.from({ length: runsAtOnce }, writeRun));
const sealer = createSealer({
  store: store.ledger,
  clock: systemClock,
  logger: silentLogger,
  organisation: 'org_bench',
  openKey: () => openSealKey(join(folder, 'seal-key.pem')),
});
await sealer.start();
await sealer.stop();

const size = statSync(join(folder, 'countersign.db')).size / 2 ** 30;
await store.close();

const began = performance.now();
const { stdout } = await promisify(execFile)(
  process.execPath,
  [fileURLToPath(new URL('cli.js', import.meta.url)), 'audit', 'verify', ...process.argv.slice(3)],
  { env: { DATA_DIR: folder }, cwd: folder },
);
const seconds = (performance.now() - began) / 1000;
rmSync(folder, { recursive: true, force: true });
process.stdout.write(
  `${stdout}${size.toFixed(1)} GB: ${seconds.toFixed(1)} s, the start of the command included (at most ${String(mostSeconds)} s are wanted for 1,000,000)\n`,
);
