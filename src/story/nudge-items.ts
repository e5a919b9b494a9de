/** What the thread says when nobody decides: who is reminded, and who may decide as well by now. */
import { surfaceOf } from '../chat/outbox.ts';
import type { Card } from '../chat/card.ts';
import { makeVisible } from '../core/visible-text.ts';
import { outlookOf } from '../gate/decide-vote.ts';
import { accountsOn } from '../people/accounts-on.ts';
import type { People } from '../people/person.ts';
import type { ApprovalState, RunState } from '../runs/run-state.ts';
import { needs } from './approval-card.ts';
import type { StoryItem, StoryWords } from './story-item.ts';

export function nudgeItems(
  state: RunState,
  context: { readonly people: People; readonly words: StoryWords },
): readonly StoryItem[] {
  return [...state.approvals.values()].flatMap((approval) => {
    const left = approval.state === 'pending' ? outlookOf(approval, context.people).left : [];
    const tell = left.flatMap((person) => accountsOn(person, surfaceOf(state.thread)));
    return approval.nudges.map((nudge): StoryItem => {
      const sort = nudge.to === undefined ? 'reminded' : 'escalated';
      const card = nudgeCard(approval, nudge, context);
      return {
        id: `${state.id}/${approval.id}/${sort}/${String(nudge.afterMs)}`,
        kind: 'card',
        by: 'bot',
        at: nudge.mark.stamp.at,
        text: card.fallback,
        card,
        ...(tell.length > 0 && { tell }),
      };
    });
  });
}

function nudgeCard(
  approval: ApprovalState,
  nudge: ApprovalState['nudges'][number],
  { people, words }: { readonly people: People; readonly words: StoryWords },
): Card {
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
  const outcome = `${others}${rest}`;
  return {
    kind: 'notice',
    title,
    lines: [],
    fields: [],
    outcome,
    actions: [],
    fallback: `${title}. ${outcome}`,
  };
}

export function durationText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return `${String(minutes)} minutes`;
  const hours = Math.round(minutes / 60);
  return hours === 1
    ? 'an hour'
    : hours < 48
      ? `${String(hours)} hours`
      : `${String(Math.round(hours / 24))} days`;
}
