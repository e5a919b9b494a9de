/** Every run's ledger, one after the other, for commands that look at all of them. */
import { runOfStream } from '../core/ids.ts';
import type { RunId } from '../core/ids.ts';
import type { Commit } from '../ledger/commit.ts';
import type { LedgerStore } from '../ledger/store.ts';
import { streamNames } from '../ledger/stream-names.ts';

export async function* runLedgers(
  ledger: LedgerStore,
): AsyncGenerator<{ readonly run: RunId; readonly commits: readonly Commit[] }> {
  for await (const stream of streamNames(ledger, 'run/')) {
    const run = runOfStream(stream);
    if (run !== undefined) yield { run, commits: await ledger.read(stream) };
  }
}
