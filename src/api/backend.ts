/**
 * What the HTTP interface asks of the rest: every question names the person who asks.
 *
 * Answers are already limited to what that person may see. `undefined` is «not there, or not for you», the same
 * to the asker on purpose.
 */
import type { z } from 'zod';
import type { Suggestion } from '../chat/adapter.ts';
import type { Freezer } from '../gate/freezer.ts';
import type { GrantWish } from '../gate/grant-terms.ts';
import type { Person } from '../people/person.ts';
import type { Operation } from '../runs/operate-run.ts';
import type { LookDesk } from './look/look-desk.ts';
import type { noticesInput, NoticesJson, ServerReviewJson } from './look/look-shapes.ts';
import type {
  actionInput,
  ApprovalJson,
  CommitJson,
  EventJson,
  ForgettingJson,
  FileJson,
  FormJson,
  GrantJson,
  HealthJson,
  KeptFileJson,
  MeJson,
  MemoryHistoryJson,
  MemoryJson,
  memoryViews,
  commandInput,
  messageInput,
  OutcomeJson,
  RunJson,
  runStatuses,
  scheduleChangeInput,
  scheduleInput,
  ScheduleJson,
  SchedulesJson,
  signalInput,
  ThreadJson,
  ThreadSummaryJson,
  ToolsJson,
  voteInput,
} from './shapes.ts';

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** A refusal that the person reads: HTTP status, stable code, a sentence. */
export interface Refusal {
  readonly kind: 'refused';
  readonly status: 400 | 403 | 404 | 409 | 410 | 422 | 503;
  readonly code: string;
  readonly detail: string;
  readonly continueAs?: readonly { readonly id: string; readonly name: string }[];
}

export interface MemoryQuery {
  /** Words to find it by; without them the latest come first. */
  readonly q?: string;
  readonly view?: (typeof memoryViews)[number];
  readonly cursor?: string;
}

/** `undefined` is «no such channel, or not for you». */
export interface MemoryDesk {
  list(person: Person, channel: string, query: MemoryQuery): Promise<Page<MemoryJson> | undefined>;
  correct(person: Person, channel: string, id: string, text: string): Promise<MemoryChange | undefined>;
  /** As it stands now, then what it said before, newest first. */
  history(
    person: Person,
    channel: string,
    id: string,
  ): Promise<{ readonly kind: 'found'; readonly history: MemoryHistoryJson } | Refusal | undefined>;
  previewForget(
    person: Person,
    channel: string,
    id: string,
  ): Promise<{ readonly kind: 'found'; readonly forgetting: ForgettingJson } | Refusal | undefined>;
  forget(person: Person, channel: string, id: string): Promise<MemoryChange | undefined>;
}

export type MemoryChange = { readonly kind: 'done'; readonly text: string } | Refusal;

export interface ScheduleBoard {
  list(person: Person): Promise<SchedulesJson>;
  /** It rests until it is confirmed. */
  make(
    person: Person,
    input: z.infer<typeof scheduleInput>,
  ): Promise<{ readonly kind: 'made'; readonly schedule: ScheduleJson } | Refusal>;
  change(
    person: Person,
    name: string,
    input: z.infer<typeof scheduleChangeInput>,
  ): Promise<{ readonly kind: 'done'; readonly text: string; readonly run?: string } | Refusal>;
}

/** What one is told directly. */
export interface NoticeDesk {
  read(person: Person): Promise<NoticesJson>;
  change(
    person: Person,
    input: z.infer<typeof noticesInput>,
  ): Promise<{ readonly kind: 'done'; readonly text: string } | Refusal>;
}

/** Looking at a tool server and accepting it: for operators. */
export interface ReviewDesk {
  read(
    person: Person,
    server: string,
  ): Promise<{ readonly kind: 'found'; readonly review: ServerReviewJson } | Refusal>;
  /** Accepts what was shown as `listing`, in the person's name; anything else is refused. */
  accept(
    person: Person,
    server: string,
    listing: string,
  ): Promise<{ readonly kind: 'done'; readonly text: string } | Refusal>;
}

export interface ApiBackend {
  /** The person of a bearer token, or undefined. */
  findByToken(token: string): Person | undefined;
  me(person: Person): Promise<MeJson>;
  sendMessage(
    person: Person,
    input: z.infer<typeof messageInput>,
  ): Promise<{ readonly kind: 'taken'; readonly thread: string; readonly run?: string } | Refusal>;
  /** Keeps a file for a later message of this person; durable when it resolves. */
  keepFile(
    person: Person,
    name: string,
    bytes: Buffer,
  ): Promise<{ readonly kind: 'kept'; readonly file: KeptFileJson } | Refusal>;
  /** What stands after `/countersign`. */
  command(
    person: Person,
    input: z.infer<typeof commandInput>,
  ): Promise<{ readonly kind: 'answered'; readonly text: string } | Refusal>;
  /** What could stand next in a line that begins with `/`; each value is the whole line. */
  completeCommand(
    person: Person,
    asked: { readonly channel: string; readonly typed: string },
  ): Promise<readonly Suggestion[] | undefined>;
  listThreads(person: Person, channel: string, cursor?: string): Promise<Page<ThreadSummaryJson> | undefined>;
  readThread(person: Person, thread: string): Promise<ThreadJson | undefined>;
  listRuns(
    person: Person,
    filter: {
      readonly status?: (typeof runStatuses)[number];
      readonly workflow?: string;
      readonly cursor?: string;
    },
  ): Promise<Page<RunJson>>;
  /** Calls of which nobody knows what became of them. */
  listOutcomes(person: Person, cursor?: string): Promise<Page<OutcomeJson>>;
  readRun(person: Person, run: string): Promise<RunJson | undefined>;
  /** A file that an item of this run shows. */
  readFile(person: Person, run: string, item: string): Promise<FileJson | undefined>;
  readLedger(person: Person, run: string): Promise<Page<CommitJson> | undefined>;
  stopRun(
    person: Person,
    run: string,
    reason: string | undefined,
  ): Promise<{ readonly kind: 'stopped'; readonly run: RunJson } | Refusal>;
  /** Pauses a run, lets it go on, or lets it try again. */
  operateRun(
    person: Person,
    run: string,
    operation: Operation,
    reason: string | undefined,
  ): ReturnType<ApiBackend['act']>;
  listApprovals(
    person: Person,
    filter: { readonly state?: ApprovalJson['state']; readonly cursor?: string },
  ): Promise<Page<ApprovalJson>>;
  readApproval(person: Person, approval: string): Promise<ApprovalJson | undefined>;
  vote(
    person: Person,
    approval: string,
    input: z.infer<typeof voteInput>,
  ): Promise<{ readonly kind: 'counted'; readonly approval: ApprovalJson; readonly text: string } | Refusal>;
  act(
    person: Person,
    input: z.infer<typeof actionInput>,
  ): Promise<
    | { readonly kind: 'done'; readonly text: string; readonly thread?: string; readonly run?: string }
    | Refusal
  >;
  /** Keeps an outside event and wakes the runs that wait for it. The same id of the same person is one event. */
  publishSignal(person: Person, input: z.infer<typeof signalInput>): Promise<{ readonly isNew: boolean }>;
  readonly freezer: Freezer;
  /** The form that an action asks for, filled with what stands now. */
  findForm(person: Person, action: string): Promise<FormJson | undefined>;
  /** Approves a call and grants more like it. */
  grant(
    person: Person,
    approval: string,
    input: { readonly digest: string; readonly wish: GrantWish },
  ): ReturnType<ApiBackend['act']>;
  revokeGrant(person: Person, grant: string): ReturnType<ApiBackend['act']>;
  listGrants(person: Person): Promise<readonly GrantJson[]>;
  readonly memoryDesk: MemoryDesk;
  readonly scheduleBoard: ScheduleBoard;
  readonly look: LookDesk;
  readonly reviewDesk: ReviewDesk;
  readonly noticeDesk: NoticeDesk;
  listTools(person: Person): Promise<ToolsJson>;
  health(): Promise<HealthJson>;
  /** Calls `send` for all that the person may see, from now on. Returns the way to end it. */
  subscribe(person: Person, send: (event: EventJson) => void): () => void;
  /** Undefined when ready; else why not. */
  whyNotReady(): Promise<string | undefined>;
}
