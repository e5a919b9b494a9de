/** The arm of a run's fold for what people think of its answer: one word each, the last one counts. */
import type { FoldedEvent } from '../ledger/fold.ts';
import type { RunEventData } from './run-events.ts';
import type { RunState } from './run-state.ts';
import { markOf } from './settle-status.ts';

export const feedbackArms: {
  readonly 'feedback.given': (
    state: RunState,
    data: RunEventData['feedback.given'],
    event: FoldedEvent,
  ) => void;
} = {
  'feedback.given': (state, { by, rating }, event) => {
    state.feedback.set(by, { rating, mark: markOf(event) });
  },
};

/** How many found the answer helpful, and how many did not; undefined while nobody said. */
export function countFeedback({
  feedback,
}: Pick<RunState, 'feedback'>): { readonly good: number; readonly bad: number } | undefined {
  if (feedback.size === 0) return undefined;
  const good = [...feedback.values()].filter(({ rating }) => rating === 'good').length;
  return { good, bad: feedback.size - good };
}
