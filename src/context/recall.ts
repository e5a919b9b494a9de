/**
 * Recall: what was remembered and what documents say about a question, as far as one audience may be told.
 *
 * Memories and passages stand in one ranking by words and in one by vectors, and both are fused by rank. The stores
 * filter by the audience; then every row that was found is read again, live, with its source's channel asked again,
 * before anything reaches a prompt.
 */
import { asMemoryId, asPassageId } from '../core/ids.ts';
import type { Clock } from '../core/clock.ts';
import { describeError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Saying } from '../memory/likeness.ts';
import type { Containers, Reading } from '../memory/containers.ts';
import { sayingOf, saysTheSame } from '../memory/likeness.ts';
import { isCurrent } from '../memory/memory-row.ts';
import type { Reranker } from '../models/reranker.ts';
import { mayUse, workspaceOf } from '../memory/sight.ts';
import type { Audience } from '../memory/sight.ts';
import type { MemorySearch, MemoryStore, SourceIndex } from '../memory/store.ts';
import { rankFound } from './rank-found.ts';
import { itemOfMemory, itemOfPassage } from './recall-item.ts';
import type { RecallItem } from './recall-item.ts';
import type { PassageStore } from './store.ts';

export interface Recall {
  /** Best first, deduplicated. */
  find(reading: Reading, query: RecallQuery): Promise<readonly RecallItem[]>;
  /** The live items of these ids, in their order; what is gone or not for these readers any more is left out. */
  read(reading: Reading, ids: readonly string[]): Promise<readonly RecallItem[]>;
}

export interface RecallQuery {
  readonly text: string;
  readonly limit: number;
  readonly sorts?: readonly RecallItem['sort'][];
}

export interface RecallOptions {
  readonly memories: MemoryStore;
  readonly passages: PassageStore;
  readonly sources: SourceIndex;
  readonly containers: Containers;
  readonly clock: Clock;
  readonly logger: Logger;
  nameOf(person: string): string;
  /** The question as a vector; undefined without an embedder. Throws `embedder.unavailable`. */
  embed?(text: string): Promise<MemorySearch['vector']>;
  /** Looks at the best of what these readers may be told, and puts it in a better order. */
  readonly reranker?: Reranker;
}

/** So many of each sort are ranked together; more would only be thrown away. */
const deep = 60;
/** So many are put in a better order, however few are wanted. */
const reranked = 30;
/** So many of the best are compared with each other and read again, beyond what is wanted. */
const spare = 20;

export function createRecall(options: RecallOptions): Recall {
  const { memories, passages, containers, clock, logger } = options;

  async function audienceOf(reading: Reading): Promise<Audience> {
    return containers.audienceOf(reading, await options.sources.listSources(workspaceOf(reading.channel)));
  }

  async function vectorOf(text: string): Promise<MemorySearch['vector']> {
    try {
      return await options.embed?.(text);
    } catch (error) {
      // Words still find most; a recall never fails because vectors are not to be had.
      logger.warn('recall.without-vectors', { why: describeError(error) });
      return undefined;
    }
  }

  async function live(audience: Audience, ids: readonly string[]): Promise<readonly RecallItem[]> {
    const [kept, read] = await Promise.all([
      memories.read(audience, ids.filter(isMemory).map(asMemoryId)),
      passages.read(audience, ids.filter((id) => !isMemory(id)).map(asPassageId)),
    ]);
    const confirmed = await containers.confirm(
      audience,
      [...kept, ...read].map((row) => row.channel),
    );
    const now = clock.now().getTime();
    const items = new Map<string, RecallItem>();
    for (const memory of kept)
      if (mayUse(confirmed, memory) && isCurrent(memory, now))
        items.set(memory.id, itemOfMemory(memory, options.nameOf));
    for (const passage of read) if (mayUse(confirmed, passage)) items.set(passage.id, itemOfPassage(passage));
    return ids.flatMap((id) => items.get(id) ?? []);
  }

  async function bestFirst(question: string, items: readonly RecallItem[]): Promise<readonly RecallItem[]> {
    const { reranker } = options;
    if (reranker === undefined || items.length < 2 || question.trim() === '') return items;
    try {
      const texts = items.map(({ sort, source, text }) => (sort === 'passage' ? `${source}\n${text}` : text));
      const order = await reranker.rank(question, texts);
      return order.flatMap((place) => items[place] ?? []);
    } catch (error) {
      // The order that is there is good enough; a recall never fails because a better one is not to be had.
      logger.warn('recall.without-reranker', { why: describeError(error) });
      return items;
    }
  }

  return {
    async find(reading, { text, limit, sorts = ['memory', 'passage'] }) {
      const audience = await audienceOf(reading);
      const vector = await vectorOf(text);
      const query = { text, limit: Math.max(limit, deep), ...(vector !== undefined && { vector }) };
      const nothing = { byText: [], byVector: [], likeness: [] };
      const [kept, read] = await Promise.all([
        sorts.includes('memory') ? memories.search(audience, query, clock.now().getTime()) : nothing,
        sorts.includes('passage') ? passages.search(audience, query) : nothing,
      ]);
      const most = options.reranker === undefined ? limit : Math.max(limit, reranked);
      const ranked = rankFound(text, kept, read).slice(0, most + spare);
      const distinct = withoutRepeats(ranked, most);
      const items = await live(
        audience,
        distinct.map(({ id }) => id),
      );
      return (await bestFirst(text, items)).slice(0, limit);
    },
    async read(reading, ids) {
      return live(await audienceOf(reading), ids);
    },
  };
}

function isMemory(id: string): boolean {
  return id.startsWith('mem_');
}

/** Of what says the same, the first; as many as are wanted. */
function withoutRepeats<Row extends { readonly says: string }>(
  rows: readonly Row[],
  limit: number,
): readonly Row[] {
  const kept: { readonly row: Row; readonly saying: Saying }[] = [];
  for (const row of rows) {
    if (kept.length === limit) break;
    const saying = sayingOf(row.says);
    if (!kept.some((other) => saysTheSame(other.saying, saying))) kept.push({ row, saying });
  }
  return kept.map(({ row }) => row);
}
