/** A store's streams, each once and whole, in the order of their names, read in bulk. */
import type { Commit } from './commit.ts';
import type { LedgerStore, StreamRange } from './store.ts';

export async function* wholeStreams(
  ledger: Pick<LedgerStore, 'readAll'>,
  range: StreamRange = {},
): AsyncGenerator<readonly [string, readonly Commit[]]> {
  let stream = '';
  let standing: Commit[] = [];
  for await (const commits of ledger.readAll(range))
    for (const commit of commits) {
      if (commit.stream !== stream && standing.length > 0) {
        yield [stream, standing];
        standing = [];
      }
      stream = commit.stream;
      standing.push(commit);
    }
  if (standing.length > 0) yield [stream, standing];
}
