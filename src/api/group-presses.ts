/**
 * Buttons for all calls of one card: as if the person had pressed each, and only when he may decide every one of them.
 *
 * Each call keeps its own vote and digest. A press counts for the calls that its card showed, and for no later ones.
 */
import type { ApprovalId } from '../core/ids.ts';
import { makeVisible } from '../core/visible-text.ts';
import type { Decisions } from '../gate/decisions.ts';
import { outlookOf } from '../gate/decide-vote.ts';
import type { People, Person } from '../people/person.ts';
import { joinedTo } from '../runs/routed-approvals.ts';
import type { ApprovalState, RunState } from '../runs/run-state.ts';
import type { RunStore } from '../runs/store.ts';
import { groupsOf } from '../story/approval-groups.ts';
import type { ApiBackend } from './backend.ts';
import { notFound, refusal } from './refusal.ts';
import type { RunViews } from './run-views.ts';

export interface GroupPressesOptions {
  readonly store: RunStore;
  readonly views: RunViews;
  readonly decisions: Decisions;
  people(): People;
  vote(
    person: Person,
    id: ApprovalId,
    input: {
      readonly vote: 'approve' | 'deny';
      readonly reason: string | undefined;
      readonly seen: number;
      readonly surface: string;
    },
  ): ReturnType<ApiBackend['vote']>;
}

export interface GroupPress {
  readonly verb: string;
  /** How much was added to each call that the card showed: `0.0.1`. */
  readonly shown: string;
  readonly text: string | undefined;
  readonly surface: string;
}

const verbs = {
  'approve-all': 'approve',
  'deny-all': 'deny',
  'withdraw-all': 'withdraw',
  // On a card in somebody's direct messages, for approvals of several runs.
  'approve-these': 'approve',
  'deny-these': 'deny',
} as const;

// Every key of the table above.
const groupVerbs = Object.keys(verbs) as (keyof typeof verbs)[];

/** Undefined when it is no button of a card with several calls. */
export function createGroupPresses(
  options: GroupPressesOptions,
): (person: Person, first: ApprovalId, press: GroupPress) => ReturnType<ApiBackend['act']> | undefined {
  const { store, views, decisions } = options;

  function memberOf(approval: ApprovalState) {
    return {
      id: approval.id,
      title: makeVisible(approval.title),
      isPending: approval.state === 'pending',
      mayVote: (person: Person) => outlookOf(approval, options.people()).mayVote(person.id).kind,
    };
  }

  type Member = ReturnType<typeof memberOf>;

  /** What this person's own card shows besides the approval that it hangs on. */
  async function findJoined(state: RunState, first: ApprovalId, person: Person): Promise<readonly Member[]> {
    const holder = state.approvals.get(first);
    if (holder === undefined) return [];
    const members = [memberOf(holder)];
    for (const { run, approval } of joinedTo(holder, person.id)) {
      const other = await views.withState(run, ({ approvals }) => {
        const found = approvals.get(approval);
        return found === undefined ? undefined : memberOf(found);
      });
      // A card that cannot be told whole is not decided as one.
      if (other === undefined) return [];
      members.push(other);
    }
    return members;
  }

  async function findShown(person: Person, first: ApprovalId, { verb, shown }: GroupPress) {
    const seen = /^\d{1,6}(?:\.\d{1,6})+$/u.test(shown) ? shown.split('.').map(Number) : [];
    const row = await store.findApproval(first);
    if (row === undefined) return [];
    const found = await views.withState(row.run, (state) =>
      verb.endsWith('-these')
        ? findJoined(state, first, person)
        : (groupsOf(state).get(first) ?? []).map(({ approval }) => memberOf(approval)),
    );
    // A card that showed more calls than there are is none of ours.
    if (found === undefined || found.length < seen.length) return [];
    return seen.map((additions, index) => ({ number: index + 1, additions, ...found[index] }));
  }

  async function press(
    person: Person,
    first: ApprovalId,
    given: GroupPress & { readonly verb: keyof typeof verbs },
  ): ReturnType<ApiBackend['act']> {
    const { text, surface } = given;
    const what = verbs[given.verb];
    const members = (await findShown(person, first, given)).flatMap((member) =>
      member.id === undefined ? [] : [{ ...member, id: member.id }],
    );
    if (members.length === 0) return notFound('action');
    const pending = members.filter(({ isPending }) => isPending === true);
    // When all of them are settled, each says how, or that this was his vote.
    const meant = pending.length === 0 ? members : pending;
    const send = async (id: ApprovalId, seen: number) => {
      if (what !== 'withdraw') return options.vote(person, id, { vote: what, reason: text, seen, surface });
      const done = await decisions.withdraw(id, person);
      if (done?.kind === 'done') return { kind: 'done', text: 'Withdrawn. Nothing ran.' } as const;
      return done?.why === 'settled'
        ? refusal(409, 'approval.settled', 'This was settled before.')
        : refusal(403, 'approval.not-yours', 'Only whoever asked for this can withdraw it.');
    };
    if (what !== 'withdraw') {
      const others = pending.filter(({ mayVote }) => {
        const may = mayVote?.(person);
        return may !== 'may' && !(may === 'early' && what === 'deny');
      });
      const [other] = others;
      if (other !== undefined) {
        const refused = await send(other.id, other.additions);
        if (refused.kind === 'refused') {
          const own = pending.length - others.length;
          return own === 0
            ? refused
            : {
                ...refused,
                detail: `You may decide ${String(own)} of these ${String(pending.length)} calls, so nothing was counted: use their own buttons. ${other.title ?? ''}: ${refused.detail}`,
              };
        }
      }
    }
    const told: string[] = [];
    let refused: Awaited<ReturnType<typeof send>> | undefined;
    let isAnyDone = false;
    for (const { id, number, title, additions } of meant) {
      const done = await send(id, additions);
      if (done.kind === 'refused') refused ??= done;
      else isAnyDone = true;
      told.push(`${String(number)}. ${title ?? ''}: ${done.kind === 'refused' ? done.detail : done.text}`);
    }
    if (!isAnyDone && refused?.kind === 'refused') return { ...refused, detail: told.join('\n') };
    return { kind: 'done', text: told.join('\n') };
  }

  return (person, first, given) => {
    const verb = groupVerbs.find((entry) => entry === given.verb);
    return verb === undefined ? undefined : press(person, first, { ...given, verb });
  };
}
