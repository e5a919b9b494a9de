/** What a person reads, privately, when a vote does not count. */
import type { ApprovalId } from '../core/ids.ts';
import { outlookOf } from '../gate/decide-vote.ts';
import type { VoteAnswer } from '../gate/decide-vote.ts';
import { requirementsNow } from '../gate/nudge.ts';
import type { People, Person } from '../people/person.ts';
import type { ApprovalState, RunState, ShutOut } from '../runs/run-state.ts';
import { makeVisible } from '../core/visible-text.ts';
import { effectText } from '../story/effect-field.ts';
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
  switch (answer.kind) {
    case 'requester':
    case 'excluded':
    case 'not-entitled': {
      const left =
        approval === undefined
          ? []
          : outlookOf(approval, people).left.filter((entry) => entry.id !== person.id);
      const roles =
        [
          ...new Set(
            (approval === undefined ? [] : requirementsNow(approval)).flatMap(({ approvers }) => approvers),
          ),
        ].join(' or ') || 'nobody';
      const names = left.map((entry) => entry.name).join(' or ');
      const others = names === '' ? ' Nobody else can.' : ` ${names} can.`;
      const end = answer.kind === 'not-entitled' ? (names === '' ? '' : ` It waits for ${names}.`) : others;
      const detail = `${whyNot(answer, roles)}${end}`;
      return {
        kind: 'refused',
        status: 403,
        code: `vote.${answer.kind}`,
        detail,
        ...(people.isDemonstration && {
          continueAs: left.map((entry) => ({ id: entry.id, name: entry.name })),
        }),
      };
    }
    case 'early': {
      const first = answer.first.join(' or ');
      const left =
        approval === undefined
          ? ''
          : outlookOf(approval, people)
              .left.map(({ name }) => name)
              .join(' or ');
      return {
        kind: 'refused',
        status: 403,
        code: 'vote.early',
        detail: `This is decided in stages, and ${first} decides before you. You are asked when they have approved; you can deny it now.${left === '' ? '' : ` It waits for ${left}.`}`,
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
    case 'new-words':
      return {
        kind: 'refused',
        status: 409,
        code: 'approval.new-words',
        detail: `${approval === undefined ? 'Who asked' : words.nameOf(approval.requester)} has said more since this was asked. Read it on the card, then decide.`,
      };
    case 'new-effect':
      return {
        kind: 'refused',
        status: 409,
        code: 'approval.new-effect',
        detail: `${effectNow(approval)} The card shows it as it is. Look again, then decide.`,
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
      return answer satisfies never;
  }
}

const whyExcluded = {
  editor: 'You changed the arguments',
  steerer: 'The agent had read your words before it proposed this',
  author: 'You changed the rules less than a day before this was asked',
} as const satisfies Record<ShutOut['why'], string>;

function whyNot(
  answer: Extract<VoteAnswer, { readonly kind: 'requester' | 'excluded' | 'not-entitled' }>,
  roles: string,
): string {
  switch (answer.kind) {
    case 'requester':
      return `You asked for this, so someone else from ${roles} decides.`;
    case 'excluded':
      return `${whyExcluded[answer.why]}, so someone else from ${roles} decides.`;
    case 'not-entitled':
      return `Only ${roles} can decide this.`;
    default:
      return answer satisfies never;
  }
}

function effectNow(approval: ApprovalState | undefined): string {
  const { preview } = approval ?? {};
  return preview?.kind === 'none'
    ? `It can no longer be said what this would change: ${makeVisible(preview.why)}.`
    : `What this would change is not what you were shown${preview?.kind === 'changes' ? `: ${effectText(preview.changes)}` : ''}.`;
}

function settledText(outcome: string | undefined): string {
  return outcome === undefined ? '.' : `: ${outcome.charAt(0).toLowerCase()}${outcome.slice(1)}`;
}
