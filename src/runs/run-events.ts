/**
 * Every kind of event a run's ledger holds, at its current version, and what each carries.
 *
 * Written streams are never rewritten: a changed shape gets a new version here, and the fold keeps reading the
 * old one. `texts` are bodies: content of people, models and tools, erasable.
 */
import type { ActorId, ApprovalId, CallId, ChannelId, GrantId, RunId, ThreadId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { EventDraft } from '../ledger/fold.ts';
import type { ProbeFinding } from './lost-outcome.ts';
import type {
  ApprovalStateName,
  NotRun,
  RecordedEffect,
  RecordedRequirement,
  ShownFileSort,
} from './run-state.ts';
import type { BudgetShare, WaitEnd, WaitKind } from './wait-state.ts';

export interface RunEventData {
  /** Texts: `text` (what was said), `input` (the workflow's input as JSON), `files` (those that came with it, as JSON). */
  'run.requested': {
    organisation: string;
    workflow: string;
    thread: ThreadId;
    channel: ChannelId;
    requester: ActorId;
    message: string;
  };
  /** A later message in the thread, for the run at work. Texts: `text`, `files`. */
  'message.received': { message: string; by: ActorId };
  /**
   * A file that came with a message was read, or cannot be. Texts: `content` (its text, an image in base64, or why),
   * `mediaType` is an image's.
   */
  'file.read': { file: string; outcome: 'text' | 'image' | 'unreadable'; mediaType?: string; left?: number };
  /** What of earlier conversation went into a step's context. */
  'context.recalled': { step: string; runs: readonly string[]; by?: readonly ActorId[] };
  /** What of memory and documents went into a step's context, by id: the texts stay where they can be forgotten. */
  'context.assembled': {
    step: string;
    items: readonly { readonly sort: 'memory' | 'passage'; readonly id: string }[];
    tokens: number;
  };
  /** A person took back or corrected what a call of this run had kept. Texts: `text`, the corrected one. */
  'memory.changed': { call: CallId; by: ActorId; change: 'undone' | 'corrected' };
  /**
   * What a call of a tainted run would have kept waits for a person; no call was judged. Texts: `args` (canonical JSON),
   * `replaces`, what it would take the place of.
   */
  'memory.held': { call: CallId; taintedBy: string };
  /** A person keeps what was held and vouches for it, or drops it. */
  'memory.settled': { call: CallId; by: ActorId; how: 'kept' | 'dropped' };
  /**
   * A summary of the thread up to the run `upTo`, made of these runs and of the summary in the run `before`; `by` are all
   * whose words it tells of. Texts: `summary`.
   */
  'thread.summarised': {
    upTo: { run: RunId; at: number };
    runs: readonly RunId[];
    before?: RunId;
    by: readonly ActorId[];
    model: string;
    tokens: number;
    usd?: number;
    taintedBy?: string;
  };
  /** The run is a drill: nothing of it is ever sent. Texts: `args` (canonical JSON), `why`, `claim`. */
  'drill.planted': { drill: string; tool: string };
  /** Content that nobody vouches for came to the agent otherwise than by a tool's answer. */
  'run.tainted': { by: string };
  /** Texts: `answer` (JSON: text, calls, raw provider blocks). */
  'model.answered': {
    step: string;
    turn: number;
    stop: string;
    stopDetail?: string;
    model: string;
    inputTokens: number;
    outputTokens: number;
    usd?: number;
    steering: readonly string[];
  };
  /** The model could not be reached; it is asked again at `until` (ms). Texts: `why`. */
  'model.missed': { step: string; until: number; times: number };
  /** What policy says about one proposed call. Texts: `args` (canonical JSON, frozen), `title`. */
  'call.judged': {
    call: CallId;
    step: string;
    modelCall?: string;
    turn?: number;
    tool: string;
    server: string;
    effect: RecordedEffect;
    verdict: string;
    requirements: readonly RecordedRequirement[];
    rules: readonly string[];
    deniedBy?: string;
    definitionHash: string;
    serverIdentity: string;
    keyArgument?: string;
    expiresInMs: number;
    isTrusted: boolean;
    policy: string;
  };
  /**
   * A second model has looked at a judged call; `isRaised`: people are asked because of it. Texts: `warning`, its words,
   * and `why` it said nothing.
   */
  'call.reviewed': {
    call: CallId;
    model: string;
    says: 'fine' | 'ask' | 'none';
    isRaised?: true;
    tokens?: number;
    usd?: number;
  };
  /** A call that will not run. Texts: `content`, what the model is told. */
  'call.refused': { call: CallId; why: NotRun; by?: ActorId };
  /** People are asked. Texts: `title`, `claim`, `preview`. */
  'approval.requested': {
    approval: ApprovalId;
    call: CallId;
    digest: string;
    requirements: readonly RecordedRequirement[];
    requester: ActorId;
    expiresAt: number;
    notify: string;
    remindersMs?: readonly number[];
    previewTool?: string;
    /** A state as a tool words it when absent. */
    previewKind?: 'changes' | 'none';
    askedAgainFor?: ApprovalId;
    grants?: Readonly<Record<string, number | 'any'>>;
    /** Who changed the rules of late, and therefore does not approve. */
    authors?: readonly ActorId[];
  };
  /** What the call would change was read once more, and is not as the card showed it. Texts: `preview`. */
  'approval.previewed': { approval: ApprovalId; previewTool: string; previewKind?: 'changes' | 'none' };
  /**
   * `seen` is how many additions to the card the voter had been shown; `effect` how what the card showed of the call's
   * effect stood to what was read at the vote; `for` whose place the voter took, who was away. Texts: `reason`.
   */
  'approval.voted': {
    approval: ApprovalId;
    by: ActorId;
    vote: 'approve' | 'deny';
    surface: string;
    seen?: number;
    effect?: 'fresh' | 'changed';
    for?: ActorId;
  };
  /** Nobody has decided for so long: those who may are told once more. */
  'approval.reminded': { approval: ApprovalId; afterMs: number };
  /** Nobody has decided for so long: those whom the policy names for that moment may decide as well. */
  'approval.escalated': { approval: ApprovalId; afterMs: number; to: readonly string[] };
  /** Its card stands in the thread of another run of the same channel as well. */
  'approval.copied': { approval: ApprovalId; run: RunId; thread: ThreadId };
  /** The card of a form or a question stands in the thread of another run as well: `item` is its id in the run's own thread. */
  'question.copied': { item: string; run: RunId; thread: ThreadId };
  /** Its card stands outside of its thread as well: in this person's direct messages, or in a channel. */
  'approval.routed': {
    approval: ApprovalId;
    thread: ThreadId;
    person?: ActorId;
    /** It stands there on the card of another approval, of the same tool. */
    on?: { run: RunId; approval: ApprovalId };
  };
  /** Its card in this person's direct messages shows another approval of the same tool as well. */
  'approval.joined': {
    approval: ApprovalId;
    person: ActorId;
    run: RunId;
    other: ApprovalId;
    /** How long its title and arguments are. */
    characters: number;
  };
  /** A copy that cannot be shown: nobody waits for it. Texts: `why`. */
  'approval.unreached': { approval: ApprovalId; thread?: ThreadId; person?: ActorId };
  /** Somebody who may decide asks about it first; nothing is decided meanwhile. Texts: `text`. */
  'question.asked': { question: string; approval: ApprovalId; by: ActorId; surface: string };
  /** By a person, or by the agent that proposed the call. Texts: `answer`. */
  'question.answered': {
    question: string;
    approval: ApprovalId;
    by: ActorId;
    tokens?: number;
    usd?: number;
  };
  /** A person changed the arguments: the approval is void, the call is judged and asked anew. */
  'approval.edited': { approval: ApprovalId; call: CallId; by: ActorId; surface: string };
  /** Texts: `reason`. */
  'approval.decided': { approval: ApprovalId; state: Exclude<ApprovalStateName, 'pending'>; by?: ActorId };
  /** A grant stands in place of an approval; one of its uses is reserved for this call. */
  'grant.applied': { call: CallId; grant: GrantId; by: ActorId };
  /** The grant does not hold any more: people are asked. Texts: `why`. */
  'grant.dropped': { call: CallId; grant: GrantId };
  /** Durable before any byte leaves. Times in ms since 1970. */
  'tool.dispatched': {
    call: CallId;
    attempt: number;
    key?: string;
    sendBefore: number;
    deadline: number;
    worker: string;
    grant?: GrantId;
    approval?: ApprovalId;
    digest?: string;
  };
  /** The server answered. Texts: `content`. */
  'tool.completed': { call: CallId; attempt: number; isError: boolean };
  /** Sent, perhaps, and no answer came. Texts: `why`. */
  'outcome.lost': { call: CallId; attempt: number };
  /**
   * What the tool's probe says about an attempt that was never answered; `isSettled` when that is certain enough to
   * be the call's result. Texts: `answer`, the probe's own words, and `content`, what the model is told.
   */
  'outcome.probed': { call: CallId; attempt: number; probe: string; found: ProbeFinding; isSettled: boolean };
  /** Nobody has said for so long what became of it: people are told once more. */
  'outcome.reminded': { call: CallId; afterMs: number };
  /** A person says what happened; `next` is the call that is asked in its place. Texts: `content`. */
  'outcome.settled': { call: CallId; by: ActorId; happened: boolean; next?: CallId };
  /** Somebody found the answer helpful, or not; his last word counts. */
  'feedback.given': { by: ActorId; rating: 'good' | 'bad'; surface: string };
  /** Texts: `text`. */
  'message.posted': { key: string };
  /**
   * A file that the run shows: rows as CSV, or a picture of numbers, kept as what it is drawn from. Texts: `text`, said
   * above it, `name` and `content`.
   */
  'file.shown': { key: string; sort: ShownFileSort };
  /** Texts: `result` (JSON). */
  'step.completed': { key: string; kind: string; inputHash: string };
  /** A step's code failed and is tried again at `until` (ms). Texts: `why`. */
  'step.missed': { key: string; times: number; until: number };
  /** A step's code failed for good; the workflow is told so again at every pass. Texts: `why`. */
  'step.failed': { key: string; kind: string; inputHash: string; times: number };
  /** The run waits for something that is no vote and no tool. Texts: `text`, a form or a child's input as JSON. */
  'wait.opened': {
    key: string;
    kind: WaitKind;
    inputHash: string;
    until?: number;
    name?: string;
    match?: JsonObject;
    who?: readonly string[];
    child?: RunId;
    share?: BudgetShare;
  };
  /** Texts: `result` (JSON). `source` is whose content the answer is, when nobody vouches for it. */
  'wait.closed': {
    key: string;
    how: WaitEnd;
    by?: ActorId;
    cause?: string;
    used?: BudgetShare;
    source?: string;
  };
  /** A decision that is no tool call was acted on: from here on nobody can take it back. */
  'decision.taken': { call: CallId; approval: ApprovalId };
  /** This run was started by a step of another one, and may use up `share`. */
  'child.began': { parent: RunId; step: string; depth: number; share: BudgetShare; source?: string };
  /**
   * Waits for an operator, until `until`, or for somebody to say what became of `call` or of
   * `undo`; the failure `times` in a row.
   * Texts: `why`, `tell`.
   */
  'run.parked': { until?: number; times?: number; call?: CallId; undo?: string };
  /** Texts: `reason`. */
  'run.resumed': { by: ActorId };
  /** A person holds the run. Texts: `reason`. */
  'run.paused': { by: ActorId };
  /** A person lets it try again what failed, or everything that code answered from `step` on. Texts: `reason`. */
  'run.retried': { by: ActorId; step?: string };
  /** A call that takes back what was done, if the run is stopped or fails. Texts: `args` (canonical JSON). */
  'undo.registered': { key: string; tool: string };
  /** The run has failed for good and takes back what it did before it ends. Texts: `tell`. */
  'undo.begun': { code: string };
  'undo.failed': { key: string; call: CallId };
  /** Taken back, or left as it is by a person. Texts: `reason`. */
  'undo.ended': { key: string; how: 'done' | 'left'; by?: ActorId };
  /** `isFinal`: nothing is taken back. Texts: `reason`. */
  'run.stopped': { by: ActorId; isFinal?: true };
  /** Texts: `tell` when it failed. */
  'run.finished': { status: 'done' | 'failed' | 'stopped'; code?: string };
  /** Texts of the commit `seq` are gone; written by `eraseTexts`, not by `runEvent`. */
  'body.erased': {
    seq: number;
    bodies: readonly string[];
    /** `derived`: what was made of texts that go. */
    why: 'person' | 'retention' | 'derived';
    person?: string;
  };
  /** It ended long ago and leaves the lists; what it did stays here. */
  'run.retired': Record<string, never>;
}

export type RunEventKind = keyof RunEventData;
/** One event of a run, to append. */
export type RunEventDraft = EventDraft;

/** An event at its current version. Fields that are undefined are left out. */
export function runEvent<K extends RunEventKind>(
  kind: K,
  data: RunEventData[K],
  texts: Readonly<Record<string, string | undefined>> = {},
): EventDraft {
  const kept: Record<string, string> = {};
  let hasTexts = false;
  for (const [field, text] of Object.entries(texts)) {
    if (text === undefined) continue;
    kept[field] = text;
    hasTexts = true;
  }
  // Every shape above is plain JSON; undefined fields are dropped by the spread of `withoutUndefined`.
  const plain = withoutUndefined(data) as JsonObject;
  return hasTexts ? { kind, v: 1, data: plain, texts: kept } : { kind, v: 1, data: plain };
}

function withoutUndefined(data: object): object {
  for (const value of Object.values(data)) {
    if (value === undefined)
      return Object.fromEntries(Object.entries(data).filter(([, entry]) => entry !== undefined));
  }
  return data;
}
