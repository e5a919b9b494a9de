/**
 * Whether a grant stands for a call: asked when the call is judged and again right before it is sent. Pure.
 *
 * A grant is one approver's word in advance. It counts for the call only where that person's vote alone would settle
 * it today, in a run that has read nothing untrusted, and within what the policy of today lets a grant allow.
 */
import type { JsonObject } from '../core/json.ts';
import type { People } from '../people/person.ts';
import type { RunState } from '../runs/run-state.ts';
import { coversArguments, staysWithin } from './grant-terms.ts';
import type { Grant } from './grant-state.ts';
import type { PolicyAnswer } from './policy.ts';
import { whoMayDecide } from './who-may-decide.ts';

export interface GrantQuestion {
  readonly state: RunState;
  readonly tool: { readonly name: string; readonly definitionHash: string; readonly serverIdentity: string };
  readonly args: JsonObject;
  readonly answer: PolicyAnswer;
  readonly people: People;
  /** When the last freeze was: it has ended the plans from before. */
  readonly voidUntil?: number;
}

/** Why calls like this are never granted; undefined when the policy lets an approver grant them. */
export function whyNeverGranted(
  state: Pick<RunState, 'taintedBy'>,
  answer: Pick<PolicyAnswer, 'requirements'> & Partial<Pick<PolicyAnswer, 'verdict' | 'grants'>>,
): string | undefined {
  if (answer.grants === undefined) return 'The policy lets nobody grant this tool in advance.';
  const [only, ...others] = answer.requirements;
  if (answer.verdict !== 'ask' || only === undefined || others.length > 0 || only.quorum > 1)
    return 'This needs more than one person each time.';
  if (state.taintedBy !== undefined)
    return `The agent has read content that nobody vouches for (${state.taintedBy}), so each call is asked about.`;
  return undefined;
}

/** Why this grant does not stand for the call, in words; undefined when it does. Uses are counted elsewhere. */
export function whyNotCovered(grant: Grant, question: GrantQuestion): string | undefined {
  const { state, tool, args, answer, people } = question;
  const never = grant.plan === undefined ? whyNeverGranted(state, answer) : whyNeverPlanned(grant, question);
  if (never !== undefined) return never;
  if (grant.tool !== tool.name || grant.serverIdentity !== tool.serverIdentity)
    return 'it is for another tool';
  if (grant.definitionHash !== tool.definitionHash) return 'the tool has changed since';
  const isForThis =
    grant.requester === state.requester &&
    grant.workflow === state.workflow &&
    grant.channel === state.channel;
  if (!isForThis) return 'it is for another person, workflow or channel';
  if (grant.constraints === undefined || !coversArguments(grant.constraints, args))
    return 'it does not cover these arguments';
  if (grant.plan === undefined && !staysWithin(grant.constraints, answer.grants ?? {}))
    return 'the policy allows less now';
  // Whoever told the agent what to do does not answer for it alone.
  const steerers = new Set([...state.recalledFrom, ...state.messages.map(({ by }) => by)]);
  steerers.delete(state.requester);
  const outlook = whoMayDecide({
    requirements: answer.requirements,
    people,
    requester: state.requester,
    excluded: [...steerers].map((person) => ({ person, why: 'steerer' as const })),
    votes: grant.plan?.votes ?? [grant.by],
  });
  return outlook.isMet ? undefined : 'whoever granted it may not decide this any more';
}

/** A plan holds in its run alone, where people are asked, and until the run reads what nobody vouches for. */
function whyNeverPlanned(
  grant: Grant,
  { state, answer: { verdict }, voidUntil = 0 }: GrantQuestion,
): string | undefined {
  if (grant.run !== state.id) return 'its plan is for another run';
  if (verdict !== 'ask' && verdict !== 'ask_two') return 'nobody is asked about it';
  if (grant.at <= voidUntil) return 'a freeze ended its plan';
  if (state.taintedBy !== undefined)
    return `the agent has read content that nobody vouches for since (${state.taintedBy})`;
  return undefined;
}
