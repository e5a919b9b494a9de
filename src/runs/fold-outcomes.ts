/** The arms of a run's fold for calls that were sent and never answered. */
import { botActor } from '../core/ids.ts';
import type { ActorId, CallId } from '../core/ids.ts';
import type { FoldedEvent } from '../ledger/fold.ts';
import type { OutcomeEnd } from './lost-outcome.ts';
import type { RunEventData } from './run-events.ts';
import type { CallResult, CallState, RunState } from './run-state.ts';
import { erased, markOf, settleStatus } from './settle-status.ts';

type Kinds = 'outcome.lost' | 'outcome.probed' | 'outcome.reminded' | 'outcome.settled';

/** Ends the last loss of a call, if it is still open. */
export function endLoss(call: CallState, end: OutcomeEnd): void {
  delete call.unknown;
  const last = call.lost.at(-1);
  if (last !== undefined && last.end === undefined) last.end = end;
}

export const outcomeArms: {
  readonly [K in Kinds]: (state: RunState, data: RunEventData[K], event: FoldedEvent) => void;
} = {
  'outcome.lost': (state, data, event) => {
    const call = state.calls.get(data.call);
    if (call === undefined || call.result !== undefined) return;
    const loss = { why: event.text('why') ?? erased, attempt: data.attempt, mark: markOf(event) };
    if (call.unknown === undefined) call.lost.push({ ...loss, reminders: [] });
    call.unknown = loss;
    settleStatus(state, 'waiting');
  },
  'outcome.probed': (state, data, event) => {
    const call = state.calls.get(data.call);
    if (call === undefined || call.result !== undefined) return;
    const { attempt, probe, found } = data;
    call.probe = { attempt, probe, found, answer: event.text('answer'), mark: markOf(event) };
    if (!data.isSettled) return;
    call.result = settled(found === 'happened', botActor, event);
    goOn(state, data.call);
  },
  'outcome.reminded': (state, { call: id, afterMs }, event) => {
    const call = state.calls.get(id);
    const last = call?.lost.at(-1);
    if (call?.unknown === undefined || last === undefined) return;
    if (last.reminders.some((reminder) => reminder.afterMs >= afterMs)) return;
    last.reminders.push({ afterMs, mark: markOf(event) });
  },
  'outcome.settled': (state, data, event) => {
    const call = state.calls.get(data.call);
    if (call?.unknown === undefined) return;
    const says = data.next !== undefined ? 'again' : data.happened ? 'happened' : 'not';
    endLoss(call, { kind: 'person', by: data.by, says, mark: markOf(event) });
    if (data.next === undefined) call.result = settled(data.happened, data.by, event);
    else call.supersededBy = data.next;
    goOn(state, data.call);
  },
};

function settled(happened: boolean, by: ActorId, event: FoldedEvent): CallResult {
  return { kind: 'settled', happened, by, content: event.text('content') ?? erased, mark: markOf(event) };
}

/** Nothing waits any more to hear what became of this call. */
function goOn(state: RunState, call: CallId): void {
  if (state.parked?.call === call) delete state.parked;
  settleStatus(state, 'running');
}
