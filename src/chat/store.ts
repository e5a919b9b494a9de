/**
 * What arrives from people: kept before it is acknowledged, once.
 *
 * A message's key is the surface's own id for it, so a redelivery finds what is there. At most one run is active
 * in a thread; what arrives meanwhile waits here or steers that run.
 */
import type { AttachedFile } from '../core/attached-file.ts';
import type { DrillSeed } from '../core/drill-seed.ts';
import type { ActorId, ChannelId, RunId, ThreadId, WorkerId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { CommitDraft, RowWrite } from '../ledger/store.ts';
import type { Commit } from '../ledger/commit.ts';

/** Somebody else's words that come with a message: nobody vouches for them. */
export interface Quote {
  /** Who wrote them, as people read it. */
  readonly by: string;
  readonly text: string;
  /** Where they stand. */
  readonly link?: string;
}

export interface InboxMessage {
  /** Surface, workspace and the surface's id: `console:ana/abc`. */
  readonly key: string;
  readonly thread: ThreadId;
  readonly channel: ChannelId;
  readonly by: ActorId;
  readonly text: string;
  readonly quotes?: readonly Quote[];
  readonly files?: readonly AttachedFile[];
  /** Starts this workflow with this input, whatever the words are. */
  readonly start?: {
    readonly workflow: string;
    readonly input: JsonObject;
    readonly drill?: DrillSeed;
  };
  readonly sentAt: number;
}

export interface ThreadRow {
  readonly id: ThreadId;
  readonly channel: ChannelId;
  readonly startedBy: ActorId;
  readonly startedAt: number;
  /** The first words of the first message. */
  readonly title: string;
  readonly activeRun?: RunId;
}

export interface Start {
  readonly run: RunId;
  readonly draft: CommitDraft;
  readonly rows: readonly RowWrite[];
}

export type TakeResult =
  /** It became a run: its first commit stands. */
  | { readonly kind: 'started'; readonly commit: Commit; readonly run: RunId }
  /** A run is at work in this thread; the message is kept and waits. */
  | { readonly kind: 'waiting'; readonly activeRun: RunId }
  /** It was here before. */
  | { readonly kind: 'seen'; readonly thread: ThreadId; readonly run?: RunId };

/** `claimed`: whoever asked carries the command out. `begun`: somebody did, and nobody has said what came of it. */
export type CommandClaim =
  | { readonly kind: 'claimed' | 'begun' }
  /** Without `text` where the answer is kept nowhere. */
  | { readonly kind: 'answered'; readonly text?: string };

/** How long a command's id is remembered. */
export const keepCommandsMs = 14 * 24 * 3_600_000;

export interface ChatStore {
  /**
   * Keeps a message and, when its thread is idle, begins the run: all durable before this resolves.
   */
  take(message: InboxMessage, start: Start): Promise<TakeResult>;
  /** Marks a waiting message as taken by a run; one that does not wait stays as it is. */
  markTaken(key: string, run: RunId): Promise<void>;
  /** The run ended without having seen this message: it waits again, unless another run has it by now. */
  putBack(key: string, run: RunId): Promise<void>;
  /** No message that waits will be taken by a run any more; answers how many there were. */
  setWaitingAside(): Promise<number>;
  /** Messages that wait, oldest first. */
  listWaiting(thread: ThreadId): Promise<readonly InboxMessage[]>;
  /**
   * Frees the thread of a finished run, and begins `start` for the message when given.
   *
   * Undefined when nothing began: another run has the thread, or the message does not wait any more.
   */
  handOver(
    thread: ThreadId,
    finished: RunId,
    next?: { readonly key: string; readonly start: Start },
  ): Promise<Commit | undefined>;
  /** Threads that are idle although messages wait in them, for the sweep. */
  listIdleWithWaiting(limit: number): Promise<readonly ThreadId[]>;
  /** How many kept messages and thread titles are this person's words, those that wait or that `except` works on left out. */
  countTextsOf(person: string, except: readonly RunId[]): Promise<number>;
  /** Replaces them by a word that says so. Keys stay, so that a redelivery is still recognised. */
  eraseTextsOf(person: string, except: readonly RunId[]): Promise<void>;
  /**
   * Keeps that the command with this key is begun: durable before this resolves. Of all who claim a key one may carry it
   * out; everybody else hears what it answered, or that it has not. Two weeks later the key is forgotten.
   */
  claimCommand(key: string, by: ActorId): Promise<CommandClaim>;
  /** What a claimed command answered; undefined keeps only that it did. */
  answerCommand(key: string, text: string | undefined): Promise<void>;
  findThread(thread: ThreadId): Promise<ThreadRow | undefined>;
  /** Youngest first. */
  listThreads(
    channel: ChannelId,
    options: { readonly cursor?: string; readonly limit: number },
  ): Promise<readonly ThreadRow[]>;
}

/** A small value that all processes share, sealed by whoever keeps it: the store never sees what it says. */
export interface KeptInstallation {
  /** `slack/T01` */
  readonly name: string;
  /** 1 at first, one more with each change. */
  readonly version: number;
  readonly sealed: string;
}

/**
 * What chat platforms hand over when the app is installed in a workspace. Nothing here is in the ledger: it holds
 * secrets, and it goes when the app is removed.
 */
export interface InstallationStore {
  find(name: string): Promise<KeptInstallation | undefined>;
  /** All whose names begin so, by name. */
  list(beginning: string): Promise<readonly KeptInstallation[]>;
  /** Keeps it when `version` is one more than what stands there, 1 where nothing does; answers whether it did. */
  save(row: KeptInstallation): Promise<boolean>;
  remove(name: string): Promise<void>;
}

export interface Delivery {
  readonly item: string;
  readonly thread: ThreadId;
  readonly state: 'posting' | 'shown';
  readonly reference?: string;
  /** Stands for what the message shows at present; the outbox knows how it is made. */
  readonly shownHash?: string;
}

export type ClaimResult =
  /** Nobody has posted it: this process does. */
  | { readonly kind: 'claimed' }
  /** Somebody claimed it long ago and never said that it is there: ask the platform before posting. */
  | { readonly kind: 'taken-over' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'shown'; readonly delivery: Delivery };

/**
 * Which platform message shows which item: truth, not a projection. A rebuild reposts nothing.
 *
 * A delivery is claimed before the post leaves, so that of two processes one posts. Whoever lives renews its claim, and
 * one whose process died is taken over after a while; then the platform is asked first.
 */
export interface DeliveryStore {
  claim(item: string, thread: ThreadId, worker: WorkerId, staleAfterMs: number): Promise<ClaimResult>;
  /** Makes a claim of this worker young again, as long as it is its own. */
  renew(item: string, worker: WorkerId): Promise<void>;
  find(item: string): Promise<Delivery | undefined>;
  /** Records that a message shows the item, and what of it. */
  save(item: string, reference: string, shownHash: string): Promise<void>;
  /**
   * The same for whoever went by what was recorded `before` (undefined: not shown yet). False, and nothing is recorded,
   * when another process has recorded something else meanwhile.
   */
  saveOver(item: string, reference: string, shownHash: string, before: string | undefined): Promise<boolean>;
  /** Gives a claim up: the post surely did not happen. */
  abandon(item: string, worker: WorkerId): Promise<void>;
}
