/**
 * The ledger's persistence port.
 *
 * A commit is one document, inserted once and never altered. The key (stream, seq) is unique: of two writers
 * exactly one wins. `landedAt` is the store's own time, set by the insert, never before that of an earlier insert.
 */
import type { Commit, CommitDraft, LedgerEvent } from './commit.ts';

/** A row of a projection, saved with the commit it follows from (in one transaction where the store has them). */
export interface RowWrite {
  readonly table: string;
  readonly key: string;
  /** The commit it was folded up to: an older write never replaces a younger one. */
  readonly seq: number;
  readonly row: object;
}

export type AppendResult =
  | { readonly kind: 'landed'; readonly commit: Commit }
  /** Somebody else's commit stands at that seq. Nothing was written. */
  | { readonly kind: 'moved' };

/** The last commit of a stream among those that were looked at. */
export interface ChangedHead {
  readonly stream: string;
  readonly seq: number;
  readonly hash: string;
  readonly landedAt: Date;
}

export interface ChangedHeads {
  /** One a stream. */
  readonly heads: readonly ChangedHead[];
  /** How many commits were looked at. */
  readonly commits: number;
  /** Where to go on. Opaque; a mark that the store does not know means the beginning. */
  readonly mark: string;
}

/** Stream names from `from` on and before `before`, in the order of their UTF-8 bytes. */
export interface StreamRange {
  readonly from?: string;
  readonly before?: string;
}

export interface LedgerStore {
  /**
   * Inserts a commit durably, with its rows. Concurrent calls may share one flush.
   *
   * After a lost answer the store reads back: `landed` only if the draft's own writer nonce stands there.
   * Throws `store.unavailable` when it cannot tell.
   */
  append(draft: CommitDraft, rows: readonly RowWrite[]): Promise<AppendResult>;
  /** Commits of one stream from `fromSeq`, in order. Empty for a stream that does not exist. */
  read(stream: string, fromSeq?: number): Promise<readonly Commit[]>;
  /**
   * Commits of all streams of a range, ordered by stream and seq, some at a time, so that memory stays bounded. What
   * lands meanwhile comes too when its place has not been passed.
   */
  readAll(range?: StreamRange): AsyncIterable<readonly Commit[]>;
  /** The last commit of a stream, without reading the others. */
  readLast(stream: string): Promise<Commit | undefined>;
  /**
   * Streams with commits that landed after the mark, looking at no more than `limit` commits, those of `without`
   * left out. Every commit is looked at once some mark has passed it; none is skipped.
   */
  findHeadsSince(mark: string | undefined, limit: number, without: string): Promise<ChangedHeads>;
  /** Stream names in order, after `after`, at most `limit`. */
  listStreams(options: {
    readonly after?: string;
    readonly limit: number;
    readonly prefix?: string;
  }): Promise<readonly string[]>;
  /** Commits not yet reacted to that landed before the given moment. */
  findPending(before: Date, limit: number): Promise<readonly Commit[]>;
  /** Marks commits as reacted to. May be saved late: reacting twice is harmless. */
  clearPending(commits: readonly { readonly stream: string; readonly seq: number }[]): void;
  /** Saves rows without a commit: a rebuild. Rows of a later commit stay, and so does the lease of whoever works. */
  saveRows(rows: readonly RowWrite[]): Promise<void>;
  /** Removes bodies of a commit; the erasure event is appended by the caller first. */
  eraseBodies(stream: string, seq: number, bodies: readonly string[]): Promise<void>;
  /**
   * Drives what was erased out of the store's own files as well, as far as they are in its hands. False when somebody
   * who reads just now kept it from that: call again.
   */
  purge(): Promise<boolean>;
}

export type { Commit, CommitDraft, LedgerEvent };
