/**
 * The persistence port of memories. Every method takes a sight first; what it does not allow does not exist.
 */
import type { ChannelId, MemoryId } from '../core/ids.ts';
import type { Memory } from './memory-row.ts';
import type { Sight, Sighted } from './sight.ts';

export interface MemorySearch {
  /** Words as a person wrote them; they are never read as a query language. */
  readonly text: string;
  /** The question as a vector, and the model that made it: only vectors of the same model are compared. */
  readonly vector?: { readonly model: string; readonly values: Float32Array };
  readonly limit: number;
}

/** Found by words and found by meaning, each best first. */
export interface Ranked<Row> {
  readonly byText: readonly Row[];
  readonly byVector: readonly Row[];
  /** Of each of `byVector`, the cosine between it and the question. */
  readonly likeness: readonly number[];
}

/** Vectors that can be compared with each other. */
export interface VectorKind {
  readonly model: string;
  /** A model of the same name may change its size. */
  readonly dims: number;
}

/** Rows of the sight without a vector of this kind, oldest first; `without` these. */
export type ListsWithoutVector<Row extends { readonly id: string }> = (
  sight: Sight,
  kind: VectorKind,
  limit: number,
  without?: readonly Row['id'][],
) => Promise<readonly Row[]>;

export interface MemoryFilter {
  readonly author?: string;
  /** Only what was said in the sight's own channel. */
  readonly isHere?: boolean;
  /** Those that were superseded or have run out, too. */
  readonly isWithPast?: boolean;
  /** Only those that wait for a person; without it, or `isWithPast`, there are none of them. */
  readonly isHeld?: boolean;
  readonly cursor?: string;
  readonly limit: number;
}

/** What forgetting one memory takes along. */
export interface Derived {
  /** The memory and what it superseded, newest first. */
  readonly chain: readonly Memory[];
  readonly vectors: number;
}

interface MemoryQueries {
  /**
   * Keeps a memory durably, in the sight's own channel. The same id twice is one memory. What it supersedes is marked
   * in the same write; throws `memory.misplaced` when the sight does not allow to see that one.
   */
  save(sight: Sight, memory: Memory): Promise<void>;
  saveVector(
    sight: Sight,
    id: MemoryId,
    vector: { readonly model: string; readonly values: Float32Array },
  ): Promise<void>;
  /** Current memories only. */
  search(sight: Sight, query: MemorySearch, now: number): Promise<Ranked<Memory>>;
  /** The live records of these ids, in their order; what is gone or not allowed is left out. */
  read(sight: Sight, ids: readonly MemoryId[]): Promise<readonly Memory[]>;
  list(sight: Sight, filter: MemoryFilter, now: number): Promise<readonly Memory[]>;
  findDerived(sight: Sight, id: MemoryId): Promise<Derived | undefined>;
  /** Removes the memory, what it superseded, and every row made from them, down to the bytes. Answers what went. */
  forget(sight: Sight, id: MemoryId): Promise<readonly Memory[]>;
  /** Takes one memory back as if it had not been kept: what it superseded is current again. Answers false when it is not there. */
  undo(sight: Sight, id: MemoryId): Promise<boolean>;
  /** Those that wait for a person need none. */
  readonly listWithoutVector: ListsWithoutVector<Memory>;
}

export type MemoryStore = Sighted<MemoryQueries>;

/** Which channels of a workspace hold something: what an audience is made from. Says nothing about what they hold. */
export interface SourceIndex {
  listSources(workspace: string): Promise<readonly ChannelId[]>;
  listWorkspaces(): Promise<readonly string[]>;
}
