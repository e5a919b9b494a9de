/**
 * Who may vouch for what a run that read untrusted content would have done by itself. Pure.
 *
 * One press ends a taint, so it takes whoever could approve that very call in that run: by the policy as it stands, not
 * whoever asked for the run, and nobody whose words its agent had read. Two people are never replaced by one.
 */
import type { JsonObject } from '../core/json.ts';
import type { People, Person } from '../people/person.ts';
import type { RunState } from '../runs/run-state.ts';
import type { ReviewStanding } from '../tools/tool.ts';
import { steerersOf } from '../runs/run-state.ts';
import { findFreeze } from './freeze-state.ts';
import type { FreezeState } from './freeze-state.ts';
import { questionFor } from './judge-call.ts';
import type { Policy } from './policy.ts';
import { frozenText } from './stop-frozen.ts';
import { whoMayDecide } from './who-may-decide.ts';

export interface VouchToday {
  readonly policy: Policy;
  readonly people: People;
  readonly freeze: FreezeState;
  readonly now: Date;
  readonly review: ReviewStanding;
}

export type MayVouch =
  | { readonly kind: 'may' }
  /** `left` can do it instead. */
  | { readonly kind: 'may-not'; readonly why: string; readonly left: readonly Person[] };

/** `taintedBy` is what the run had read then, whatever it has become since. */
export function mayVouch(
  state: RunState,
  call: { readonly tool: string; readonly args: JsonObject; readonly taintedBy: string },
  person: Person,
  today: VouchToday,
): MayVouch {
  const { policy, people, freeze, now, review } = today;
  const nameOf = (id: string): string => people.findPerson(id)?.name ?? id;
  const frozen = findFreeze(freeze, state.thread, now.getTime());
  if (frozen !== undefined) return mayNot(`${frozenText(frozen, { nameOf })}.`);
  const requester = people.findPerson(state.requester);
  const tainted = { ...state, taintedBy: call.taintedBy };
  const { verdict, requirements } = policy.resolve(
    questionFor(tainted, requester, call.tool, call.args, { ...review, now }),
  );
  if (verdict === 'deny') return mayNot(`Policy does not allow ${call.tool} here.`);
  const question = {
    requirements,
    people,
    requester: state.requester,
    excluded: steerersOf(state, state.requester).map((id) => ({ person: id, why: 'steerer' as const })),
  };
  const outlook = whoMayDecide({ ...question, votes: [] });
  const may = outlook.mayVote(person.id);
  if (may.kind === 'may') {
    if (whoMayDecide({ ...question, votes: [person.id] }).isMet) return { kind: 'may' };
    return mayNot('Policy wants more than one person for this, so one press does not keep it.');
  }
  const names = may.left.map(({ name }) => name).join(' or ');
  const others = names === '' ? ' Nobody else can.' : ` ${names} can.`;
  switch (may.kind) {
    case 'requester':
      return mayNot(`You asked for this, so somebody else vouches for it.${others}`, may.left);
    case 'excluded':
      return mayNot(`The agent had read your words, so somebody else vouches for it.${others}`, may.left);
    case 'early':
      return mayNot('Policy wants more than one person for this, so one press does not keep it.');
    case 'not-entitled':
      return mayNot(
        `Only ${may.approvers.join(' or ') || 'nobody'} can vouch for this.${names === '' ? '' : others}`,
        may.left,
      );
    default:
      return may satisfies never;
  }
}

function mayNot(why: string, left: readonly Person[] = []): MayVouch {
  return { kind: 'may-not', why, left };
}
