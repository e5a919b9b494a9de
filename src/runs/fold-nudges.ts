/** The arms of a run's fold for questions that nobody decides: reminders, and others who may decide as well. */
import type { FoldedEvent } from '../ledger/fold.ts';
import type { RunEventData } from './run-events.ts';
import type { RunState } from './run-state.ts';
import { markOf } from './settle-status.ts';

export const nudgeArms: {
  readonly [K in 'approval.reminded' | 'approval.escalated']: (
    state: RunState,
    data: RunEventData[K],
    event: FoldedEvent,
  ) => void;
} = {
  'approval.reminded': (state, { approval: id, afterMs }, event) => {
    const approval = state.approvals.get(id);
    if (approval?.state !== 'pending') return;
    if (approval.nudges.some((nudge) => nudge.to === undefined && nudge.afterMs >= afterMs)) return;
    approval.nudges.push({ afterMs, mark: markOf(event) });
  },
  'approval.escalated': (state, { approval: id, afterMs, to }, event) => {
    const approval = state.approvals.get(id);
    if (approval?.state !== 'pending') return;
    if (approval.nudges.some((nudge) => nudge.to !== undefined && nudge.afterMs >= afterMs)) return;
    approval.nudges.push({ afterMs, to, mark: markOf(event) });
  },
};
