/** The arms of a run's fold for what is to be taken back when it is stopped or fails. */
import type { FoldedEvent } from '../ledger/fold.ts';
import type { RunEventData } from './run-events.ts';
import type { RunState } from './run-state.ts';
import { erased, markOf, settleStatus } from './settle-status.ts';

type UndoEvent = 'undo.registered' | 'undo.begun' | 'undo.failed' | 'undo.ended';

export const undoArms: {
  readonly [K in UndoEvent]: (state: RunState, data: RunEventData[K], event: FoldedEvent) => void;
} = {
  'undo.registered': (state, { key, tool }, event) => {
    if (state.undos.has(key)) return;
    state.undos.set(key, { key, tool, argsJson: event.text('args'), failures: 0, mark: markOf(event) });
  },
  'undo.begun': (state, { code }, event) => {
    state.failing ??= { code, tell: event.text('tell') ?? erased, mark: markOf(event) };
  },
  'undo.failed': (state, { key }) => {
    const undo = state.undos.get(key);
    if (undo !== undefined && undo.end === undefined) undo.failures += 1;
  },
  'undo.ended': (state, { key, how, by }, event) => {
    const undo = state.undos.get(key);
    if (undo === undefined || undo.end !== undefined) return;
    const mark = markOf(event);
    undo.end = { how, ...(by !== undefined && { by }), mark };
    if (how === 'left' && by !== undefined) {
      const reason = event.text('reason') ?? '';
      state.operated.push({ by, what: `left ${undo.tool} (${key}) as it is`, reason, mark });
    }
    if (state.parked?.undo !== key) return;
    delete state.parked;
    settleStatus(state, 'running');
  },
};
