/**
 * The last look before bytes leave: does everything that was approved still hold? Pure.
 */
import type { Redactor } from '../core/redact.ts';
import { commitmentTo } from '../ledger/commit.ts';
import type { People } from '../people/person.ts';
import type { ApprovalState, JudgedCall, RecordedRequirement, RunState } from '../runs/run-state.ts';
import type { ToolState } from '../tools/tool.ts';
import { approvalDigest } from './approval-digest.ts';
import type { ApprovalBinding } from './approval-digest.ts';
import { isApproved } from './decide-vote.ts';
import { findUnsendable } from './find-secret.ts';
import type { ArgumentLimits } from './find-secret.ts';
import { whyNotCovered } from './fit-grant.ts';
import type { GrantQuestion } from './fit-grant.ts';
import type { Grant } from './grant-state.ts';
import type { PolicyAnswer } from './policy.ts';
import { verdicts } from './policy.ts';

/** An approval must be dispatched within this time after its decision, else it is asked again. */
export const dispatchWithinMs = 5 * 60_000;

export type DispatchCheck =
  | { readonly kind: 'go' }
  /** Void: the reason, for people. A new question follows. */
  | { readonly kind: 'stale'; readonly why: string }
  /** Void, and the tool is set aside: no new question. */
  | { readonly kind: 'drifted'; readonly why: string }
  /** Void, and never sent with these arguments: no new question. */
  | { readonly kind: 'unsendable'; readonly why: string };

export function bindingOf(
  state: RunState,
  call: JudgedCall,
  asked: { readonly requirements: readonly RecordedRequirement[]; readonly expiresAt: number },
): ApprovalBinding {
  return {
    organisation: state.organisation,
    run: state.id,
    step: call.step,
    call: call.id,
    serverIdentity: call.serverIdentity,
    tool: call.tool,
    definitionHash: call.definitionHash,
    argsCommitment: call.argsCommitment,
    effect: call.effect,
    requirements: asked.requirements,
    requester: state.requester,
    conversation: state.thread,
    expiresAt: asked.expiresAt,
  };
}

/** Whether the tool is still the one that was judged. */
export function checkTool(call: JudgedCall, found: ToolState): DispatchCheck {
  if (found.kind === 'drifted') {
    return {
      kind: 'drifted',
      why: `${call.tool} is not the tool that was accepted (${found.why}). It is set aside until an operator looks.`,
    };
  }
  if (found.kind !== 'ready')
    return { kind: 'drifted', why: `${call.tool} is no longer offered by its server.` };
  if (found.tool.definitionHash !== call.definitionHash) {
    return { kind: 'stale', why: `the definition of ${call.tool} changed` };
  }
  if (found.tool.serverIdentity !== call.serverIdentity)
    return { kind: 'stale', why: `the server of ${call.tool} changed` };
  return { kind: 'go' };
}

/** Whether the arguments are still the bytes that the ledger commits to. */
export function checkArguments({ argsJson, argsSalt, argsCommitment }: JudgedCall): DispatchCheck {
  if (argsJson === undefined || argsSalt === undefined)
    return { kind: 'stale', why: 'its arguments were erased' };
  return commitmentTo({ salt: argsSalt, text: argsJson }) === argsCommitment
    ? { kind: 'go' }
    : { kind: 'stale', why: 'its arguments are not the ones that were judged' };
}

/** Whether what nobody shall read stands in the arguments by today's guardrails, which may be newer than the call. */
export function checkGuardrails(call: JudgedCall, redact: Redactor, limits?: ArgumentLimits): DispatchCheck {
  const why = findUnsendable(call, redact, limits);
  return why === undefined ? { kind: 'go' } : { kind: 'unsendable', why };
}

/** Whether the approval is still the one that people gave, for exactly this call, under rules no stricter. */
export function checkApproval(
  state: RunState,
  call: JudgedCall,
  approval: ApprovalState,
  today: {
    readonly answer: PolicyAnswer;
    readonly people: People;
    readonly now: number;
  },
): DispatchCheck {
  // Votes are weighed by the approval's own requester, so that one is bound too.
  const isSameRequester = approval.requester === state.requester;
  if (!isSameRequester || approvalDigest(bindingOf(state, call, approval)) !== approval.digest) {
    return { kind: 'stale', why: 'it is not the call that was approved' };
  }
  if (!isApproved(approval, today.people))
    return { kind: 'stale', why: 'somebody who approved may no longer decide' };
  const decidedAt = approval.decision?.mark.stamp.at.getTime() ?? 0;
  if (today.now > decidedAt + dispatchWithinMs)
    return { kind: 'stale', why: 'it waited more than 5 minutes after the decision' };
  const stricter = findStricter(call, approval, today.answer);
  return stricter === undefined ? { kind: 'go' } : { kind: 'stale', why: stricter };
}

/** True when `had` lets somebody approve whom `requirement` keeps out. */
function letsOff(had: RecordedRequirement, requirement: RecordedRequirement): boolean {
  return (
    (!had.excludeRequester && requirement.excludeRequester) ||
    (had.excludeSteerers === false && requirement.excludeSteerers !== false) ||
    (had.excludeEditor === false && requirement.excludeEditor !== false)
  );
}

/** Whoever decided because nobody else did for so long may do so today, too. */
function escalatesNoWider(had: RecordedRequirement, requirement: RecordedRequirement): boolean {
  return (had.escalate ?? []).every((step) =>
    (requirement.escalate ?? []).some(
      (today) => today.afterMs <= step.afterMs && step.to.every((name) => today.to.includes(name)),
    ),
  );
}

/** A stage is covered by the same stage of the same rule alone: elsewhere nobody kept its order. */
function keepsOrder(had: RecordedRequirement, { rule, stage }: RecordedRequirement): boolean {
  if (stage === undefined) return true;
  return had.rule === rule && had.stage?.number === stage.number && had.stage.of === stage.of;
}

/** Whether the grant that a use was reserved of still stands for this call. */
export function checkGrant(
  call: JudgedCall,
  grant: Grant | undefined,
  question: GrantQuestion,
): DispatchCheck {
  const isHeld = grant?.taken.some((use) => use.call === call.id) === true;
  if (!isHeld) return { kind: 'stale', why: 'its grant holds no use for it' };
  if (grant.revoked !== undefined) return { kind: 'stale', why: 'its grant was revoked' };
  if (question.answer.effect !== call.effect)
    return { kind: 'stale', why: `its effect class changed: ${call.effect} → ${question.answer.effect}` };
  if ((question.answer.key ?? '') !== (call.keyArgument ?? ''))
    return { kind: 'stale', why: 'the argument that takes its key changed' };
  const why = whyNotCovered(grant, question);
  return why === undefined ? { kind: 'go' } : { kind: 'stale', why };
}

/** What policy demands today beyond what was asked, in words; undefined when it demands no more. */
export function findStricter(
  call: JudgedCall,
  approval: { readonly requirements: readonly RecordedRequirement[] },
  answer: PolicyAnswer,
): string | undefined {
  const asked = verdicts.findIndex((verdict) => verdict === call.verdict);
  if (verdicts.indexOf(answer.verdict) > asked)
    return `policy is stricter now: ${call.verdict} → ${answer.verdict}`;
  if (answer.effect !== call.effect) return `its effect class changed: ${call.effect} → ${answer.effect}`;
  if ((answer.key ?? '') !== (call.keyArgument ?? '')) return 'the argument that takes its key changed';
  for (const requirement of answer.requirements) {
    const isCovered = approval.requirements.some(
      (had) =>
        had.quorum >= requirement.quorum &&
        !letsOff(had, requirement) &&
        keepsOrder(had, requirement) &&
        escalatesNoWider(had, requirement) &&
        had.approvers.every((name) => requirement.approvers.includes(name)),
    );
    if (!isCovered)
      return `policy now also needs ${String(requirement.quorum)} of ${requirement.approvers.join(', ') || 'nobody'}`;
  }
  return undefined;
}
