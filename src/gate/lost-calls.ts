/**
 * Calls that were sent and never answered.
 *
 * While a call's deadline and grace run, nobody repeats it or asks about it. After that keyed calls may be repeated with
 * the same key and bytes, probeable ones are asked about, and of all others only a person can say what became of them.
 */
import { runEvent } from '../runs/run-events.ts';
import type { ProbeFinding } from '../runs/lost-outcome.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { graceMs } from '../runs/project-run.ts';
import type { ApprovalState, CallState, JudgedCall, RunState } from '../runs/run-state.ts';
import { isUndo } from '../runs/undo-state.ts';
import { argsOf } from './call-bytes.ts';
import type { GateOptions } from './gate-options.ts';
import { questionFor } from './judge-call.ts';
import { askProbe, isProbed } from './probe.ts';

export interface LostCalls {
  /** True while a call was sent and its deadline and grace are not over: nobody may repeat or ask. */
  isOnItsWay(entry: CallState): boolean;
  /**
   * Records as unknown what was sent and never answered, once its time is over, after asking its probe if it has one.
   * What may be repeated is left to its step, unless the run is over and no step will.
   */
  recordLost(run: OpenRun, isOver?: boolean): Promise<void>;
}

/** A keyed call is sent at most this often with the same key, and a read that people allowed is read again as often. */
const repeatableAttempts = 3;

export function createLostCalls(options: GateOptions): LostCalls {
  const { registry, clock } = options;

  function isOnItsWay(entry: CallState): boolean {
    const last = entry.dispatches.at(-1);
    if (last === undefined || entry.result !== undefined || entry.unknown !== undefined) return false;
    return clock.now().getTime() < last.deadline + graceMs;
  }

  /** Asks the probes of what was lost, and records what they say. */
  async function probeLost(run: OpenRun, isOver: boolean): Promise<void> {
    for (const { call } of [...run.state().calls.values()]) {
      const entry = run.state().calls.get(call.id);
      const last = entry?.dispatches.at(-1);
      if (entry === undefined || last === undefined || call.effect !== 'probeable' || isProbed(entry))
        continue;
      if (!isLost(run, entry)) continue;
      const state = run.state();
      const asked = { ...registry.reviewOf(call.tool), now: clock.now() };
      const requester = options.people().findPerson(state.requester);
      const { probe } = options
        .policy()
        .resolve(questionFor(state, requester, call.tool, argsOf(call), asked));
      if (probe === undefined) continue;
      const { keyArgument } = call;
      const sent = { ...argsOf(call), ...(keyArgument !== undefined && { [keyArgument]: last.key ?? '' }) };
      const { found, answer } = await askProbe(options, state, probe, sent, keyArgument);
      const now = run.state().calls.get(call.id);
      if (now === undefined || !isLost(run, now) || isProbed(now)) continue;
      const isSettled =
        found === 'happened' || (found === 'absent' && isOver && !isUndo(run.state(), call.step));
      const data = { call: call.id, attempt: last.attempt, probe, found, isSettled };
      const texts = { answer, content: isSettled ? probedText(call, probe, found) : undefined };
      run.stream.append({ sort: 'decision', by: 'bot', events: [runEvent('outcome.probed', data, texts)] });
    }
  }

  /** True when a call was sent, its time is over, and nobody has said yet that its outcome is unknown. */
  function isLost(run: OpenRun, entry: CallState): boolean {
    const isOpen = entry.dispatches.length > 0 && entry.result === undefined && entry.unknown === undefined;
    if (!isOpen || entry.supersededBy !== undefined || isOnItsWay(entry)) return false;
    return !askedAnew(run.state(), entry);
  }

  async function recordLost(run: OpenRun, isOver = false): Promise<void> {
    await probeLost(run, isOver);
    for (const entry of run.state().calls.values()) {
      if (!isLost(run, entry)) continue;
      const isLeft = isOver && !isUndo(run.state(), entry.call.step);
      if (!isLeft && isRepeatable(entry) && entry.dispatches.length < repeatableAttempts) continue;
      loseOutcome(run, entry, 'no answer came before its deadline');
    }
  }

  return { isOnItsWay, recordLost };
}

/** From here on only a person can say what became of a call that was sent. */
export function loseOutcome(run: OpenRun, entry: CallState, why: string): void {
  const attempt = entry.dispatches.at(-1)?.attempt ?? 1;
  run.stream.append({
    sort: 'decision',
    by: 'bot',
    events: [runEvent('outcome.lost', { call: entry.call.id, attempt }, { why })],
  });
}

/** True for calls that may be sent again without doing anything twice. */
function isRepeatable(entry: CallState): boolean {
  const { effect } = entry.call;
  if (effect === 'probeable') return isProbed(entry) && entry.probe?.found === 'absent';
  return effect === 'keyed' || effect === 'read';
}

/** Whether a call that was sent before may be sent once more: by its class, or because people allowed it anew. */
export function mayRepeat(entry: CallState, approval: ApprovalState | undefined): boolean {
  if (approval !== undefined && entry.dispatches.at(-1)?.approval !== approval.id) return true;
  return isRepeatable(entry) && entry.dispatches.length < repeatableAttempts;
}

function probedText(call: JudgedCall, probe: string, found: ProbeFinding): string {
  return found === 'happened'
    ? `The answer of ${call.tool} was lost; ${probe} says that it happened. It is not sent again.`
    : `The answer of ${call.tool} was lost; ${probe} says that it did not happen. It is not sent again.`;
}

/** True when a newer approval than the last dispatch's own is on the table. */
function askedAnew(state: RunState, entry: CallState): boolean {
  const approval = entry.approval === undefined ? undefined : state.approvals.get(entry.approval);
  return (
    approval !== undefined &&
    entry.dispatches.at(-1)?.approval !== approval.id &&
    approval.state === 'pending'
  );
}
