/**
 * The fold of a run: one arm per kind of event and version ever written. Old events fold for ever.
 */
import { botActor } from '../core/ids.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { FoldedEvent } from '../ledger/fold.ts';
import type { RunEventData, RunEventKind } from './run-events.ts';
import { answerOpenQuestions, questionArms } from './fold-questions.ts';
import { drillArms } from './fold-drills.ts';
import { feedbackArms } from './fold-feedback.ts';
import { addFiles, fileArms } from './fold-files.ts';
import { memoryArms } from './fold-memories.ts';
import { copyArms } from './copied-approvals.ts';
import { reviewArms } from './reviewed-calls.ts';
import { routeArms } from './routed-approvals.ts';
import { previewArms, previewOf } from './effect-preview.ts';
import { nudgeArms } from './fold-nudges.ts';
import { endLoss, outcomeArms } from './fold-outcomes.ts';
import { undoArms } from './fold-undos.ts';
import { waitArms } from './fold-waits.ts';
import { isDeniable, isWorn, lastEdit, steerersOf } from './run-state.ts';
import type { ModelTurn, RunState, ShutOut } from './run-state.ts';
import { erased, markOf as mark, settleStatus } from './settle-status.ts';

type Arms = { [K in RunEventKind]: (state: RunState, data: RunEventData[K], event: FoldedEvent) => void };

export function foldRun(state: RunState, event: FoldedEvent): RunState {
  state.events = event.number;
  if (event.v === 1 && isKnownKind(event.kind)) apply(state, event.kind, event);
  else state.unknownKinds.push(`${event.kind} v${String(event.v)}`);
  return state;
}

export function isKnownKind(kind: string): kind is RunEventKind {
  return Object.hasOwn(arms, kind);
}

function apply<K extends RunEventKind>(state: RunState, kind: K, event: FoldedEvent): void {
  // Version 1 of this kind is written by `runEvent` alone, which takes this very shape.
  arms[kind](state, event.data as unknown as RunEventData[K], event);
}

/** Nobody in person: the run went on by itself. */

const arms: Arms = {
  ...waitArms,
  ...questionArms,
  ...nudgeArms,
  ...fileArms,
  ...feedbackArms,
  ...memoryArms,
  ...drillArms,
  ...copyArms,
  ...routeArms,
  ...reviewArms,
  ...previewArms,
  ...undoArms,
  ...outcomeArms,
  'run.requested': (state, data, event) => {
    state.organisation = data.organisation;
    state.workflow = data.workflow;
    state.thread = data.thread;
    state.channel = data.channel;
    state.requester = data.requester;
    state.messageKey = data.message;
    state.text = event.text('text') ?? erased;
    state.input = parseObject(event.text('input'));
    state.requested = mark(event);
    addFiles(state, data.message, event);
  },
  'message.received': (state, data, event) => {
    if (state.messages.some((message) => message.key === data.message)) return;
    state.messages.push({
      key: data.message,
      by: data.by,
      text: event.text('text') ?? erased,
      mark: mark(event),
      isSeen: false,
    });
    addFiles(state, data.message, event);
    for (const approval of state.approvals.values()) {
      if (approval.state !== 'pending' || approval.requester !== data.by) continue;
      approval.additions += 1;
      answerOpenQuestions(approval, { by: data.by, text: event.text('text') ?? erased, mark: mark(event) });
    }
  },
  'context.recalled': (state, data) => {
    for (const person of data.by ?? []) state.recalledFrom.add(person);
  },
  'context.assembled': (state, data, event) => {
    if (state.contexts.has(data.step)) return;
    state.contexts.set(data.step, { items: data.items, tokens: data.tokens, mark: mark(event) });
  },
  'run.tainted': (state, data) => {
    state.taintedBy ??= data.by;
  },
  'model.answered': (state, data, event) => {
    const answer = parseObject(event.text('answer'));
    const turns = state.turns.get(data.step) ?? [];
    if (turns.some((turn) => turn.turn === data.turn)) return;
    turns.push({
      turn: data.turn,
      text: typeof answer['text'] === 'string' ? answer['text'] : erased,
      // Written by `recordAnswer` of the agent in this very shape.
      calls: (answer['calls'] ?? []) as unknown as ModelTurn['calls'],
      stop: data.stop,
      ...(data.stopDetail !== undefined && { stopDetail: data.stopDetail }),
      model: data.model,
      // Likewise.
      ...(answer['raw'] !== undefined && {
        raw: answer['raw'] as unknown as { provider: string; blocks: Json },
      }),
      inputTokens: data.inputTokens,
      outputTokens: data.outputTokens,
      ...(data.usd !== undefined && { usd: data.usd }),
      steering: data.steering,
      mark: mark(event),
    });
    state.turns.set(data.step, turns);
    for (const message of state.messages) if (data.steering.includes(message.key)) message.isSeen = true;
    state.tokens += data.inputTokens + data.outputTokens;
    state.usdSpent += data.usd ?? 0;
    delete state.modelMissed;
    // What a person holds is not let go by an answer that was on its way.
    if (state.parked?.by === undefined) delete state.parked;
    settleStatus(state, 'running');
  },
  'model.missed': (state, data, event) => {
    state.modelMissed = { until: data.until, times: data.times, mark: mark(event) };
    settleStatus(state, 'waiting');
  },
  'call.judged': (state, data, event) => {
    const before = state.calls.get(data.call);
    const call = {
      id: data.call,
      step: data.step,
      ...(data.modelCall !== undefined && { modelCall: data.modelCall }),
      ...(data.turn !== undefined && { turn: data.turn }),
      tool: data.tool,
      server: data.server,
      argsJson: event.text('args'),
      argsSalt: event.body('args')?.salt,
      argsCommitment: commitmentOf(event, 'args'),
      effect: data.effect,
      verdict: data.verdict,
      requirements: data.requirements,
      rules: data.rules,
      ...(data.deniedBy !== undefined && { deniedBy: data.deniedBy }),
      definitionHash: data.definitionHash,
      serverIdentity: data.serverIdentity,
      title: event.text('title') ?? data.tool,
      ...(data.keyArgument !== undefined && { keyArgument: data.keyArgument }),
      expiresInMs: data.expiresInMs,
      policyDigest: data.policy,
      isTrusted: data.isTrusted,
      mark: mark(event),
    };
    if (before === undefined)
      state.calls.set(data.call, { call, edits: [], judgements: 1, dispatches: [], lost: [] });
    else {
      before.call = call;
      before.judgements += 1;
    }
  },
  'call.refused': (state, data, event) => {
    const call = state.calls.get(data.call);
    if (call === undefined || call.result !== undefined) return;
    call.result = {
      kind: 'not-run',
      why: data.why,
      content: event.text('content') ?? erased,
      mark: mark(event),
    };
    settleStatus(state, 'running');
  },
  'approval.requested': (state, data, event) => {
    const claim = event.text('claim');
    const preview = previewOf(data, event);
    state.approvals.set(data.approval, {
      id: data.approval,
      call: data.call,
      digest: data.digest,
      requirements: data.requirements,
      requester: data.requester,
      expiresAt: data.expiresAt,
      notify: data.notify,
      title: event.text('title') ?? erased,
      ...(claim !== undefined && { claim }),
      ...(preview !== undefined && { preview }),
      ...(data.askedAgainFor !== undefined && { askedAgainFor: data.askedAgainFor }),
      shutOut: shutOutOf(state, data),
      ...(data.grants !== undefined && { grants: data.grants }),
      mark: mark(event),
      additions: 0,
      questions: [],
      remindersMs: data.remindersMs ?? [],
      nudges: [],
      copies: [],
      routes: [],
      joined: [],
      votes: [],
      state: 'pending',
    });
    const call = state.calls.get(data.call);
    if (call !== undefined) {
      call.approval = data.approval;
      delete call.unknown;
    }
    settleStatus(state, 'waiting');
  },
  'approval.voted': (state, data, event) => {
    const approval = state.approvals.get(data.approval);
    if (approval === undefined) return;
    const own = approval.votes.findIndex((vote) => vote.by === data.by);
    if (own >= 0 && !isWorn(approval, approval.votes[own])) return;
    // A denial wins until dispatch begins, also over an approval that is already decided.
    const isOpen = data.vote === 'deny' ? isDeniable(state, approval) : approval.state === 'pending';
    if (!isOpen) return;
    const reason = event.text('reason');
    if (own >= 0) approval.votes.splice(own, 1);
    approval.votes.push({
      by: data.by,
      vote: data.vote,
      surface: data.surface,
      seen: data.seen ?? approval.additions,
      ...(data.effect !== undefined && { effect: data.effect }),
      ...(data.for !== undefined && { for: data.for }),
      ...(reason !== undefined && { reason }),
      mark: mark(event),
    });
  },
  'approval.edited': (state, data, event) => {
    const call = state.calls.get(data.call);
    if (call === undefined) return;
    call.edits.push({
      approval: data.approval,
      by: data.by,
      before: call.call.argsJson,
      mark: mark(event),
    });
  },
  'approval.decided': (state, data, event) => {
    const approval = state.approvals.get(data.approval);
    // Only an approved one that has not been dispatched may still turn; everything else is settled once.
    if (approval === undefined || !isDeniable(state, approval)) return;
    const reason = event.text('reason');
    approval.state = data.state;
    approval.decision = {
      ...(data.by !== undefined && { by: data.by }),
      ...(reason !== undefined && { reason }),
      mark: mark(event),
    };
    settleStatus(state, 'running');
  },
  'grant.applied': (state, data, event) => {
    const call = state.calls.get(data.call);
    if (call === undefined || call.result !== undefined) return;
    call.grant = { id: data.grant, by: data.by, mark: mark(event) };
  },
  'grant.dropped': (state, data) => {
    const call = state.calls.get(data.call);
    if (call?.grant?.id !== data.grant) return;
    delete call.grant;
    call.droppedGrant = data.grant;
  },
  'tool.dispatched': (state, data, event) => {
    const call = state.calls.get(data.call);
    if (call === undefined || call.dispatches.some((dispatch) => dispatch.attempt === data.attempt)) return;
    const { attempt, key, sendBefore, deadline, worker, approval, grant } = data;
    call.dispatches.push({
      attempt,
      ...(approval !== undefined && { approval }),
      ...(grant !== undefined && { grant }),
      ...(key !== undefined && { key }),
      sendBefore,
      deadline,
      worker,
      mark: mark(event),
    });
    delete call.unknown;
    settleStatus(state, 'running');
  },
  'tool.completed': (state, data, event) => {
    const call = state.calls.get(data.call);
    if (call === undefined || call.result?.kind === 'answered') return;
    call.result = {
      kind: 'answered',
      isError: data.isError,
      content: event.text('content') ?? erased,
      mark: mark(event),
    };
    endLoss(call, { kind: 'answered', mark: mark(event) });
    if (state.parked?.call === data.call) delete state.parked;
    if (!call.call.isTrusted && !data.isError) state.taintedBy ??= call.call.tool;
    settleStatus(state, 'running');
  },
  'message.posted': (state, data, event) => {
    if (state.said.some((said) => said.key === data.key)) return;
    state.said.push({ key: data.key, text: event.text('text') ?? erased, mark: mark(event) });
  },
  'file.shown': (state, { key, sort }, event) => {
    if (state.said.some((said) => said.key === key)) return;
    const name = event.text('name');
    const content = event.text('content');
    const isThere = name !== undefined && content !== undefined;
    state.said.push({
      key,
      text: event.text('text') ?? erased,
      ...(isThere && { file: { sort, name, content } }),
      mark: mark(event),
    });
  },
  'step.completed': (state, data, event) => {
    state.missed.delete(data.key);
    if (state.steps.has(data.key)) return;
    state.steps.set(data.key, {
      key: data.key,
      kind: data.kind,
      inputHash: data.inputHash,
      result: event.text('result'),
      mark: mark(event),
    });
    settleStatus(state, 'running');
  },
  'run.parked': (state, data, event) => {
    state.parked = {
      why: event.text('why') ?? erased,
      tell: event.text('tell') ?? erased,
      ...(data.until !== undefined && { until: data.until }),
      ...(data.call !== undefined && { call: data.call }),
      ...(data.undo !== undefined && { undo: data.undo }),
      mark: mark(event),
    };
    state.failures = { times: data.times ?? 1, number: event.number };
    state.status = 'parked';
  },
  'run.paused': (state, { by }, event) => {
    const why = event.text('reason') ?? erased;
    state.parked = { why, tell: 'Paused by a person.', by, mark: mark(event) };
    state.status = 'parked';
    state.operated.push({ by, what: 'paused the run', reason: why, mark: mark(event) });
  },
  'run.retried': (state, { by, step }, event) => {
    const from = step === undefined ? undefined : state.steps.get(step)?.mark.number;
    for (const [key, { kind, failure, mark: at }] of state.steps) {
      // Code only: what went to tools, people and models is never done again once recorded.
      const isAgain = from !== undefined && kind === 'step' && at.number >= from;
      if (failure !== undefined || isAgain) state.steps.delete(key);
    }
    state.missed.clear();
    delete state.parked;
    delete state.failures;
    const what = step === undefined ? 'let the run try again' : `let the run try again from ${step}`;
    state.operated.push({ by, what, reason: event.text('reason') ?? '', mark: mark(event) });
    settleStatus(state, 'running');
  },
  'run.resumed': (state, { by }, event) => {
    if (by !== botActor) {
      const reason = event.text('reason') ?? '';
      state.operated.push({ by, what: 'let the run go on', reason, mark: mark(event) });
    }
    delete state.parked;
    delete state.modelMissed;
    settleStatus(state, 'running');
  },
  'run.stopped': (state, data, event) => {
    state.stopped = {
      by: data.by,
      reason: event.text('reason') ?? '',
      ...(data.isFinal === true && { isFinal: true as const }),
      mark: mark(event),
    };
  },
  'body.erased': (state, data) => {
    if (data.why === 'retention') state.isErased = true;
  },
  'run.retired': (state) => {
    state.isRetired = true;
  },
  'run.finished': (state, data, event) => {
    state.status = data.status;
    state.finished = mark(event);
    delete state.parked;
    if (data.status === 'failed') {
      state.failure = { code: data.code ?? 'internal', tell: event.text('tell') ?? erased };
    }
  },
};

/** Whose words the agent has read, who changed the arguments last, and who changed the rules of late. */
function shutOutOf(
  state: RunState,
  { call, requester, authors = [] }: RunEventData['approval.requested'],
): readonly ShutOut[] {
  const editor = lastEdit(state, call)?.by;
  return [
    ...authors.map((person) => ({ person, why: 'author' as const })),
    ...(editor === undefined ? [] : [{ person: editor, why: 'editor' as const }]),
    ...steerersOf(state, requester).map((person) => ({ person, why: 'steerer' as const })),
  ];
}

function commitmentOf(event: FoldedEvent, field: string): string {
  const reference = event.data[field];
  if (typeof reference !== 'object' || reference === null || !('commitment' in reference)) return '';
  return typeof reference.commitment === 'string' ? reference.commitment : '';
}

function parseObject(text: string | undefined): JsonObject {
  // Bodies named `answer` and `input` are JSON objects that this project wrote.
  return text === undefined ? {} : (JSON.parse(text) as JsonObject);
}
