/** The arms of a run's fold for steps that wait, steps that failed, and runs that other runs started. */
import type { FoldedEvent } from '../ledger/fold.ts';
import type { RunEventData } from './run-events.ts';
import type { RunState } from './run-state.ts';
import { erased, markOf, settleStatus } from './settle-status.ts';

type WaitEvent =
  'step.missed' | 'step.failed' | 'wait.opened' | 'wait.closed' | 'decision.taken' | 'child.began';

export const waitArms: {
  readonly [K in WaitEvent]: (state: RunState, data: RunEventData[K], event: FoldedEvent) => void;
} = {
  'step.missed': (state, { key, times, until }, event) => {
    state.missed.set(key, {
      key,
      times,
      until,
      why: event.text('why') ?? erased,
      mark: markOf(event),
    });
    settleStatus(state, 'waiting');
  },
  'step.failed': (state, { key, kind, inputHash }, event) => {
    state.missed.delete(key);
    if (state.steps.has(key)) return;
    const failure = event.text('why') ?? erased;
    state.steps.set(key, { key, kind, inputHash, result: undefined, failure, mark: markOf(event) });
    settleStatus(state, 'running');
  },
  'wait.opened': (state, data, event) => {
    if (state.waits.has(data.key)) return;
    state.waits.set(data.key, { ...data, text: event.text('text'), mark: markOf(event) });
    settleStatus(state, 'waiting');
  },
  'wait.closed': (state, data, event) => {
    const wait = state.waits.get(data.key);
    if (wait === undefined || wait.end !== undefined) return;
    const { how, by, cause, used } = data;
    wait.end = {
      how,
      ...(by !== undefined && { by }),
      ...(cause !== undefined && { cause }),
      ...(used !== undefined && { used }),
      result: event.text('result'),
      mark: markOf(event),
    };
    if (used !== undefined) {
      state.tokens += used.tokens;
      state.usdSpent += used.usd;
    }
    if (data.source !== undefined) state.taintedBy ??= data.source;
    settleStatus(state, 'running');
  },
  'decision.taken': (state, data, event) => {
    const call = state.calls.get(data.call);
    const approval = state.approvals.get(data.approval);
    // A denial that landed first stands: the decision was not acted on.
    if (call === undefined || call.result !== undefined || approval?.state !== 'approved') return;
    call.taken = data.approval;
    call.result = { kind: 'answered', isError: false, content: 'Decided.', mark: markOf(event) };
    settleStatus(state, 'running');
  },
  'child.began': (state, { parent, step, depth, share, source }) => {
    state.parent = { run: parent, step, depth, share };
    if (source !== undefined) state.taintedBy ??= source;
  },
};
