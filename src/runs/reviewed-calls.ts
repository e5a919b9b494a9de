/** What a second model said about a call before it ran or was asked about. */
import type { FoldedEvent } from '../ledger/fold.ts';
import type { RunEventData } from './run-events.ts';
import type { CallReview, RunState } from './run-state.ts';
import { markOf } from './settle-status.ts';

export const reviewArms: {
  readonly [K in 'call.reviewed']: (state: RunState, data: RunEventData[K], event: FoldedEvent) => void;
} = {
  'call.reviewed': (state, { call: id, model, says, isRaised, tokens = 0, usd = 0 }, event) => {
    state.tokens += tokens;
    state.usdSpent += usd;
    const call = state.calls.get(id);
    if (call === undefined) return;
    const warning = event.text('warning');
    const why = event.text('why');
    const review: CallReview = {
      model,
      says,
      isRaised: isRaised === true,
      ...(warning !== undefined && { warning }),
      ...(why !== undefined && { why }),
      mark: markOf(event),
    };
    call.review = review;
  },
};
