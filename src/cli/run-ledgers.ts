/** Every run's ledger, one after the other, for commands that look at all of them. */
import { runOfStream } from '../core/ids.ts';
import type { RunId } from '../core/ids.ts';
import type { Commit } from '../ledger/commit.ts';
import type { LedgerStore } from '../ledger/store.ts';

const streamsAtOnce = 200;

export async function* runLedgers(
  ledger: LedgerStore,
): AsyncGenerator<{ readonly run: RunId; readonly commits: readonly Commit[] }> {
  let after: string | undefined;
  for (;;) {
    const streams = await ledger.listStreams({
      prefix: 'run/',
      limit: streamsAtOnce,
      ...(after !== undefined && { after }),
    });
    for (const stream of streams) {
      const run = runOfStream(stream);
      if (run !== undefined) yield { run, commits: await ledger.read(stream) };
    }
    after = streams.at(-1);
    if (streams.length < streamsAtOnce) return;
  }
}
