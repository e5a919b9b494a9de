/** What a person reads, privately, when a vote does not count. */
import type { ApprovalId } from '../core/ids.ts';
import { outlookOf } from '../gate/decide-vote.ts';
import type { VoteAnswer } from '../gate/decide-vote.ts';
import type { People, Person } from '../people/person.ts';
import type { RunState } from '../runs/run-state.ts';
import type { StoryWords } from '../story/story-item.ts';
import type { Refusal } from './backend.ts';

export function refuseVote(
  answer: Exclude<VoteAnswer, { readonly kind: 'counts' | 'again' }>,
  state: RunState,
  id: ApprovalId,
  context: {
    readonly people: People;
    readonly words: StoryWords;
    readonly person: Person;
    readonly settled: string | undefined;
  },
): Refusal {
  const approval = state.approvals.get(id);
  const { people, words, person } = context;
  const { kind } = answer;
  switch (kind) {
    case 'requester':
    case 'not-entitled': {
      const left =
        approval === undefined
          ? []
          : outlookOf(approval, people).left.filter((entry) => entry.id !== person.id);
      const roles =
        [...new Set(approval?.requirements.flatMap((requirement) => requirement.approvers))].join(' or ') ||
        'nobody';
      const names = left.map((entry) => entry.name).join(' or ');
      const detail =
        kind === 'requester'
          ? `You asked for this, so someone else from ${roles} decides.${names === '' ? ' Nobody else can.' : ` ${names} can.`}`
          : `Only ${roles} can decide this.${names === '' ? '' : ` It waits for ${names}.`}`;
      return {
        kind: 'refused',
        status: 403,
        code: kind === 'requester' ? 'vote.requester' : 'vote.not-entitled',
        detail,
        ...(people.isDemonstration && {
          continueAs: left.map((entry) => ({ id: entry.id, name: entry.name })),
        }),
      };
    }
    case 'settled':
      return {
        kind: 'refused',
        status: 409,
        code: 'approval.settled',
        detail: `This was settled${settledText(context.settled)}`,
      };
    case 'wrong-digest':
      return {
        kind: 'refused',
        status: 409,
        code: 'approval.stale-digest',
        detail: 'This is not what is being asked now. Look at the card again before you decide.',
      };
    case 'expired': {
      const by = approval === undefined ? 'its time' : words.time(approval.expiresAt);
      return {
        kind: 'refused',
        status: 410,
        code: 'approval.expired',
        detail: `Nobody answered by ${by}, so nothing ran.`,
      };
    }
    case 'frozen':
      return {
        kind: 'refused',
        status: 409,
        code: 'approval.frozen',
        detail: `${answer.why}. Nothing runs until the freeze is over, and then it must be asked again.`,
      };
    default:
      return kind satisfies never;
  }
}

function settledText(outcome: string | undefined): string {
  return outcome === undefined ? '.' : `: ${outcome.charAt(0).toLowerCase()}${outcome.slice(1)}`;
}
