/**
 * What follows when nobody decides: people are reminded, and after the times that the policy names others may decide
 * as well. Pure; recorded as a decision, so that of several processes one does it.
 */
import type { EventDraft } from '../ledger/fold.ts';
import { nextOutcomeReminderAt, outcomeRemindersMs } from '../runs/lost-outcome.ts';
import { escalationsOf, nudgedUntil } from '../runs/next-nudge.ts';
import { runEvent } from '../runs/run-events.ts';
import { pendingApprovals } from '../runs/run-state.ts';
import type { ApprovalState, RunState } from '../runs/run-state.ts';
import type { Requirement } from './policy.ts';

/** What is due at `now`: after a time of standing still the latest of each sort, not all that were missed. */
export function findNudges(state: RunState, now: number): readonly EventDraft[] {
  const questions = pendingApprovals(state)
    .filter((approval) => approval.expiresAt > now)
    .flatMap((approval) => nudgesOf(approval, now - approval.mark.stamp.at.getTime()));
  return [...questions, ...outcomeNudges(state, now)];
}

/** What is due about calls of which nobody has said what became of them. */
function outcomeNudges(state: RunState, now: number): readonly EventDraft[] {
  return [...state.calls.values()].flatMap(({ call, unknown, lost }) => {
    const loss = unknown === undefined ? undefined : lost.at(-1);
    const dueAt = loss === undefined ? undefined : nextOutcomeReminderAt(loss);
    if (loss === undefined || dueAt === undefined || dueAt > now) return [];
    const waitedMs = now - loss.mark.stamp.at.getTime();
    const afterMs = outcomeRemindersMs.findLast((after) => after <= waitedMs) ?? 0;
    return [runEvent('outcome.reminded', { call: call.id, afterMs })];
  });
}

function nudgesOf(approval: ApprovalState, waitedMs: number): readonly EventDraft[] {
  const reminder = approval.remindersMs.findLast((afterMs) => afterMs <= waitedMs);
  const escalation = escalationsOf(approval).findLast((afterMs) => afterMs <= waitedMs);
  const events: EventDraft[] = [];
  if (escalation !== undefined && escalation > nudgedUntil(approval, 'escalation')) {
    const to = approval.requirements.flatMap((requirement) => addedBy(requirement, escalation));
    events.push(
      runEvent('approval.escalated', {
        approval: approval.id,
        afterMs: escalation,
        to: [...new Set(to)].toSorted(),
      }),
    );
  }
  if (reminder !== undefined && reminder > nudgedUntil(approval, 'reminder'))
    events.push(runEvent('approval.reminded', { approval: approval.id, afterMs: reminder }));
  return events;
}

function addedBy({ escalate = [] }: Requirement, afterMs: number): readonly string[] {
  return escalate.filter((step) => step.afterMs <= afterMs).flatMap(({ to }) => to);
}

/** Who decides by now: whom the policy named from the start, and whom it names for as long as it has waited. */
export function requirementsNow(approval: ApprovalState): readonly Requirement[] {
  const until = nudgedUntil(approval, 'escalation');
  if (until < 0) return approval.requirements;
  return approval.requirements.map((requirement) => ({
    ...requirement,
    approvers: [...new Set([...requirement.approvers, ...addedBy(requirement, until)])],
  }));
}
