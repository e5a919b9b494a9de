/**
 * The bytes of one call leave, once, and its answer is recorded.
 *
 * No answer is no failure: it is left open here, and told as unknown once the call's time is over.
 */
import { describeError } from '../core/errors.ts';
import type { CallId } from '../core/ids.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import type { Dispatch, JudgedCall, RunState } from '../runs/run-state.ts';
import type { CallOrigin, Tool, ToolOutcome } from '../tools/tool.ts';
import { capOutcome } from '../tools/tool-result.ts';
import { bytesOf, originOf } from './call-bytes.ts';
import type { GateOptions } from './gate-options.ts';

export interface CallSender {
  /** Sends what the ledger announced, and records the answer. */
  send(run: OpenRun, tool: Tool, call: JudgedCall, dispatch: Dispatch): Promise<void>;
  /** Sends a read, which needs no announcement, and records its answer or that none came. */
  sendRead(run: OpenRun, tool: Tool, call: JudgedCall): Promise<void>;
  /** Resolves when no call of this run is on its way in this process. */
  idle(run: OpenRun): Promise<void>;
  /** The same for every run. */
  allIdle(): Promise<void>;
}

export function createCallSender(options: GateOptions): CallSender {
  const { caller, runs, clock, logger } = options;
  /** Calls this process has sent and not yet recorded, by run. */
  const onTheWay = new Map<string, Map<CallId, Promise<void>>>();

  async function sendNow(run: OpenRun, tool: Tool, call: JudgedCall, dispatch: Dispatch): Promise<void> {
    const { attempt, key } = dispatch;
    const timeoutMs = dispatch.deadline - clock.now().getTime();
    // Held by its own right: the answer is recorded even when whoever started this has let go of the run.
    const held = await runs.open(run.id);
    try {
      const outcome = await callOnce(
        run.state(),
        tool,
        bytesOf(call, key),
        timeoutMs,
        originOf(run.state(), call),
      );
      if (outcome.kind === 'answered') record(run, call, attempt, outcome);
      else if (outcome.kind === 'not-sent')
        refuseUnsent(
          run,
          call,
          attempt,
          `${call.tool} could not be reached: ${outcome.why}. Nothing was sent.`,
        );
      else logger.warn('outcome.lost', { call: call.id, why: outcome.why });
    } finally {
      if (held !== undefined) runs.close(held);
    }
  }

  async function callOnce(
    state: RunState,
    tool: Tool,
    argsJson: string,
    timeoutMs: number,
    origin: CallOrigin,
  ): Promise<ToolOutcome> {
    if (state.drill !== undefined) return { kind: 'not-sent', why: 'this run is a drill' };
    try {
      const outcome = await caller.call({
        tool,
        argsJson,
        timeoutMs,
        signal: AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs))),
        origin,
      });
      if (options.mostResultBytes === undefined || outcome.kind !== 'answered') return outcome;
      // Secrets go before anything is cut: half of one has no shape.
      return capOutcome({ ...outcome, content: options.redact(outcome.content) }, options.mostResultBytes());
    } catch (error) {
      return { kind: 'unknown', why: describeError(error) };
    }
  }

  return {
    async send(run, tool, call, dispatch) {
      const sent = sendNow(run, tool, call, dispatch);
      const mine = onTheWay.get(run.id) ?? new Map<CallId, Promise<void>>();
      mine.set(call.id, sent);
      onTheWay.set(run.id, mine);
      try {
        await sent;
      } finally {
        mine.delete(call.id);
        if (mine.size === 0) onTheWay.delete(run.id);
      }
    },
    async sendRead(run, tool, call) {
      const outcome = await callOnce(
        run.state(),
        tool,
        bytesOf(call, undefined),
        options.callTimeoutMs,
        originOf(run.state(), call),
      );
      if (outcome.kind === 'answered') record(run, call, 1, outcome);
      else refuseUnsent(run, call, 1, `${call.tool} did not answer: ${outcome.why}`);
    },
    async allIdle() {
      await Promise.allSettled([...onTheWay.values()].flatMap((calls) => [...calls.values()]));
    },
    async idle(run) {
      await Promise.allSettled([...(onTheWay.get(run.id)?.values() ?? [])]);
    },
  };
}

function record(
  run: OpenRun,
  call: JudgedCall,
  attempt: number,
  outcome: ToolOutcome & { kind: 'answered' },
): void {
  run.stream.append({
    sort: 'fact',
    by: `tool:${call.server}`,
    isKnown: (state) => state.calls.get(call.id)?.result?.kind === 'answered',
    events: [
      runEvent(
        'tool.completed',
        { call: call.id, attempt, isError: outcome.isError },
        { content: outcome.content },
      ),
      ...(outcome.taintedBy === undefined || run.state().taintedBy !== undefined
        ? []
        : [runEvent('run.tainted', { by: outcome.taintedBy })]),
    ],
  });
}

/** Says that a call was not sent; after an earlier attempt that leaves open whether it happened. */
export function refuseUnsent(run: OpenRun, call: JudgedCall, attempt: number, content: string): void {
  run.stream.append({
    sort: 'fact',
    by: 'bot',
    isKnown: (state) => state.calls.get(call.id)?.result !== undefined,
    // An earlier attempt may have done it: then nobody knows, and this one not being sent says nothing.
    events: [
      attempt === 1
        ? runEvent('call.refused', { call: call.id, why: 'not-sent' }, { content })
        : runEvent('outcome.lost', { call: call.id, attempt }, { why: content }),
    ],
  });
}
