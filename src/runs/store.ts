/**
 * The runs' persistence port: a list for people, and leases.
 *
 * A run row is a cache of what its ledger says. A lease only decides who works on a run now; correctness never
 * rests on it, because the ledger refuses whoever decides about a state that has moved.
 */
import type { ActorId, ApprovalId, ChannelId, RunId, ThreadId, WorkerId } from '../core/ids.ts';
import type { Origin } from '../core/fair-share.ts';
import type { JsonObject } from '../core/json.ts';
import type { RunStatus } from './run-state.ts';

export interface RunRow {
  readonly id: RunId;
  /** The last commit it was folded from: a ledger that ends before it has lost its tail. */
  readonly seq: number;
  readonly status: RunStatus;
  readonly workflow: string;
  readonly thread: ThreadId;
  readonly channel: ChannelId;
  readonly startedBy: ActorId;
  readonly startedAt: number;
  readonly finishedAt?: number;
  readonly waitingFor?: string;
  /** Questions to people that nobody has answered, the first few. Absent in rows of older versions. */
  readonly questions?: readonly OpenQuestion[];
  /** It waits, and for no person: for a moment, an event or another run. */
  readonly waitsAlone?: true;
  /** The request, shortened: what lists show. */
  readonly title: string;
  /** The last thing said, for the next run of the thread. Shortened. */
  readonly reply?: string;
  /** What nobody vouches for and the run has read: its reply may carry that on to the next run of the thread. */
  readonly taintedBy?: string;
  /** How many files came with its messages. Absent in rows of older versions until `countersign rebuild`. */
  readonly files?: number;
  /** Its ledger holds a summary of the thread up to this run. */
  readonly summary?: { readonly run: RunId; readonly at: number };
  /** How many found its answer helpful, and how many did not. */
  readonly feedback?: { readonly good: number; readonly bad: number };
  readonly usdSpent: number;
  readonly tokens: number;
  readonly lease?: Lease;
  /** Its texts are gone because their time was over. */
  readonly isErased?: true;
  /** When somebody must look again by himself: an expiry, a deadline, a retry. */
  readonly wakeAt?: number;
}

/** A form that a workflow shows, or what an approver asked on a card. */
export interface OpenQuestion {
  /** Its card's id in the run's own thread, without the run. Absent in rows of older versions. */
  readonly item?: string;
  readonly title: string;
  /** Roles and persons that it is put to. */
  readonly who: readonly string[];
  readonly askedAt: number;
}

/** Counted from the moment at which the store saves it, by the store's own time: whose clock is wrong, gives no other one. */
export interface Lease {
  readonly worker: WorkerId;
  /** Zero for a run that its worker leaves to others. */
  readonly lastsMs: number;
}

/** A run that waits for a signal of this name. */
export interface WaitRow {
  readonly run: RunId;
  readonly name: string;
  readonly isOpen: boolean;
}

export interface ApprovalRow {
  readonly id: ApprovalId;
  readonly run: RunId;
  readonly state: 'pending' | 'approved' | 'denied' | 'expired' | 'stale' | 'cancelled';
  readonly requestedAt: number;
  readonly tool: string;
  /** What it asks, shortened. Absent in rows of older versions until `countersign rebuild`. */
  readonly title?: string;
  readonly requester: ActorId;
  /** Absent in rows of older versions until `countersign rebuild`. */
  readonly channel?: ChannelId;
  /** Roles and persons that it asks, while it is pending. */
  readonly approvers?: readonly string[];
  readonly decidedAt?: number;
  /** Who decided and why: of several approvals the last one. */
  readonly decidedBy?: ActorId;
  readonly reason?: string;
  /** No precedent, and nothing to report of. */
  readonly isDrill?: true;
}

export interface RunFilter {
  readonly status?: RunStatus;
  readonly workflow?: string;
  readonly thread?: ThreadId;
  readonly startedBy?: ActorId;
  /** Continues after this row: `<startedAt>/<id>` of the last one seen. */
  readonly cursor?: string;
  readonly limit: number;
}

export interface RunStore {
  find(run: RunId): Promise<RunRow | undefined>;
  /** Youngest first. */
  list(filter: RunFilter): Promise<readonly RunRow[]>;
  /** Oldest first, after the cursor `<startedAt>/<id>`; of one thread or of all. */
  listOldest(options: {
    readonly thread?: ThreadId;
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly RunRow[]>;
  /**
   * Claims runs that need somebody: queued ones without a lease, those whose lease has run out, and those whose
   * `wakeAt` has come. Of several workers exactly one gets each. When there are more than `limit`, those come first whose
   * workspace, channel and person have the fewest among them and what is `atWork` already.
   */
  claimDue(
    worker: WorkerId,
    leaseMs: number,
    limit: number,
    atWork?: readonly Origin[],
  ): Promise<readonly RunId[]>;
  /** Extends leases this worker holds; returns the runs it no longer holds. */
  renew(worker: WorkerId, runs: readonly RunId[], leaseMs: number): Promise<readonly RunId[]>;
  /** Gives a lease back and says when to look again. Holds only if no commit after `seq` has reached the row. */
  release(worker: WorkerId, run: RunId, seq: number, wakeAt: number | undefined): Promise<void>;
  findApproval(approval: ApprovalId): Promise<ApprovalRow | undefined>;
  /** Youngest first. */
  listApprovals(filter: {
    readonly state?: ApprovalRow['state'];
    readonly tool?: string;
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<readonly ApprovalRow[]>;
  countApprovals(state: ApprovalRow['state']): Promise<number>;
}

/** Runs of one sort that began in one stretch of time, counted. */
export interface RunTally {
  /** 0 for the last stretch before `until`, 1 for the one before it. */
  readonly ago: number;
  readonly channel: ChannelId;
  readonly workflow: string;
  readonly status: RunStatus;
  readonly startedBy: ActorId;
  readonly runs: number;
  readonly usd: number;
  readonly tokens: number;
}

/** What summaries are made of: read by time and place, so that they cost little in a store of any size. */
export interface ActivityStore {
  /** Runs that began in the last `stretches` of `stretchMs` before `until`. */
  tally(filter: {
    readonly until: number;
    readonly stretchMs: number;
    readonly stretches: number;
    readonly channel?: ChannelId;
    readonly startedBy?: ActorId;
  }): Promise<readonly RunTally[]>;
  /** Runs of one status, oldest first. */
  listRuns(filter: {
    readonly status: 'waiting' | 'parked' | 'failed';
    readonly since?: number;
    readonly channel?: ChannelId;
    readonly startedBy?: ActorId;
    readonly limit: number;
  }): Promise<readonly RunRow[]>;
  /** Approvals that wait, oldest first. */
  listOpenApprovals(filter: {
    readonly channel?: ChannelId;
    readonly limit: number;
  }): Promise<readonly ApprovalRow[]>;
  /** Approvals asked for after `askedSince` and settled after `since`, youngest first. */
  listDecisions(filter: {
    readonly askedSince: number;
    readonly since: number;
    readonly channel?: ChannelId;
    /** Who asked or decided. */
    readonly person?: ActorId;
    readonly limit: number;
  }): Promise<readonly ApprovalRow[]>;
}

/** An outside event that wakes waiting runs. */
export interface Signal {
  /** `invoice.paid`. */
  readonly name: string;
  /** The sender's own id of it: the same name and id twice is one signal. */
  readonly id: string;
  readonly by: ActorId;
  readonly data: JsonObject;
}

export interface KeptSignal extends Signal {
  /** The store's time, in ms since 1970. */
  readonly receivedAt: number;
}

/**
 * A signal is kept before it is acknowledged and stays pending until every run that waited for it has it. It is kept
 * afterwards too, for runs that begin to wait later.
 */
export interface SignalStore {
  /** Keeps a signal durably, as pending. False when it is there already; nothing is changed then. */
  keep(signal: Signal): Promise<boolean>;
  /** Signals of a name after this place, in the order of `receivedAt` and then `id`. */
  listAfter(
    name: string,
    after: { readonly receivedAt: number; readonly id: string },
    limit: number,
  ): Promise<readonly KeptSignal[]>;
  /** Runs that wait for a signal of this name, in order, after `after`. */
  listWaiting(name: string, after: RunId | undefined, limit: number): Promise<readonly RunId[]>;
  /** Signals that some run may still have to hear of, oldest first. */
  listPending(before: Date, limit: number): Promise<readonly KeptSignal[]>;
  /** Every run that waited has it. */
  settle(name: string, id: string): Promise<void>;
}
