/**
 * Sending judged calls: announced in the ledger before a byte leaves, recorded when the answer is here.
 *
 * A write is announced by `tool.dispatched`, durable, with its deadline and key. If no answer is recorded by the
 * deadline and its grace, the outcome is unknown: keyed calls are repeated with the same key and bytes, probeable ones
 * are asked about and sent again only when they surely did not happen, all others are put to a person. Reads need no
 * announcement: they may run again.
 */
import { canonicalJson, parseStrictJson } from '../core/canonical-json.ts';
import { capital } from '../core/capital.ts';
import { AppError, describeError } from '../core/errors.ts';
import { sha256OfParts } from '../core/hash.ts';
import type { CallId } from '../core/ids.ts';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import type { ProbeFinding } from '../runs/lost-outcome.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { graceMs } from '../runs/project-run.ts';
import { runEvent } from '../runs/run-events.ts';
import { drillText } from '../runs/drill-text.ts';
import type { ApprovalState, CallState, JudgedCall, RunState } from '../runs/run-state.ts';
import type { StepControl } from '../runs/step-control.ts';
import { isUndo } from '../runs/undo-state.ts';
import type { CallOrigin, Tool, ToolOutcome, ToolState } from '../tools/tool.ts';
import { checkApproval, checkArguments, checkGrant, checkTool } from './check-dispatch.ts';
import type { DispatchCheck } from './check-dispatch.ts';
import { lookAtFreeze } from './freeze-guard.ts';
import type { Grant } from './grant-state.ts';
import type { GateOptions } from './gate-options.ts';
import { questionFor } from './judge-call.ts';
import { askProbe, isProbed } from './probe.ts';

export interface Dispatcher {
  read(run: OpenRun, control: StepControl, entry: CallState): Promise<void>;
  write(
    run: OpenRun,
    control: StepControl,
    entry: CallState,
    approval: ApprovalState | undefined,
  ): Promise<void>;
  /** True while a call was sent and its deadline and grace are not over: nobody may repeat or ask. */
  isOnItsWay(entry: CallState): boolean;
  /**
   * Records as unknown what was sent and never answered, once its time is over, after asking its probe if it has one.
   * What may be repeated is left to its step, unless the run is over and no step will.
   */
  recordLost(run: OpenRun, isOver?: boolean): Promise<void>;
  /** Resolves when no call of this run is on its way in this process. */
  idle(run: OpenRun): Promise<void>;
  /** The same for every run. */
  allIdle(): Promise<void>;
}

/** A keyed call is sent at most this often with the same key, and a read that people allowed is read again as often. */
const repeatableAttempts = 3;
/** Bytes must leave within this time after the dispatch became durable. */
const sendWithinMs = 10_000;

export function createDispatcher(options: GateOptions): Dispatcher {
  const { registry, caller, runs, clock, worker, logger } = options;
  /** Calls this process has sent and not yet recorded, by run. */
  const onTheWay = new Map<string, Map<CallId, Promise<void>>>();
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
        isServerReviewed: registry.isReviewed(found.tool.server),
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
    if (found.kind === 'drifted' || approval === undefined) {
      events.push(
        runEvent('call.refused', { call: call.id, why }, { content: `${capital(found.why)}. Nothing ran.` }),
      );
    }
    run.stream.append({ sort: 'decision', by: 'bot', events });
  }

  /** From here on only a person can say what became of a call that was sent. */
  function loseOutcome(run: OpenRun, entry: CallState, why: string): void {
    const attempt = entry.dispatches.at(-1)?.attempt ?? 1;
    run.stream.append({
      sort: 'decision',
      by: 'bot',
      events: [runEvent('outcome.lost', { call: entry.call.id, attempt }, { why })],
    });
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
    if (entry.result !== undefined || isStopped) return;
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
      refuse(run, call, attempt, `${frozen.why}. Nothing ran.`);
      return;
    }
    const landedAt = dispatch.mark.stamp.at.getTime();
    const now = clock.now().getTime();
    if (now > dispatch.sendBefore || (attempt === 1 && approval !== undefined && votedTooLate(approval))) {
      logger.warn('tool.withheld', { call: call.id, landedAt, now });
      refuse(run, call, attempt, 'It was not sent in time. Nothing ran.');
      return;
    }
    const sent = send(run, tool, call, attempt, dispatch.key, dispatch.deadline - now);
    const mine = onTheWay.get(run.id) ?? new Map<CallId, Promise<void>>();
    mine.set(call.id, sent);
    onTheWay.set(run.id, mine);
    try {
      await sent;
    } finally {
      mine.delete(call.id);
      if (mine.size === 0) onTheWay.delete(run.id);
    }
  }

  async function send(
    run: OpenRun,
    tool: Tool,
    call: JudgedCall,
    attempt: number,
    key: string | undefined,
    timeoutMs: number,
  ): Promise<void> {
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
        refuse(run, call, attempt, `${call.tool} could not be reached: ${outcome.why}. Nothing was sent.`);
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
      return await caller.call({
        tool,
        argsJson,
        timeoutMs,
        signal: AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs))),
        origin,
      });
    } catch (error) {
      return { kind: 'unknown', why: describeError(error) };
    }
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

  function refuse(run: OpenRun, call: JudgedCall, attempt: number, content: string): void {
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
      const asked = { isServerReviewed: registry.isReviewed(call.server), now: clock.now() };
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
      const outcome = await callOnce(
        run.state(),
        found.tool,
        bytesOf(call, undefined),
        options.callTimeoutMs,
        originOf(run.state(), call),
      );
      if (outcome.kind === 'answered') record(run, call, 1, outcome);
      else refuse(run, call, 1, `${call.tool} did not answer: ${outcome.why}`);
    },
    async allIdle() {
      await Promise.allSettled([...onTheWay.values()].flatMap((calls) => [...calls.values()]));
    },
    async idle(run) {
      await Promise.allSettled([...(onTheWay.get(run.id)?.values() ?? [])]);
    },
  };
}

function checkCall(call: JudgedCall, found: ToolState): DispatchCheck {
  const tool = checkTool(call, found);
  return tool.kind === 'go' ? checkArguments(call) : tool;
}

/** True for calls that may be sent again without doing anything twice. */
function isRepeatable(entry: CallState): boolean {
  const { effect } = entry.call;
  if (effect === 'probeable') return isProbed(entry) && entry.probe?.found === 'absent';
  return effect === 'keyed' || effect === 'read';
}

/** Whether a call that was sent before may be sent once more: by its class, or because people allowed it anew. */
function mayRepeat(entry: CallState, approval: ApprovalState | undefined): boolean {
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

function votedTooLate(approval: ApprovalState): boolean {
  return approval.votes.some((vote) => vote.mark.stamp.at.getTime() >= approval.expiresAt);
}

function originOf(state: RunState, call: JudgedCall): CallOrigin {
  const { id, channel, thread, requester, text, taintedBy } = state;
  return {
    run: id,
    call: call.id,
    channel,
    thread,
    requester,
    request: text,
    ...(taintedBy !== undefined && { taintedBy }),
  };
}

function keyFor(state: RunState, call: JudgedCall): string {
  return `cs_${sha256OfParts([state.organisation, state.id, call.id]).slice(0, 40)}`;
}

function argsOf(call: JudgedCall): JsonObject {
  if (call.argsJson === undefined)
    throw new AppError('ledger.tampered', `The arguments of ${call.id} are missing.`);
  const value = parseStrictJson(call.argsJson);
  if (!isJsonObject(value))
    throw new AppError('ledger.tampered', `The arguments of ${call.id} are not an object.`);
  return value;
}

/** The bytes that leave: the frozen arguments, with our key in the argument that policy names for it. */
function bytesOf(call: JudgedCall, key: string | undefined): string {
  if (key === undefined || call.keyArgument === undefined) {
    if (call.argsJson === undefined)
      throw new AppError('ledger.tampered', `The arguments of ${call.id} are missing.`);
    return call.argsJson;
  }
  return canonicalJson({ ...argsOf(call), [call.keyArgument]: key });
}
