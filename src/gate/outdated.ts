/**
 * Questions that today's policy would ask otherwise. Pure.
 *
 * A question is void when policy has changed in substance for this very call: who must agree, whether people are
 * asked at all, what may be done after a lost answer. It is then judged and asked anew. A change elsewhere in the file
 * touches no question, and neither does what only moved on by itself: the time of day, or what the run has read since.
 */
import { canonicalJson, parseStrictJson } from '../core/canonical-json.ts';
import { isJsonObject } from '../core/json.ts';
import type { Redactor } from '../core/redact.ts';
import type { EventDraft } from '../ledger/fold.ts';
import type { People } from '../people/person.ts';
import { runEvent } from '../runs/run-events.ts';
import { lastEdit } from '../runs/run-state.ts';
import type { ApprovalState, JudgedCall, RecordedRequirement, RunState } from '../runs/run-state.ts';
import { findUnsendable } from './find-secret.ts';
import type { ArgumentLimits } from './find-secret.ts';
import type { ReviewStanding } from '../tools/tool.ts';
import { decisionServer } from './ask-decision.ts';
import { questionFor } from './judge-call.ts';
import type { Policy, PolicyAnswer } from './policy.ts';

export interface RulesToday {
  readonly policy: Policy;
  readonly people: People;
  readonly now: Date;
  reviewOf(tool: string): ReviewStanding;
  /** Takes out what nobody shall read: a call that holds such a text is not sent, so nobody is asked about it. */
  readonly redact: Redactor;
  readonly argumentLimits?: () => ArgumentLimits;
}

export function findOutdated(state: RunState, today: RulesToday): readonly EventDraft[] {
  const events: EventDraft[] = [];
  for (const approval of state.approvals.values()) {
    const why = state.calls.has(approval.call)
      ? approval.state === 'pending'
        ? whyOutdated(state, approval, today)
        : undefined
      : whyAstray(approval);
    if (why !== undefined)
      events.push(runEvent('approval.decided', { approval: approval.id, state: 'stale' }, { reason: why }));
  }
  return events;
}

/** What asks about a call that its run never made can neither be decided nor sent: its record was altered. */
function whyAstray({ state }: ApprovalState): string | undefined {
  return state === 'pending' || state === 'approved' ? 'it is not the call that was asked about' : undefined;
}

function whyOutdated(state: RunState, approval: ApprovalState, today: RulesToday): string | undefined {
  const call = state.calls.get(approval.call)?.call;
  if (call?.argsJson === undefined) return undefined;
  // What people only decide is never sent.
  const unsendable =
    call.server === decisionServer ? undefined : findUnsendable(call, today.redact, today.argumentLimits?.());
  if (unsendable !== undefined) return unsendable.replace(/\.$/u, '');
  if (call.policyDigest === today.policy.digest) return undefined;
  const args = parseStrictJson(call.argsJson);
  if (!isJsonObject(args)) return undefined;
  const answer = today.policy.resolve(
    questionFor(state, today.people.findPerson(state.requester), call.tool, args, {
      ...today.reviewOf(call.tool),
      now: today.now,
    }),
  );
  // What a person changed is asked about whatever policy says, by the people who were asked before.
  if (answer.verdict === 'allow' && lastEdit(state, call.id) !== undefined) return undefined;
  // So is what a second model did not want to run by itself.
  if (answer.verdict === 'allow' && state.calls.get(call.id)?.review?.isRaised === true) return undefined;
  return describeDifference(call, approval, answer);
}

/** What the rules ask otherwise than they did, in words; undefined when they ask the same. */
export function describeDifference(
  call: Pick<JudgedCall, 'verdict' | 'effect' | 'keyArgument'>,
  approval: Pick<ApprovalState, 'requirements'>,
  answer: Pick<PolicyAnswer, 'verdict' | 'effect' | 'key' | 'requirements'>,
): string | undefined {
  const changes: string[] = [];
  if (answer.verdict !== call.verdict) changes.push(`${call.verdict} → ${answer.verdict}`);
  if (answer.effect !== call.effect) changes.push(`effect ${call.effect} → ${answer.effect}`);
  if ((answer.key ?? '') !== (call.keyArgument ?? '')) changes.push('the argument that takes the key');
  const before = sortedRequirements(approval.requirements);
  const after = sortedRequirements(answer.requirements);
  if (before.key !== after.key) changes.push(`${before.words} → ${after.words}`);
  return changes.length === 0 ? undefined : `the rules changed: ${changes.join(', ')}`;
}

/** What is demanded, whatever the rules that demand it are called. */
function sortedRequirements(requirements: readonly RecordedRequirement[]): {
  readonly key: string;
  readonly words: string;
} {
  // A stage belongs to its rule: only there it has an order.
  const keys = requirements.map(({ rule, ...demand }) =>
    canonicalJson(demand.stage === undefined ? demand : { rule, ...demand }),
  );
  const words = requirements.map(
    (requirement) =>
      `${requirement.stage === undefined ? '' : `stage ${String(requirement.stage.number)}: `}${String(requirement.quorum)} of ${requirement.approvers.join(' or ') || 'nobody'}${requirement.excludeRequester ? '' : ', the requester too'}`,
  );
  return {
    key: [...new Set(keys)].toSorted().join(' '),
    words: [...new Set(words)].toSorted().join(' and ') || 'nobody',
  };
}
