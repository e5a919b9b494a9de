/**
 * Whether a judged call is sent now: looked at once more, and announced in the ledger before a byte leaves.
 *
 * A write is announced by `tool.dispatched`, durable, with its deadline and key. Reads need no announcement: they may
 * run again.
 */
import { capital } from '../core/capital.ts';
import { AppError } from '../core/errors.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import { drillText } from '../runs/drill-text.ts';
import type { ApprovalState, CallState, JudgedCall } from '../runs/run-state.ts';
import { isFinished } from '../runs/run-state.ts';
import type { StepControl } from '../runs/step-control.ts';
import { isUndo } from '../runs/undo-state.ts';
import type { Tool, ToolState } from '../tools/tool.ts';
import { argsOf, keyFor } from './call-bytes.ts';
import { checkApproval, checkArguments, checkGrant, checkGuardrails, checkTool } from './check-dispatch.ts';
import type { DispatchCheck } from './check-dispatch.ts';
import { lookAtFreeze } from './freeze-guard.ts';
import type { Grant } from './grant-state.ts';
import type { GateOptions } from './gate-options.ts';
import { questionFor } from './judge-call.ts';
import { createLostCalls, loseOutcome, mayRepeat } from './lost-calls.ts';
import type { LostCalls } from './lost-calls.ts';
import { createCallSender, refuseUnsent } from './send-call.ts';
import type { CallSender } from './send-call.ts';

export interface Dispatcher extends LostCalls, Pick<CallSender, 'idle' | 'allIdle'> {
  read(run: OpenRun, control: StepControl, entry: CallState): Promise<void>;
  write(
    run: OpenRun,
    control: StepControl,
    entry: CallState,
    approval: ApprovalState | undefined,
  ): Promise<void>;
}

/** Bytes must leave within this time after the dispatch became durable. */
const sendWithinMs = 10_000;

export function createDispatcher(options: GateOptions): Dispatcher {
  const { registry, clock, worker, logger } = options;
  const sender = createCallSender(options);
  const { isOnItsWay, recordLost } = createLostCalls(options);
  /** The last write of each run, so that writes go one by one. */
  const lastWrite = new Map<string, Promise<void>>();

  async function freshTool(call: JudgedCall): Promise<ToolState> {
    const found = await registry.find(call.tool, { fresh: true });
    if (found.kind === 'unreachable') {
      throw new AppError(
        'tool-server.unreachable',
        `The tool server ${found.server} does not answer: ${found.why}. Fix: start it or check mcp.json.`,
      );
    }
    return found;
  }

  function checkCall(call: JudgedCall, found: ToolState): DispatchCheck {
    const tool = checkTool(call, found);
    if (tool.kind !== 'go') return tool;
    const args = checkArguments(call);
    return args.kind === 'go' ? checkGuardrails(call, options.redact, options.argumentLimits?.()) : args;
  }

  function check(
    run: OpenRun,
    entry: CallState,
    by: { readonly approval?: ApprovalState | undefined; readonly grant?: Grant | undefined },
    found: ToolState,
  ): DispatchCheck {
    const call = checkCall(entry.call, found);
    if (call.kind !== 'go' || found.kind !== 'ready') return call;
    const state = run.state();
    const answer = options.policy().resolve(
      questionFor(state, options.people().findPerson(state.requester), found.tool.name, argsOf(entry.call), {
        ...registry.reviewOf(found.tool.name),
        now: clock.now(),
      }),
    );
    const now = clock.now().getTime();
    const people = options.people();
    if (by.approval !== undefined)
      return checkApproval(state, entry.call, by.approval, { answer, people, now });
    if (entry.grant !== undefined) {
      const { voidUntil } = options.freeze.known();
      const question = { state, tool: found.tool, args: argsOf(entry.call), answer, people, voidUntil };
      return checkGrant(entry.call, by.grant, question);
    }
    return answer.verdict === 'allow'
      ? { kind: 'go' }
      : { kind: 'stale', why: `policy is stricter now: allow → ${answer.verdict}` };
  }

  /** Voids an approval, or a judgement that allowed too much; the call is judged and asked anew, or set aside. */
  function makeVoid(
    run: OpenRun,
    entry: CallState,
    approval: ApprovalState | undefined,
    found: DispatchCheck & { why: string },
  ): void {
    const { call, grant } = entry;
    if (grant !== undefined && found.kind === 'stale') {
      const dropped = runEvent('grant.dropped', { call: call.id, grant: grant.id }, { why: found.why });
      run.stream.append({ sort: 'decision', by: 'bot', events: [dropped] });
      return;
    }
    const events =
      approval === undefined
        ? []
        : [runEvent('approval.decided', { approval: approval.id, state: 'stale' }, { reason: found.why })];
    const why = found.kind === 'drifted' ? 'drifted' : 'policy';
    if (found.kind !== 'stale' || approval === undefined) {
      events.push(
        runEvent(
          'call.refused',
          { call: call.id, why },
          { content: `${capital(found.why.replace(/\.$/u, ''))}. Nothing ran.` },
        ),
      );
    }
    run.stream.append({ sort: 'decision', by: 'bot', events });
  }

  async function write(
    run: OpenRun,
    control: StepControl,
    entry: CallState,
    approval: ApprovalState | undefined,
  ): Promise<void> {
    const before = lastWrite.get(run.id);
    const mine = (async () => {
      await before;
      control.signal.throwIfAborted();
      await writeNow(run, control, entry, approval);
    })();
    const settled = mine.catch(() => undefined);
    lastWrite.set(run.id, settled);
    try {
      await mine;
    } finally {
      if (lastWrite.get(run.id) === settled) lastWrite.delete(run.id);
    }
  }

  async function writeNow(
    run: OpenRun,
    control: StepControl,
    judged: CallState,
    asked: ApprovalState | undefined,
  ): Promise<void> {
    const { call } = judged;
    const found = await freshTool(call);
    const findGrant = judged.grant === undefined ? undefined : await options.grants.look(call.tool);
    const findFrozen = await lookAtFreeze(options);
    control.signal.throwIfAborted();
    // From here to the append nothing yields: what is checked is what is announced.
    const entry = run.state().calls.get(call.id) ?? judged;
    const approval = asked === undefined ? undefined : (run.state().approvals.get(asked.id) ?? asked);
    const isStopped = run.state().stopped !== undefined && !isUndo(run.state(), call.step);
    if (entry.result !== undefined || isStopped || isFinished(run.state())) return;
    if (withholdDrill(run, call)) return;
    if (approval !== undefined && approval.state !== 'approved') return;
    const isRepeat = entry.dispatches.length > 0;
    // Its time may have run out since the pass began: nobody has settled yet what is to become of it.
    if (isRepeat && !mayRepeat(entry, approval)) {
      if (entry.unknown === undefined && !isOnItsWay(entry)) await recordLost(run);
      return;
    }
    const frozen = findFrozen(run.state(), entry, approval);
    if (frozen !== undefined) {
      if (isRepeat) loseOutcome(run, entry, `${frozen.why}, so it is not sent again`);
      else run.stream.append({ sort: 'decision', by: 'bot', events: frozen.events });
      return;
    }
    const grant = entry.grant === undefined ? undefined : findGrant?.(entry.grant.id);
    // A keyed repeat is the same effect; what is sent anew because it did not happen needs all that it needed before.
    const isSameEffect = isRepeat && call.effect !== 'probeable';
    const result = isSameEffect ? checkCall(call, found) : check(run, entry, { approval, grant }, found);
    if (result.kind !== 'go') {
      if (isRepeat) loseOutcome(run, entry, `${result.why}, so it is not sent again`);
      else makeVoid(run, entry, approval, result);
      return;
    }
    if (found.kind !== 'ready') return;
    const now = clock.now().getTime();
    const attempt = entry.dispatches.length + 1;
    const key = call.keyArgument === undefined ? undefined : keyFor(run.state(), call);
    run.stream.append({
      sort: 'decision',
      by: 'bot',
      events: [
        runEvent('tool.dispatched', {
          call: call.id,
          attempt,
          ...(key !== undefined && { key }),
          sendBefore: now + sendWithinMs,
          deadline: now + options.callTimeoutMs,
          worker,
          ...(entry.grant !== undefined && { grant: entry.grant.id }),
          ...(approval !== undefined && { approval: approval.id, digest: approval.digest }),
        }),
      ],
    });
    await run.stream.durable();
    await sendAnnounced(run, found.tool, call, attempt, approval);
  }

  /** Nothing of a drill is announced, let alone sent. True when the run is one. */
  function withholdDrill(run: OpenRun, call: JudgedCall): boolean {
    const { drill } = run.state();
    if (drill === undefined) return false;
    const events = [runEvent('call.refused', { call: call.id, why: 'drill' }, { content: drillText(drill) })];
    run.stream.append({ sort: 'decision', by: 'bot', events });
    return true;
  }

  /** Sends what the ledger announced, if it is really this process's announcement that stands there in time. */
  async function sendAnnounced(
    run: OpenRun,
    tool: Tool,
    call: JudgedCall,
    attempt: number,
    approval: ApprovalState | undefined,
  ): Promise<void> {
    // A freeze that came between the last look and the announcement keeps the bytes here.
    const findFrozen = await lookAtFreeze(options);
    const entry = run.state().calls.get(call.id);
    const dispatch = entry?.dispatches.find((announced) => announced.attempt === attempt);
    if (entry === undefined || dispatch?.worker !== worker || !dispatch.mark.stamp.isLanded) return;
    const frozen = findFrozen(run.state(), entry, approval);
    if (frozen !== undefined) {
      refuseUnsent(run, call, attempt, `${frozen.why}. Nothing ran.`);
      return;
    }
    const landedAt = dispatch.mark.stamp.at.getTime();
    const now = clock.now().getTime();
    if (now > dispatch.sendBefore || (attempt === 1 && approval !== undefined && votedTooLate(approval))) {
      logger.warn('tool.withheld', { call: call.id, landedAt, now });
      refuseUnsent(run, call, attempt, 'It was not sent in time. Nothing ran.');
      return;
    }
    await sender.send(run, tool, call, dispatch);
  }

  return {
    isOnItsWay,
    recordLost,
    write,
    async read(run, control, judged) {
      const { call } = judged;
      const found = await registry.find(call.tool);
      control.signal.throwIfAborted();
      const entry = run.state().calls.get(call.id) ?? judged;
      if (withholdDrill(run, call)) return;
      if (found.kind === 'unreachable') {
        throw new AppError(
          'tool-server.unreachable',
          `The tool server ${found.server} does not answer: ${found.why}`,
        );
      }
      const result = check(run, entry, {}, found);
      if (result.kind !== 'go' || found.kind !== 'ready') {
        makeVoid(
          run,
          entry,
          undefined,
          result.kind === 'go' ? { kind: 'drifted', why: `${call.tool} is gone` } : result,
        );
        return;
      }
      await sender.sendRead(run, found.tool, call);
    },
    allIdle: sender.allIdle,
    idle: sender.idle,
  };
}

function votedTooLate(approval: ApprovalState): boolean {
  return approval.votes.some((vote) => vote.mark.stamp.at.getTime() >= approval.expiresAt);
}
