/** The names of a store's streams, in their order, however many there are. */
import type { LedgerStore } from './store.ts';

const atOnce = 500;

export async function* streamNames(
  ledger: Pick<LedgerStore, 'listStreams'>,
  prefix = '',
  from = '',
): AsyncGenerator<string> {
  let after = from;
  for (;;) {
    const names = await ledger.listStreams({ prefix, after, limit: atOnce });
    yield* names;
    const last = names.at(-1);
    if (last === undefined || names.length < atOnce) return;
    after = last;
  }
}
