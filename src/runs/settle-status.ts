/** Whether a run works or waits, and what every arm of its fold shares. */
import type { FoldedEvent } from '../ledger/fold.ts';
import type { Mark } from './mark.ts';
import type { RunState } from './run-state.ts';

/** Shown where a text was erased. */
export const erased = '(erased)';

/** A run is waiting while any question to people is open, whatever else moves. */
export function settleStatus(state: RunState, status: 'running' | 'waiting'): void {
  if (state.finished !== undefined || state.parked !== undefined) return;
  state.status = status === 'running' && hasOpenQuestion(state) ? 'waiting' : status;
}

function hasOpenQuestion(state: RunState): boolean {
  for (const approval of state.approvals.values()) if (approval.state === 'pending') return true;
  for (const call of state.calls.values()) if (call.unknown !== undefined) return true;
  for (const wait of state.waits.values()) if (wait.end === undefined) return true;
  return state.modelMissed !== undefined || state.missed.size > 0;
}

export function markOf(event: FoldedEvent): Mark {
  return { number: event.number, stamp: event.stamp };
}
