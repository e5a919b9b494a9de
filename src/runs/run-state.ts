/**
 * What a run's ledger adds up to: a pure fold, never stored as truth.
 *
 * Maps keep the order in which things happened. Times are those of the store (see `Stamp`).
 */
import type { RecordedPreview } from './preview-state.ts';
import type { ActorId, ApprovalId, CallId, ChannelId, GrantId, RunId, ThreadId } from '../core/ids.ts';
import type { DrillSeed } from '../core/drill-seed.ts';
import type { FileState } from './file-state.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { LostOutcome, ProbeState } from './lost-outcome.ts';
import type { Mark } from './mark.ts';
import type { UndoState } from './undo-record.ts';
import type { MissedStep, ParentLink, WaitState } from './wait-state.ts';

export type RunStatus = 'queued' | 'running' | 'waiting' | 'done' | 'failed' | 'stopped' | 'parked';

/** An effect class as it was when the call was judged; kept as a word so that old runs fold for ever. */
export type RecordedEffect = 'read' | 'keyed' | 'probeable' | 'opaque';

export interface RecordedRequirement {
  readonly rule: string;
  readonly approvers: readonly string[];
  readonly quorum: number;
  readonly excludeRequester: boolean;
  /** Absent: whoever's words the agent had read before it proposed the call may not approve it. */
  readonly excludeSteerers?: false;
  /** Absent: who changed the arguments last may not approve them. */
  readonly excludeEditor?: false;
  /** In an order: this one is asked once those before it are met. Absent: asked at once. */
  readonly stage?: { readonly number: number; readonly of: number };
  /** Whom else it asks after a time, in the order of the times. Absent: nobody. */
  readonly escalate?: readonly { readonly afterMs: number; readonly to: readonly string[] }[];
}

export interface SteeringMessage {
  readonly key: string;
  readonly by: ActorId;
  readonly text: string;
  readonly mark: Mark;
  /** True once a model call has seen it. */
  isSeen: boolean;
}

export interface JudgedCall {
  readonly id: CallId;
  readonly step: string;
  /** The model's own id of it within its answer; absent for a call made by a workflow. */
  readonly modelCall?: string;
  readonly turn?: number;
  readonly tool: string;
  readonly server: string;
  /** The frozen bytes: canonical JSON. Undefined once erased. */
  readonly argsJson: string | undefined;
  readonly argsSalt: string | undefined;
  readonly argsCommitment: string;
  readonly effect: RecordedEffect;
  readonly verdict: string;
  readonly requirements: readonly RecordedRequirement[];
  readonly rules: readonly string[];
  readonly deniedBy?: string;
  readonly definitionHash: string;
  readonly serverIdentity: string;
  readonly title: string;
  /** The argument that takes our idempotency key. */
  readonly keyArgument?: string;
  readonly expiresInMs: number;
  /** The substance of the policy that judged it. */
  readonly policyDigest: string;
  readonly isTrusted: boolean;
  readonly mark: Mark;
}

export interface Dispatch {
  readonly attempt: number;
  readonly approval?: ApprovalId;
  readonly grant?: GrantId;
  readonly key?: string;
  readonly sendBefore: number;
  readonly deadline: number;
  readonly worker: string;
  readonly mark: Mark;
}

export type CallResult =
  | { readonly kind: 'answered'; readonly isError: boolean; readonly content: string; readonly mark: Mark }
  /** Never ran: denied, expired, withdrawn, not sent, unknown tool. `content` is what the model is told. */
  | { readonly kind: 'not-run'; readonly why: NotRun; readonly content: string; readonly mark: Mark }
  /** A person said what happened to a call whose outcome was unknown. */
  | {
      readonly kind: 'settled';
      readonly happened: boolean;
      readonly content: string;
      readonly by: ActorId;
      readonly mark: Mark;
    };

export type NotRun =
  | 'denied'
  | 'expired'
  | 'cancelled'
  | 'policy'
  | 'invalid'
  | 'unknown-tool'
  | 'drifted'
  | 'not-sent'
  | 'stopped'
  | 'repeated'
  | 'drill';

/** A person changed the arguments of a call while it waited; the call is what it became. */
export interface Edit {
  /** The approval that asked about the arguments as they were. */
  readonly approval: ApprovalId;
  readonly by: ActorId;
  /** The frozen bytes as they were before. Undefined once erased. */
  readonly before: string | undefined;
  readonly mark: Mark;
}

/** A person who may not approve although policy names him, and why. */
export interface ShutOut {
  readonly person: ActorId;
  readonly why: 'steerer' | 'editor' | 'author';
}

export interface CallReview {
  readonly model: string;
  readonly says: 'fine' | 'ask' | 'none';
  /** People are asked because of it. */
  readonly isRaised: boolean;
  /** The model's words. */
  readonly warning?: string;
  /** Why it said nothing. */
  readonly why?: string;
  readonly mark: Mark;
}

export interface CallState {
  call: JudgedCall;
  /** Changes by people, in order. */
  edits: Edit[];
  /** How often it was judged: a stale approval is judged and asked anew. */
  judgements: number;
  /** What a second model said about it when it was judged first. */
  review?: CallReview;
  /** The approval that is or was asked last for it. */
  approval?: ApprovalId;
  /** The grant that stands in place of an approval. */
  grant?: { readonly id: GrantId; readonly by: ActorId; readonly mark: Mark };
  /** A grant that did not hold any more when the call was to be sent. */
  droppedGrant?: GrantId;
  dispatches: Dispatch[];
  /** Set while nobody knows whether it happened. */
  unknown?: { readonly why: string; readonly attempt: number; readonly mark: Mark };
  /** Every time its outcome was lost, in order, with what became of it. */
  lost: LostOutcome[];
  /** What its probe said last. */
  probe?: ProbeState;
  result?: CallResult;
  /** The approval that the workflow has acted on, for a decision that is no tool call. */
  taken?: ApprovalId;
  /** A person asked for it once more after an unknown outcome: that call stands in its place. */
  supersededBy?: CallId;
}

export interface Vote {
  readonly by: ActorId;
  /** In whose place, who was away. */
  readonly for?: ActorId;
  readonly vote: 'approve' | 'deny';
  readonly reason?: string;
  readonly surface: string;
  /** How many additions to the card the voter had been shown. */
  readonly seen: number;
  /** How what the card showed of the call's effect stood to what was read at the vote; absent where it showed none. */
  readonly effect?: 'fresh' | 'changed';
  readonly mark: Mark;
}

/** What somebody who may decide wants to know first, and what he was told. */
export interface Question {
  readonly id: string;
  readonly by: ActorId;
  readonly text: string;
  readonly mark: Mark;
  /** What a person said; the first answer counts. */
  answer?: QuestionAnswer;
  /** What the agent said, as its claim. */
  agentAnswer?: QuestionAnswer;
}

export interface QuestionAnswer {
  readonly by: ActorId;
  readonly text: string;
  readonly mark: Mark;
}

export type ApprovalStateName = 'pending' | 'approved' | 'denied' | 'expired' | 'stale' | 'cancelled';

/** Where else an approval's card stands: the thread, and the run that put it there. */
export interface ApprovalCopy {
  readonly run: RunId;
  readonly thread: ThreadId;
}

/** Likewise the card of a form or a question. */
export interface QuestionCopy extends ApprovalCopy {
  /** The card's id in the run's own thread, without the run. */
  readonly item: string;
}

/** Where a copy outside of its thread stands, or should. */
export interface ApprovalRoute {
  /** Where the platform shows it; absent when no way to this person was found. */
  readonly thread?: ThreadId;
  /** Whose direct messages they are; absent for a channel. */
  readonly person?: ActorId;
  /** On the card of this other approval, where it has none of its own. */
  readonly on?: { readonly run: RunId; readonly approval: ApprovalId };
  readonly mark: Mark;
  /** It cannot be shown there, and why. */
  unreached?: { readonly why: string; readonly mark: Mark };
}

/** Another approval of the same tool that stands on this one's card in a person's direct messages. */
export interface JoinedApproval {
  readonly person: ActorId;
  readonly run: RunId;
  readonly approval: ApprovalId;
  /** How long its title and arguments are. */
  readonly characters: number;
}

export interface ApprovalState {
  readonly id: ApprovalId;
  readonly call: CallId;
  readonly digest: string;
  readonly requirements: readonly RecordedRequirement[];
  readonly requester: ActorId;
  readonly expiresAt: number;
  readonly notify: string;
  readonly title: string;
  /** What the model said about it, as its claim. */
  readonly claim?: string;
  /** What the call would change, as it was read last. */
  preview?: RecordedPreview;
  /** A vote found it to be otherwise than when people were asked. */
  isPreviewChanged?: boolean;
  readonly askedAgainFor?: ApprovalId;
  readonly shutOut: readonly ShutOut[];
  /** What an approver may grant beyond this call, as the policy had it when it was asked. */
  readonly grants?: Readonly<Record<string, number | 'any'>>;
  readonly mark: Mark;
  /**
   * What was added to the card while it was open, words of the requester and effects that changed: who has not seen it
   * must look again.
   */
  additions: number;
  /** When people are reminded, in ms after it was asked. */
  readonly remindersMs: readonly number[];
  /** What was done because nobody decided, in order. `to` are those who may decide as well since then. */
  nudges: { readonly afterMs: number; readonly to?: readonly string[]; readonly mark: Mark }[];
  /** Where else its card stands. */
  copies: ApprovalCopy[];
  /** Where else, outside of its thread: direct messages, and channels that the policy names. */
  routes: ApprovalRoute[];
  /** What stands on its cards in direct messages besides, in the order in which it came. */
  joined: JoinedApproval[];
  /** In the order in which they were asked. */
  questions: Question[];
  votes: Vote[];
  state: ApprovalStateName;
  decision?: { readonly by?: ActorId; readonly reason?: string; readonly mark: Mark };
}

export interface ModelTurn {
  readonly turn: number;
  readonly text: string;
  readonly calls: readonly {
    readonly id: string;
    readonly name: string;
    readonly input: Json;
    readonly problem?: string;
  }[];
  readonly stop: string;
  readonly stopDetail?: string;
  readonly model: string;
  readonly raw?: { readonly provider: string; readonly blocks: Json };
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly usd?: number;
  /** Steering messages that this turn's request contained. */
  readonly steering: readonly string[];
  readonly mark: Mark;
}

export interface StepState {
  readonly key: string;
  readonly kind: string;
  readonly inputHash: string;
  /** JSON text of the recorded result. */
  readonly result: string | undefined;
  /** Set when the step's code failed for good. */
  readonly failure?: string;
  readonly mark: Mark;
}

/** How the content of a file that a run shows is written: as CSV, or as the JSON that a chart is drawn from. */
export type ShownFileSort = 'csv' | 'chart';

export interface Said {
  readonly key: string;
  readonly text: string;
  /** Gone once it is erased. */
  readonly file?: { readonly sort: ShownFileSort; readonly name: string; readonly content: string };
  readonly mark: Mark;
}

/** What of memory and documents a step was given. */
export interface AssembledContext {
  readonly items: readonly { readonly sort: 'memory' | 'passage'; readonly id: string }[];
  readonly tokens: number;
  readonly mark: Mark;
}

/** What a person did to a memory that a call had kept. */
export interface MemoryChange {
  readonly change: 'undone' | 'corrected';
  readonly by: ActorId;
  readonly text?: string;
  readonly mark: Mark;
}

/** What a call of a tainted run would have kept. */
export interface HeldMemory {
  readonly taintedBy: string;
  /** Gone once they are erased. */
  readonly argsJson?: string;
  /** What it takes the place of. */
  readonly replaces?: string;
  readonly mark: Mark;
  /** The first person who settled it. */
  settled?: { readonly how: 'kept' | 'dropped'; readonly by: ActorId; readonly mark: Mark };
}

export interface RunState {
  id: RunId;
  status: RunStatus;
  organisation: string;
  workflow: string;
  thread: ThreadId;
  channel: ChannelId;
  requester: ActorId;
  messageKey: string;
  text: string;
  input: JsonObject;
  requested?: Mark;
  finished?: Mark;
  /** Its texts are gone because their time was over. */
  isErased?: true;
  /** It has left the lists. */
  isRetired?: true;
  steps: Map<string, StepState>;
  /** Steps that failed and are tried again. */
  missed: Map<string, MissedStep>;
  waits: Map<string, WaitState>;
  /** What is taken back when it is stopped or fails, in the order in which it was done. */
  undos: Map<string, UndoState>;
  /** It has failed for good and takes back what it did. */
  failing?: { readonly code: string; readonly tell: string; readonly mark: Mark };
  parent?: ParentLink;
  /** Set when this is a drill. */
  drill?: DrillSeed;
  calls: Map<CallId, CallState>;
  approvals: Map<ApprovalId, ApprovalState>;
  turns: Map<string, ModelTurn[]>;
  said: Said[];
  messages: SteeringMessage[];
  /** Files that came with messages, in their order. */
  files: FileState[];
  /** Where else cards of forms and questions stand: in digests. */
  questionCopies: QuestionCopy[];
  /** What people think of its answer, by person. */
  feedback: Map<ActorId, { readonly rating: 'good' | 'bad'; readonly mark: Mark }>;
  /** Whose earlier requests in the thread went into the context. */
  recalledFrom: Set<ActorId>;
  /** By step. */
  contexts: Map<string, AssembledContext>;
  /** By the call that kept it; the last change counts. */
  memoryChanges: Map<CallId, MemoryChange>;
  /** By the call that would have kept it. */
  heldMemories: Map<CallId, HeldMemory>;
  /** Of the thread up to this run, as this run's model wrote it. */
  summary?: {
    readonly text: string;
    readonly upTo: { readonly run: RunId; readonly at: number };
    /** Whose words it tells of. */
    readonly by: readonly ActorId[];
    readonly taintedBy?: string;
  };
  /** Set when content from a source that configuration does not call trusted was read. */
  taintedBy?: string;
  /** Why a run waits for an operator. */
  parked?: {
    readonly why: string;
    readonly tell: string;
    readonly until?: number;
    /** Who paused it; absent when it failed. */
    readonly by?: ActorId;
    /** It goes on by itself once somebody says what became of this call. */
    readonly call?: CallId;
    /** What could not be taken back; a person lets it be tried again or leaves it. */
    readonly undo?: string;
    readonly mark: Mark;
  };
  /** Who paused it, let it go on or retried it, in order. */
  operated: { readonly by: ActorId; readonly what: string; readonly reason: string; readonly mark: Mark }[];
  /** How often in a row it failed without getting any further. */
  failures?: { readonly times: number; readonly number: number };
  /** The model did not answer; it is asked again at `until`. */
  modelMissed?: { readonly until: number; readonly times: number; readonly mark: Mark };
  stopped?: {
    readonly by: ActorId;
    readonly reason: string;
    /** Nothing is taken back. */
    readonly isFinal?: true;
    readonly mark: Mark;
  };
  failure?: { readonly code: string; readonly tell: string };
  usdSpent: number;
  tokens: number;
  /** Event kinds of a newer version: this process leaves the run to others. */
  unknownKinds: string[];
  events: number;
}

export function emptyRun(id: RunId): RunState {
  return {
    id,
    status: 'queued',
    organisation: '',
    workflow: '',
    thread: '' as ThreadId, // Filled by the first event; an empty stream has no thread.
    channel: '' as ChannelId, // Likewise.
    requester: '' as ActorId, // Likewise.
    messageKey: '',
    text: '',
    input: {},
    steps: new Map(),
    missed: new Map(),
    operated: [],
    waits: new Map(),
    undos: new Map(),
    calls: new Map(),
    approvals: new Map(),
    turns: new Map(),
    said: [],
    messages: [],
    files: [],
    questionCopies: [],
    feedback: new Map(),
    recalledFrom: new Set(),
    contexts: new Map(),
    memoryChanges: new Map(),
    heldMemories: new Map(),
    usdSpent: 0,
    tokens: 0,
    unknownKinds: [],
    events: 0,
  };
}

/** Whose words the agent has read. The requester has a rule of his own. */
export function steerersOf(state: RunState, requester: ActorId): readonly ActorId[] {
  const steerers = new Set([
    ...state.recalledFrom,
    ...state.messages.filter((message) => message.isSeen).map((message) => message.by),
  ]);
  steerers.delete(requester);
  return [...steerers];
}

export function isFinishedStatus(status: RunStatus): boolean {
  return status === 'done' || status === 'failed' || status === 'stopped';
}

export function isFinished(state: RunState): boolean {
  return isFinishedStatus(state.status);
}

/** True once bytes may have left under this very approval: nothing takes it back then. */
export function wasDispatched(state: RunState, approval: ApprovalState): boolean {
  const call = state.calls.get(approval.call);
  if (call === undefined) return false;
  return call.taken === approval.id || call.dispatches.some((dispatch) => dispatch.approval === approval.id);
}

/** Whether a call did what it was made for. */
export function resultIsDone(result: CallResult): boolean {
  switch (result.kind) {
    case 'answered':
      return !result.isError;
    case 'not-run':
      return false;
    case 'settled':
      return result.happened;
    default:
      return result satisfies never;
  }
}

/** Calls that were sent and of which nobody knows yet what became of them. */
export function openDispatches(state: RunState): readonly CallState[] {
  return [...state.calls.values()].filter(
    ({ dispatches, result, supersededBy }) =>
      dispatches.length > 0 && result === undefined && supersededBy === undefined,
  );
}

/** True while one more denial can still keep the call from running. */
export function isDeniable(state: RunState, approval: ApprovalState): boolean {
  return approval.state === 'pending' || (approval.state === 'approved' && !wasDispatched(state, approval));
}

/** True for an approving vote whose voter had not been shown all that was added to the card before the decision. */
export function isWorn(approval: ApprovalState, vote: Vote | undefined): boolean {
  return vote?.vote === 'approve' && vote.seen < approval.additions;
}

/** The frozen arguments that an approval asked about: what a later change replaced, else what stands. */
export function argumentsOf(state: RunState, approval: ApprovalState): string | undefined {
  const entry = state.calls.get(approval.call);
  const edit = entry?.edits.find((later) => later.mark.number > approval.mark.number);
  return edit === undefined ? entry?.call.argsJson : edit.before;
}

/** The call that a call was asked in place of, after an outcome that nobody knew. */
export function predecessorOf(state: RunState, id: CallId): CallState | undefined {
  for (const entry of state.calls.values()) if (entry.supersededBy === id) return entry;
  return undefined;
}

/** The latest change of a call's arguments, its predecessors' included. */
export function lastEdit(state: RunState, id: CallId): Edit | undefined {
  for (let entry = state.calls.get(id); entry !== undefined; entry = predecessorOf(state, entry.call.id)) {
    const edit = entry.edits.at(-1);
    if (edit !== undefined) return edit;
  }
  return undefined;
}

export function pendingApprovals(state: RunState): readonly ApprovalState[] {
  return [...state.approvals.values()].filter((approval) => approval.state === 'pending');
}
