/** `node dist/bench-audit.js [commits]`: how long `audit verify` takes over a ledger of 1,000,000 commits. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/core/clock.ts';
import { newRunId, runStream } from '../src/core/ids.ts';
import { silentLogger } from '../src/core/logger.ts';
import { noPrev, prevAfter } from '../src/ledger/commit.ts';
import type { EventDraft } from '../src/ledger/fold.ts';
import { sealCommit } from '../src/ledger/seal-commit.ts';
import { openSealKey } from '../src/ledger/seal-key.ts';
import { createSealer } from '../src/ledger/sealer.ts';
import { sourceOfStore, verifyLedger } from '../src/ledger/verify-ledger.ts';
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

async function writeRun(): Promise<void> {
  const stream = runStream(newRunId());
  let prev = noPrev;
  for (let seq = 0; seq < commitsOfRun; seq += 1) {
    const result = await store.ledger.append(sealCommit({ stream, seq, by: 'bot', prev }, events), []);
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

const began = performance.now();
const report = await verifyLedger(sourceOfStore(store.ledger));
const seconds = (performance.now() - began) / 1000;
const size = statSync(join(folder, 'countersign.db')).size / 2 ** 30;
await store.close();
rmSync(folder, { recursive: true, force: true });
if (report.faults.length > 0)
  throw new Error(`An intact ledger has faults: ${JSON.stringify(report.faults[0])}`);
process.stdout.write(
  `verified ${String(report.commits)} commits in ${String(report.streams)} streams, ${String(report.covered)} covered by seals, ${size.toFixed(1)} GB: ${seconds.toFixed(1)} s (at most ${String(mostSeconds)} s are wanted for 1,000,000)\n`,
);
