/** What the thread says when nobody decides: who is reminded, and who may decide as well by now. */
import { surfaceOf } from '../core/surface-of.ts';
import { makeVisible } from '../core/visible-text.ts';
import { outlookOf } from '../gate/decide-vote.ts';
import { accountsOn } from '../people/accounts-on.ts';
import type { People } from '../people/person.ts';
import type { ApprovalState, RunState } from '../runs/run-state.ts';
import { needs } from './approval-card.ts';
import { durationText, reminderItem } from './reminder-item.ts';
import type { StoryItem, StoryWords } from './story-item.ts';

/** Of every approval; of one alone, those after an event of the run. */
export function nudgeItems(
  state: RunState,
  context: { readonly people: People; readonly words: StoryWords },
  only?: ApprovalState,
  after = 0,
): readonly StoryItem[] {
  const approvals = only === undefined ? [...state.approvals.values()] : [only];
  return approvals.flatMap((approval) => {
    const left = approval.state === 'pending' ? outlookOf(approval, context.people).left : [];
    const tell = left.flatMap((person) => accountsOn(person, surfaceOf(state.thread)));
    const nudges = approval.nudges.filter(({ mark }) => mark.number > after);
    return nudges.map((nudge): StoryItem => {
      const sort = nudge.to === undefined ? 'reminded' : 'escalated';
      return reminderItem({
        id: `${state.id}/${approval.id}/${sort}/${String(nudge.afterMs)}`,
        at: nudge.mark.stamp.at,
        ...wordsOf(approval, nudge, context),
        tell,
      });
    });
  });
}

function wordsOf(
  approval: ApprovalState,
  nudge: ApprovalState['nudges'][number],
  { people, words }: { readonly people: People; readonly words: StoryWords },
): { readonly title: string; readonly text: string } {
  const what = makeVisible(approval.title);
  const isOpen = approval.state === 'pending';
  const title = isOpen ? `Still waiting: ${what}` : `Was still waiting: ${what}`;
  const others =
    nudge.to === undefined
      ? ''
      : `Nobody decided in ${durationText(nudge.afterMs)}, so ${nudge.to.join(' or ')} may decide as well. `;
  const rest = isOpen
    ? `It needs ${needs({ approval, people })}. Asked by ${words.nameOf(approval.requester)}. It expires at ${words.time(approval.expiresAt)}, then nothing runs.`
    : 'It is settled by now.';
  return { title, text: `${others}${rest}` };
}
