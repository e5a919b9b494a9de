/** The persistence port of documents and their passages. Every method takes a sight first, as for memories. */
import type { ChannelId, PassageId } from '../core/ids.ts';
import type { Sight, Sighted } from '../memory/sight.ts';
import type { ListsWithoutVector, MemorySearch, Ranked } from '../memory/store.ts';
import type { KnownDocument, Passage } from './passage-row.ts';

/** How far what was said in a channel before has been read back; newest first, so the rest is older. */
export interface ReadingPlace {
  /** What it is read as: a place of another reading means nothing. */
  readonly as: string;
  /** Where the platform goes on; absent once all of it was read. */
  readonly next?: string;
  readonly messages: number;
  /** The oldest moment that was read. */
  readonly backTo?: number;
}

interface PassageQueries {
  /** Takes a document in, or in again: its passages before, and all made from them, go in the same write. */
  saveDocument(sight: Sight, document: KnownDocument, passages: readonly Passage[]): Promise<void>;
  /** Removes a document with every row made from it, down to the bytes. */
  removeDocuments(sight: Sight, sources: readonly string[]): Promise<void>;
  /** All, or those of one message: itself, and the files that came with it. */
  listDocuments(sight: Sight, ofMessage?: string): Promise<readonly KnownDocument[]>;
  search(sight: Sight, query: MemorySearch): Promise<Ranked<Passage>>;
  /** The live records of these ids, in their order; what is gone or not allowed is left out. */
  read(sight: Sight, ids: readonly PassageId[]): Promise<readonly Passage[]>;
  saveVectors(
    sight: Sight,
    model: string,
    vectors: readonly { readonly id: PassageId; readonly values: Float32Array }[],
  ): Promise<void>;
  /** Durable when it resolves. What it was before is gone; undefined takes it away. */
  saveReadingPlace(sight: Sight, channel: ChannelId, place: ReadingPlace | undefined): Promise<void>;
  findReadingPlace(sight: Sight, channel: ChannelId): Promise<ReadingPlace | undefined>;
  readonly listWithoutVector: ListsWithoutVector<Passage>;
}

export type PassageStore = Sighted<PassageQueries>;
