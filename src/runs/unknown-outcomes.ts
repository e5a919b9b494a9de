/** Runs in which nobody knows what became of a call, found through the rows that their ledgers project. */
import type { RunId } from '../core/ids.ts';
import { unknownOutcome } from './project-run.ts';
import type { CallState, RunState } from './run-state.ts';
import type { SignalStore } from './store.ts';

/** In the order of the runs' ids, which is the order in which they began. */
export function listUnknownRuns(
  store: Pick<SignalStore, 'listWaiting'>,
  after: RunId | undefined,
  limit: number,
): Promise<readonly RunId[]> {
  return store.listWaiting(unknownOutcome, after, limit);
}

export function unknownCalls(state: RunState): readonly CallState[] {
  return [...state.calls.values()].filter(({ unknown }) => unknown !== undefined);
}
