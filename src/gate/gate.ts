/**
 * The gate: the only way from a tool call to a tool server.
 *
 * A call is judged by policy and then runs, waits for people, or is turned down. What runs are the stored bytes of
 * a judged call with a live approval, and nothing else. Nothing here knows which chat platform a person uses.
 */
import { AppError } from '../core/errors.ts';
import { newApprovalId } from '../core/ids.ts';
import type { ApprovalId, CallId } from '../core/ids.ts';
import type { EventDraft } from '../ledger/fold.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import { lastEdit } from '../runs/run-state.ts';
import type {
  ApprovalState,
  CallResult,
  CallState,
  JudgedCall,
  Question,
  RunState,
} from '../runs/run-state.ts';
import type { StepControl } from '../runs/step-control.ts';
import { createDispatcher } from './dispatch.ts';
import type { Dispatcher } from './dispatch.ts';
import { judgeCall, questionFor } from './judge-call.ts';
import type { Judgement, ProposedCall } from './judge-call.ts';
import { lookAtFreeze } from './freeze-guard.ts';
import type { GateOptions } from './gate-options.ts';
import { whyNeverGranted } from './fit-grant.ts';
import { findUnknownAddressArgument } from './find-outside.ts';
import { whyUnsendable } from './find-secret.ts';
import { findRepetition } from './find-repetition.ts';
import { lookAgain, readPreview } from './preview.ts';
import type { Freshness } from './preview.ts';
import { editCall, editedArguments } from './edit-call.ts';
import type { EditAnswer, EditRequest } from './edit-call.ts';
import { findUnansweredByAgent } from './questions.ts';
import { hasPlan } from './plan-state.ts';
import type { PolicyAnswer } from './policy.ts';
import { requestApproval } from './request-approval.ts';
import { raisedRequirements, raises, reviewEvent, reviewJudged, wantsPeople } from './review.ts';
import type { ReviewFinding } from './review.ts';
import { whyDenied } from './why-denied.ts';

export interface Gate {
  /**
   * Judges all calls before any of them runs, then brings each to its end: reads side by side, writes one by one
   * in the given order. A call that waits for people holds up only its own answer.
   */
  submit(
    run: OpenRun,
    control: StepControl,
    proposals: readonly ProposedCall[],
    answerQuestion?: AnswerQuestion,
  ): Promise<readonly CallResult[]>;
  /** What would become of a call as things stand. Records nothing. */
  foresee(run: OpenRun, proposal: ProposedCall): Promise<Foreseen>;
  readonly dispatcher: Dispatcher;
  /** A person changes the arguments of a call that waits for people. */
  edit(run: OpenRun, approval: ApprovalId, request: EditRequest): Promise<EditAnswer>;
  /** Reads once more what a call would change, and records what is not as its card shows it. */
  lookAgain(run: OpenRun, approval: ApprovalId): Promise<Freshness | undefined>;
}

/** It runs without anybody being asked; only what the run has read stands in its way; or neither. */
export type Foreseen = 'runs' | 'tainted' | 'not';

/** Records what the proposer of a call says to a question about it; must record something. */
export type AnswerQuestion = (approval: ApprovalState, question: Question) => Promise<void>;

/** Reads at the same time in one batch. */
const readsAtOnce = 4;

export function createGate(options: GateOptions): Gate {
  const { registry, clock } = options;
  const dispatcher = createDispatcher(options);

  async function judgeAll(
    run: OpenRun,
    proposals: readonly ProposedCall[],
    signal: AbortSignal,
  ): Promise<readonly Judgement[]> {
    const ready: { readonly proposal: ProposedCall; readonly tool: Judgement['tool'] }[] = [];
    const refusals: EventDraft[] = [];
    const ahead: ProposedCall[] = [];
    for (const proposal of proposals) {
      if (run.state().calls.has(proposal.id)) continue;
      const found = await registry.find(proposal.tool);
      if (found.kind === 'unreachable') {
        throw new AppError(
          'tool-server.unreachable',
          `The tool server ${found.server} does not answer: ${found.why}`,
        );
      }
      const refusal =
        found.kind === 'ready'
          ? misfitOf(run.state(), proposal, found.tool, ahead)
          : missing(proposal, found.kind);
      if (refusal !== undefined || found.kind !== 'ready') {
        refusals.push(...refuseUnjudged(proposal, refusal ?? missing(proposal, found.kind)));
        continue;
      }
      ready.push({ proposal, tool: found.tool });
      ahead.push(proposal);
    }
    const findings = await Promise.all(
      ready.map(({ proposal, tool }) => review(run, proposal, tool, signal)),
    );
    // Looking takes a while, in which policy, people and the run have moved on.
    const judged = ready.map(({ proposal, tool }, index) => {
      const finding = findings[index];
      const plain = judge(run.state(), proposal, tool);
      const isRaised = raises(finding, plain.answer.verdict);
      return {
        judgement: isRaised ? judge(run.state(), proposal, tool, isRaised) : plain,
        events: finding === undefined ? [] : [reviewEvent(proposal, finding, isRaised)],
      };
    });
    const events = [
      ...judged.flatMap(({ judgement, events: reviewed }) => [judgement.event, ...reviewed]),
      ...refusals,
    ];
    if (events.length > 0) run.stream.append({ sort: 'decision', by: 'bot', events });
    return judged.map(({ judgement }) => judgement);
  }

  async function review(
    run: OpenRun,
    proposal: ProposedCall,
    tool: Judgement['tool'],
    signal: AbortSignal,
  ): Promise<ReviewFinding | undefined> {
    if (options.review === undefined) return undefined;
    return reviewJudged(options.review, run, judge(run.state(), proposal, tool), signal);
  }

  /** `isRaised`: people are asked though policy would let it run. */
  function judge(
    state: RunState,
    proposal: ProposedCall,
    tool: Judgement['tool'],
    isRaised = state.calls.get(proposal.id)?.review?.isRaised === true,
  ): Judgement {
    const edit = lastEdit(state, proposal.id);
    const context = {
      policy: options.policy(),
      ...registry.reviewOf(tool.name),
      now: clock.now(),
    };
    return judgeCall(
      state,
      options.people().findPerson(state.requester),
      proposal,
      tool,
      context,
      edit === undefined
        ? isRaised
          ? raisedRequirements(options.policy())
          : undefined
        : state.approvals.get(edit.approval)?.requirements,
    );
  }

  /** What the same policy answers that judged it; undefined when another one is in force. */
  function answerToday(state: RunState, proposal: ProposedCall, call: JudgedCall): PolicyAnswer | undefined {
    const policy = options.policy();
    if (policy.digest !== call.policyDigest) return undefined;
    const context = { ...registry.reviewOf(call.tool), now: clock.now() };
    const requester = options.people().findPerson(state.requester);
    return policy.resolve(questionFor(state, requester, call.tool, proposal.args, context));
  }

  async function foresee(run: OpenRun, proposal: ProposedCall): Promise<Foreseen> {
    // What was judged before is brought to its end, also after a restart.
    if (run.state().calls.has(proposal.id)) return 'runs';
    const found = await registry.find(proposal.tool);
    if (found.kind !== 'ready' || misfitOf(run.state(), proposal, found.tool, []) !== undefined) return 'not';
    const { taintedBy, ...untainted } = run.state();
    if (judge(run.state(), proposal, found.tool).answer.verdict === 'allow') return 'runs';
    if (taintedBy === undefined) return 'not';
    return judge(untainted, proposal, found.tool).answer.verdict === 'allow' ? 'tainted' : 'not';
  }

  function misfitOf(
    state: RunState,
    proposal: ProposedCall,
    tool: Judgement['tool'],
    ahead: readonly ProposedCall[],
  ): Refused | undefined {
    const key = options.policy().keyOf(tool.name);
    if (key !== undefined && Object.hasOwn(proposal.args, key)) {
      return { why: 'invalid', content: `Leave out ${key}: it is set when the call is sent. Nothing ran.` };
    }
    const limits = options.argumentLimits?.();
    const unsendable = whyUnsendable(proposal, options.redact, limits);
    if (unsendable !== undefined) return { why: 'invalid', content: `${unsendable} Nothing ran.` };
    const unguarded = findUnknownAddressArgument(tool, limits?.hosts);
    if (unguarded !== undefined) return { why: 'invalid', content: `${unguarded} Nothing ran.` };
    const misfit = registry.findMisfit(tool, proposal.args);
    if (misfit !== undefined)
      return { why: 'invalid', content: `The arguments do not fit ${tool.name}: ${misfit}. Nothing ran.` };
    return findRepetition(state, proposal, ahead);
  }

  /** Asks people about a judged call. Decided and recorded in one go with the judgement. */
  async function ask(run: OpenRun, judgement: Judgement): Promise<void> {
    const { proposal, answer } = judgement;
    if (await applyGrant(run, judgement)) return;
    const preview = await readPreview(options, run.state(), answer.preview, proposal.args);
    const changes = await options.policyChanges.read();
    const findFrozen = await lookAtFreeze(options);
    const state = run.state();
    const entry = state.calls.get(proposal.id);
    if (entry === undefined || entry.result !== undefined) return;
    const frozen = findFrozen(state, entry);
    if (frozen !== undefined) {
      run.stream.append({ sort: 'decision', by: 'bot', events: frozen.events });
      return;
    }
    const now = clock.now().getTime();
    const asked = { approval: newApprovalId(), answer, now, claim: proposal.claim, preview, changes };
    run.stream.append({ sort: 'decision', by: 'bot', events: [requestApproval(state, entry, asked)] });
  }

  /** Lets a grant stand in place of people, if one covers the call. */
  async function applyGrant(run: OpenRun, { proposal, answer, tool }: Judgement): Promise<boolean> {
    const state = run.state();
    const isAskedAlready = state.calls.get(proposal.id)?.approval !== undefined;
    const isGrantable = hasPlan(state) || whyNeverGranted(state, answer) === undefined;
    if (isAskedAlready || !isGrantable || state.drill !== undefined) return false;
    if (wantsPeople(state.calls.get(proposal.id))) return false;
    const { voidUntil } = options.freeze.known();
    const question = { state, tool, args: proposal.args, answer, people: options.people(), voidUntil };
    const grant = await options.grants.reserve(proposal.id, question);
    const entry = run.state().calls.get(proposal.id);
    if (grant === undefined || entry === undefined || entry.result !== undefined) return false;
    run.stream.append({
      sort: 'decision',
      by: 'bot',
      events: [runEvent('grant.applied', { call: proposal.id, grant: grant.id, by: grant.by })],
    });
    return true;
  }

  /** Judges a call anew whose approval went stale: the rules, the tool or the people have changed. */
  async function judgeAgain(run: OpenRun, proposal: ProposedCall): Promise<void> {
    const found = await registry.find(proposal.tool, { fresh: true });
    if (found.kind === 'unreachable') {
      throw new AppError(
        'tool-server.unreachable',
        `The tool server ${found.server} does not answer: ${found.why}`,
      );
    }
    if (found.kind !== 'ready') {
      const { why, content } = missing(proposal, found.kind);
      run.stream.append({
        sort: 'decision',
        by: 'bot',
        events: [runEvent('call.refused', { call: proposal.id, why }, { content })],
      });
      return;
    }
    const unsendable = whyUnsendable(proposal, options.redact, options.argumentLimits?.());
    if (unsendable !== undefined) {
      const content = `${unsendable} Nothing ran.`;
      const refused = runEvent('call.refused', { call: proposal.id, why: 'policy' }, { content });
      run.stream.append({ sort: 'decision', by: 'bot', events: [refused] });
      return;
    }
    const judgement = judge(run.state(), proposal, found.tool);
    run.stream.append({ sort: 'decision', by: 'bot', events: [judgement.event] });
    if (judgement.answer.verdict === 'ask' || judgement.answer.verdict === 'ask_two')
      await ask(run, judgement);
  }

  /** Brings one judged call to its end, from wherever it stands. */
  async function settle(
    run: OpenRun,
    control: StepControl,
    proposal: ProposedCall,
    answerQuestion: AnswerQuestion | undefined,
  ): Promise<CallResult> {
    let current = proposal;
    for (;;) {
      control.signal.throwIfAborted();
      const entry = run.state().calls.get(current.id);
      if (entry === undefined) await judgeAll(run, [current], control.signal);
      else if (entry.result !== undefined) return entry.result;
      else {
        // What a person made of the arguments stands, also when it is asked again.
        const edited = editedArguments(entry);
        if (edited !== undefined) current = { ...current, args: edited };
        if (entry.supersededBy !== undefined) current = { ...current, id: entry.supersededBy };
        else await step(run, control, current, { entry, answerQuestion });
      }
    }
  }

  async function step(
    run: OpenRun,
    control: StepControl,
    proposal: ProposedCall,
    { entry, answerQuestion }: { entry: CallState; answerQuestion: AnswerQuestion | undefined },
  ): Promise<void> {
    const { call } = entry;
    if (entry.unknown !== undefined || dispatcher.isOnItsWay(entry)) {
      const wasUnknown = entry.unknown !== undefined;
      await control.waitFor((state) => (hasMoved(state, proposal.id, wasUnknown) ? true : undefined));
      return;
    }
    const approval = entry.approval === undefined ? undefined : run.state().approvals.get(entry.approval);
    if (approval?.state === 'pending') {
      await control.waitFor((state) => {
        const now = state.approvals.get(approval.id);
        const isAsked = answerQuestion !== undefined && findUnansweredByAgent(now) !== undefined;
        return now?.state !== 'pending' || isAsked ? true : undefined;
      });
      const now = run.state().approvals.get(approval.id);
      const question = findUnansweredByAgent(now);
      if (now !== undefined && question !== undefined) await answerQuestion?.(now, question);
      return;
    }
    switch (call.verdict) {
      case 'deny':
        refusePolicy(run, entry, answerToday(run.state(), proposal, call));
        return;
      case 'allow':
        await (call.effect === 'read'
          ? dispatcher.read(run, control, entry)
          : dispatcher.write(run, control, entry, undefined));
        return;
      default:
        if (approval?.state === 'approved' || entry.grant !== undefined)
          await dispatcher.write(run, control, entry, entry.grant === undefined ? approval : undefined);
        else await judgeAgain(run, proposal);
    }
  }

  return {
    dispatcher,
    foresee,
    edit: (run, approval, request) => editCall(options, run, approval, request),
    lookAgain: (run, approval) => lookAgain(options, run, approval),
    async submit(run, control, proposals, answerQuestion) {
      await control.work(async () => {
        for (const judgement of await judgeAll(run, proposals, control.signal)) {
          const { verdict } = judgement.answer;
          if (verdict === 'ask' || verdict === 'ask_two') await ask(run, judgement);
        }
      });
      const inTurn = createTurns(readsAtOnce);
      return Promise.all(
        proposals.map((proposal) =>
          control.work(() => {
            const settleIt = (): Promise<CallResult> => settle(run, control, proposal, answerQuestion);
            return isFreeRead(run.state().calls.get(proposal.id)) ? inTurn(settleIt) : settleIt();
          }),
        ),
      );
    },
  };
}

function isFreeRead(entry: CallState | undefined): boolean {
  return entry?.call.effect === 'read' && entry.call.verdict === 'allow';
}

interface Refused {
  readonly why: Parameters<typeof runEvent<'call.refused'>>[1]['why'];
  readonly content: string;
}

function missing(proposal: ProposedCall, kind: 'drifted' | 'unknown' | 'unreachable' | 'ready'): Refused {
  return kind === 'drifted'
    ? {
        why: 'drifted',
        content: `${proposal.tool} is not the tool that was accepted: it changed. It is set aside until an operator looks. Nothing ran.`,
      }
    : { why: 'unknown-tool', content: `There is no tool ${proposal.tool}. Nothing ran.` };
}

/** A call that never got as far as policy still leaves its trace. */
function refuseUnjudged(proposal: ProposedCall, refusal: Refused): readonly EventDraft[] {
  return [
    runEvent(
      'call.judged',
      {
        call: proposal.id,
        step: proposal.step,
        ...(proposal.modelCall !== undefined && { modelCall: proposal.modelCall }),
        ...(proposal.turn !== undefined && { turn: proposal.turn }),
        tool: proposal.tool,
        server: proposal.tool.slice(0, Math.max(0, proposal.tool.indexOf('/'))),
        effect: 'opaque',
        verdict: 'deny',
        requirements: [],
        rules: [],
        definitionHash: '',
        serverIdentity: '',
        expiresInMs: 0,
        isTrusted: true,
        policy: '',
      },
      { args: '{}', title: proposal.tool },
    ),
    runEvent('call.refused', { call: proposal.id, why: refusal.why }, { content: refusal.content }),
  ];
}

/** `today` is what policy says of it now: it tells more than what was recorded, as long as it is the same policy. */
function refusePolicy(run: OpenRun, entry: CallState, today: PolicyAnswer | undefined): void {
  const { call } = entry;
  const rule = call.deniedBy ?? call.rules.at(-1) ?? 'default';
  const why = today?.verdict === 'deny' ? whyDenied(today) : ` (rule ${rule})`;
  run.stream.append({
    sort: 'decision',
    by: 'bot',
    events: [
      runEvent(
        'call.refused',
        { call: call.id, why: 'policy' },
        { content: `Policy does not allow ${call.title}${why}. Nobody was asked. Nothing ran.` },
      ),
    ],
  });
}

/** True when a call that was on its way, or whose outcome nobody knew, has come further. */
function hasMoved(state: RunState, id: CallId, wasUnknown: boolean): boolean {
  const now = state.calls.get(id);
  if (now === undefined || now.result !== undefined || now.supersededBy !== undefined) return true;
  return (now.unknown !== undefined) !== wasUnknown;
}

/** Lets at most `limit` actions run at once; the rest wait their turn in order. */
function createTurns(limit: number): <T>(action: () => Promise<T>) => Promise<T> {
  let running = 0;
  const queue: (() => void)[] = [];
  return async (action) => {
    if (running >= limit) await new Promise<void>((resolve) => queue.push(resolve));
    running += 1;
    try {
      return await action();
    } finally {
      running -= 1;
      queue.shift()?.();
    }
  };
}
