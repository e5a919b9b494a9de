/** The event that puts a judged call to people: what the question binds to, and what its card starts with. Pure. */
import type { ApprovalId } from '../core/ids.ts';
import type { EventDraft } from '../ledger/fold.ts';
import { runEvent } from '../runs/run-events.ts';
import type { CallState, RunState } from '../runs/run-state.ts';
import { approvalDigest } from './approval-digest.ts';
import { bindingOf } from './check-dispatch.ts';
import { whyNeverGranted } from './fit-grant.ts';
import type { PolicyAnswer } from './policy.ts';
import { policyAuthors } from './policy-change-state.ts';
import type { PolicyChangeState } from './policy-change-state.ts';
import { previewData, previewText } from '../runs/effect-preview.ts';
import type { EffectPreview } from '../runs/preview-state.ts';

export function requestApproval(
  state: RunState,
  entry: CallState,
  asked: {
    readonly approval: ApprovalId;
    readonly answer: Pick<PolicyAnswer, 'requirements' | 'expiresInMs' | 'notify' | 'remindersMs'> &
      Partial<Pick<PolicyAnswer, 'verdict' | 'grants'>>;
    readonly now: number;
    readonly claim: string | undefined;
    readonly preview: EffectPreview | undefined;
    readonly changes: PolicyChangeState;
  },
): EventDraft {
  const { approval, answer, claim, preview } = asked;
  const authors = policyAuthors(asked.changes, asked.now);
  const bound = { requirements: answer.requirements, expiresAt: asked.now + answer.expiresInMs };
  return runEvent(
    'approval.requested',
    {
      approval,
      call: entry.call.id,
      digest: approvalDigest(bindingOf(state, entry.call, bound)),
      ...bound,
      requester: state.requester,
      notify: answer.notify,
      ...(answer.remindersMs.length > 0 && { remindersMs: answer.remindersMs }),
      ...(preview !== undefined && previewData(preview)),
      ...(entry.approval !== undefined && { askedAgainFor: entry.approval }),
      ...(authors.length > 0 && { authors }),
      ...(whyNeverGranted(state, answer) === undefined && { grants: answer.grants }),
    },
    { title: entry.call.title, claim, preview: preview === undefined ? undefined : previewText(preview) },
  );
}
