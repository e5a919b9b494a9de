/** What a second model said about a call, on its card: its words as its own, never as anybody's who decides. */
import type { CardField } from '../chat/card.ts';
import { makeVisible } from '../core/visible-text.ts';
import type { ApprovalState, CallState } from '../runs/run-state.ts';
import type { Reader } from './story-item.ts';

export function reviewFields(
  { review, edits }: CallState,
  approval: ApprovalState,
  { mayReadThread }: Reader,
): readonly CardField[] {
  if (review === undefined || review.says === 'fine') return [];
  // Each version of the arguments has a card, and what a person has changed since is not what it looked at.
  const looked = review.mark.number;
  if (looked > approval.mark.number) return [];
  if (edits.some(({ mark }) => mark.number > looked && mark.number < approval.mark.number)) return [];
  if (review.says === 'none') {
    const value = `A second model (${review.model}) was to look at this and did not answer: ${review.why ?? ''}.`;
    return [{ label: 'Second look', value, form: 'plain' }];
  }
  // Its words are about what the thread holds.
  const words =
    review.warning === undefined
      ? ''
      : mayReadThread
        ? `: «${makeVisible(review.warning)}»`
        : '; its words are in the thread';
  const why = review.isRaised ? ' Policy alone would not have asked.' : '';
  return [
    { label: 'Look twice', value: `A second model (${review.model}) warns${words}.${why}`, form: 'warning' },
  ];
}
