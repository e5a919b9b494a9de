/** When something is to be done about a question that nobody decides. Pure. */
import type { ApprovalState } from './run-state.ts';

/** The latest moment of each sort that has been recorded, in ms after the question; -1 when none was. */
export function nudgedUntil(approval: ApprovalState, sort: 'reminder' | 'escalation'): number {
  const own = approval.nudges.filter((nudge) => (nudge.to === undefined) === (sort === 'reminder'));
  return Math.max(-1, ...own.map((nudge) => nudge.afterMs));
}

/** Every moment of escalation that any requirement names, in rising order. */
export function escalationsOf(approval: Pick<ApprovalState, 'requirements'>): readonly number[] {
  const times = approval.requirements.flatMap(({ escalate = [] }) => escalate.map(({ afterMs }) => afterMs));
  return [...new Set(times)].toSorted((a, b) => a - b);
}

/** In ms since 1970; undefined when there is nothing to come. */
export function nextNudgeAt(approval: ApprovalState): number | undefined {
  const askedAt = approval.mark.stamp.at.getTime();
  const next = [
    approval.remindersMs.find((afterMs) => afterMs > nudgedUntil(approval, 'reminder')),
    escalationsOf(approval).find((afterMs) => afterMs > nudgedUntil(approval, 'escalation')),
  ].flatMap((afterMs) => afterMs ?? []);
  const at = next.length === 0 ? undefined : askedAt + Math.min(...next);
  return at === undefined || at >= approval.expiresAt ? undefined : at;
}
