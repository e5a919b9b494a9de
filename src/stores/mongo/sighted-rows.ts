/**
 * Memories and passages on MongoDB: one collection that people may see parts of.
 *
 * Every query here begins with `inSight`, so that none can be written without the rule of who may see what. A search
 * server beside the database names candidates, and what was kept in the last minutes is added, because the server's
 * copy comes later. Without one, words are looked up by their stems in an index and vectors are compared one by one:
 * exact, and slower the more there is to see. Either way rows are ranked here, by what stands in the database.
 */
import type { mongo } from 'mongoose';
import type { ChannelId } from '../../core/ids.ts';
import { stemsOf } from '../../core/word-roots.ts';
import { heldFrom } from '../../memory/memory-row.ts';
import type { Sight } from '../../memory/sight.ts';
import type { MemorySearch, Ranked, VectorKind } from '../../memory/store.ts';
import { queryWords } from '../../core/query-words.ts';
import type { SightedRow as KeptRow } from '../sighted-row.ts';
import { bestFirst, cosine, scoreByWords } from './best-first.ts';
import type { Scored } from './best-first.ts';
import { codeOf, duplicateKey } from './refusals.ts';
import type { MongoDatabase } from './database.ts';
import type { SightedDocument } from './documents.ts';
import type { SearchIndexes } from './search-indexes.ts';
import { byVector, byWords } from './search-queries.ts';
import { termsOf } from './terms.ts';
import { packVector, unpackVector } from './vector-bytes.ts';

export interface SightedRow extends KeptRow {
  /** Of several versions of a group only the one that stands is ever shown. */
  readonly version?: string;
}

export type SightedFilter = Readonly<Record<string, unknown>>;
export type Versioned = Pick<SightedDocument, 'family' | 'version'>;

export interface SightedRows {
  /** Keeps rows; one that is there already stays as it is. */
  insert(rows: readonly SightedRow[]): Promise<void>;
  /** Marks a row as replaced by `by` and then keeps that one; false when another has replaced it before. */
  supersede(sight: Sight, id: string, by: SightedRow, content: object): Promise<boolean>;
  restore(sight: Sight, id: string, content: object): Promise<void>;
  removeId(sight: Sight, id: string): Promise<void>;
  saveVector(sight: Sight, id: string, model: string, values: Float32Array): Promise<void>;
  /** Contents of rows of the sight that fit, in the order in which they were kept or the other way round. */
  find(sight: Sight, filter: SightedFilter, order: 1 | -1, limit: number): Promise<readonly unknown[]>;
  /** When the row was kept, for lists that go on after it. */
  findKeptAt(sight: Sight, id: string): Promise<number | undefined>;
  search(sight: Sight, query: MemorySearch, now: number): Promise<Ranked<unknown>>;
  countVectors(sight: Sight, ids: readonly string[]): Promise<number>;
  listWithoutVector(
    sight: Sight,
    kind: VectorKind,
    limit: number,
    without: readonly string[],
  ): Promise<readonly unknown[]>;
  /** Keeps rows whose process died after it had marked what they replace. */
  completeSuccessors(before: number): Promise<void>;
}

/** Says of found rows which of them stand. */
export type FindStanding = (rows: readonly Versioned[]) => Promise<(row: Versioned) => boolean>;

const insertedAtOnce = 100;
const readAtOnce = 1_000;

/** Longer than a search server takes to hear of a row. */
const recentMs = 2 * 60_000;

export function createSightedRows(options: {
  readonly database: MongoDatabase;
  readonly search: SearchIndexes;
  readonly sort: 'memory' | 'passage';
  readonly findStanding?: FindStanding;
}): SightedRows {
  const { database, search, sort, findStanding = () => Promise.resolve(() => true) } = options;
  const { sighted, sources } = database;

  const inSight = (sight: Sight, ...more: readonly SightedFilter[]): mongo.Filter<SightedDocument> => ({
    workspace: sight.workspace,
    sort,
    ...(sight.kind === 'audience' && { channel: { $in: [...new Set([sight.channel, ...sight.open])] } }),
    $and: [...scopesOf(sight), ...more],
  });

  let lastKeptAt = 0;

  async function insert(rows: readonly SightedRow[]): Promise<void> {
    const places = new Map(
      rows.map(({ place: { workspace, channel } }) => [
        JSON.stringify([workspace, channel]),
        { workspace, channel },
      ]),
    );
    // First, so that no row is ever in a place that nobody knows of.
    for (const [_id, place] of places)
      await sources.updateOne({ _id }, { $setOnInsert: place }, { upsert: true }).catch(unlessThere);
    // What this process keeps later stands later, also within one millisecond.
    const keptAt = Math.max(database.now(), lastKeptAt + 1);
    lastKeptAt = keptAt;
    for (let from = 0; from < rows.length; from += insertedAtOnce) {
      const documents = rows.slice(from, from + insertedAtOnce).map((row) => toDocument(sort, row, keptAt));
      await sighted.insertMany(documents, { ordered: false }).catch(unlessThere);
    }
  }

  /** Contents of these documents, in their order; the rule is asked again. */
  async function contentsOf(
    sight: Sight,
    best: readonly Scored<{ readonly _id: string }>[],
  ): Promise<readonly FoundContent[]> {
    if (best.length === 0) return [];
    const found = await sighted
      .find(inSight(sight, { _id: { $in: best.map(({ row }) => row._id) } }))
      .toArray();
    const contents = new Map(found.map((document) => [document._id, parseContent(document)]));
    return best.flatMap(({ row: { _id }, score }) =>
      contents.has(_id) ? [{ content: contents.get(_id), score }] : [],
    );
  }

  async function searchByWords(
    sight: Sight,
    { text, limit }: MemorySearch,
    now: number,
  ): Promise<readonly FoundContent[]> {
    const stems = new Set(queryWords(text).flatMap(stemsOf));
    if (stems.size === 0) return [];
    const shown = { terms: 1, weights: 1, length: 1, family: 1, version: 1 };
    const byStems = (...more: readonly SightedFilter[]): Promise<readonly FoundByWords[]> =>
      sighted
        .find(inSight(sight, ...current(now), { terms: { $in: [...stems] } }, ...more))
        .project<FoundByWords>(shown)
        .toArray();
    const found = search.asksWords()
      ? await withRecent(
          sighted.aggregate<FoundByWords>([
            ...byWords({ sight, sort, live: inSight(sight, ...current(now)), limit }, [...stems]),
            { $project: shown },
          ]),
          byStems({ keptAt: { $gte: database.now() - recentMs } }),
        )
      : await byStems();
    const stands = await findStanding(found);
    const best = bestFirst(scoreByWords(found.filter(stands), stems), limit);
    return contentsOf(sight, best);
  }

  async function searchByVector(
    sight: Sight,
    { vector, limit }: MemorySearch,
    now: number,
  ): Promise<readonly FoundContent[]> {
    if (vector === undefined) return [];
    const { model, values } = vector;
    const shown = { vector: 1, family: 1, version: 1 };
    const live = inSight(sight, ...current(now), { vectorModel: model, dims: values.length });
    const compared = (...more: readonly SightedFilter[]): mongo.FindCursor<FoundByVector> =>
      sighted
        .find({ $and: [live, ...more] })
        .project<FoundByVector>(shown)
        .batchSize(readAtOnce);
    const way = search.asksVectors(values.length);
    const question = { vector: packVector(database, values), model, isExact: way?.isExact === true };
    const found =
      way === undefined
        ? compared()
        : await withRecent(
            sighted.aggregate<FoundByVector>([
              ...byVector({ sight, sort, live, limit }, question),
              { $project: shown },
            ]),
            compared({ vectoredAt: { $gte: database.now() - recentMs } }).toArray(),
          );
    const scored: Scored<Omit<FoundByVector, 'vector'>>[] = [];
    for await (const { vector: bytes, ...row } of found)
      scored.push({ row, score: cosine(values, unpackVector(bytes)) });
    const stands = await findStanding(scored.map(({ row }) => row));
    const best = bestFirst(
      scored.filter(({ row }) => stands(row)),
      limit,
    );
    return contentsOf(sight, best);
  }

  /** Rows that stand, in the order in which they were kept: those that do not stand take nobody's place. */
  async function findKept(
    sight: Sight,
    filter: SightedFilter,
    order: 1 | -1,
    limit: number,
  ): Promise<readonly unknown[]> {
    const kept: unknown[] = [];
    let last: SightedDocument | undefined;
    for (;;) {
      const page = await sighted
        .find(inSight(sight, filter, ...(last === undefined ? [] : [behind(last, order)])))
        .sort({ keptAt: order, _id: order })
        .limit(limit)
        .toArray();
      const stands = await findStanding(page);
      kept.push(...page.filter(stands).map(parseContent));
      last = page.at(-1);
      if (last === undefined || page.length < limit || kept.length >= limit) return kept.slice(0, limit);
    }
  }

  return {
    insert,
    async supersede(sight, id, by, content) {
      await sighted.updateOne(inSight(sight, { _id: id, id, supersededBy: null }), {
        $set: {
          supersededBy: by.id,
          content: JSON.stringify(content),
          successor: JSON.stringify(by),
          successorSince: database.now(),
        },
      });
      const standing = await sighted.findOne(inSight(sight, { id }));
      if (standing?.supersededBy !== by.id) return false;
      await insert([by]);
      await sighted.updateOne(inSight(sight, { _id: id, id }), {
        $unset: { successor: 1, successorSince: 1 },
      });
      return true;
    },
    async restore(sight, id, content) {
      await sighted.updateOne(inSight(sight, { _id: id, id }), {
        $set: { supersededBy: null, content: JSON.stringify(content) },
        $unset: { successor: 1, successorSince: 1 },
      });
    },
    async removeId(sight, id) {
      await sighted.deleteMany(inSight(sight, { id }));
    },
    async saveVector(sight, id, model, values) {
      search.expectVectors(values.length);
      const vector = packVector(database, values);
      await sighted.updateMany(inSight(sight, { id }), {
        $set: { vectorModel: model, dims: values.length, vector, vectoredAt: database.now() },
      });
    },
    find: findKept,
    async findKeptAt(sight, id) {
      return (await sighted.findOne(inSight(sight, { id })))?.keptAt;
    },
    async search(sight, query, now) {
      const near = await searchByVector(sight, query, now);
      return {
        byText: (await searchByWords(sight, query, now)).map(({ content }) => content),
        byVector: near.map(({ content }) => content),
        likeness: near.map(({ score }) => score),
      };
    },
    countVectors: (sight, ids) =>
      sighted.countDocuments(inSight(sight, { id: { $in: [...ids] } }, { vectorModel: { $ne: null } })),
    listWithoutVector: (sight, { model, dims }, limit, without) =>
      findKept(
        sight,
        {
          validFrom: { $lt: heldFrom },
          $or: [{ vectorModel: { $ne: model } }, { dims: { $ne: dims } }, { vectoredAt: { $exists: false } }],
          ...(without.length > 0 && { id: { $nin: [...without] } }),
        },
        1,
        limit,
      ),
    async completeSuccessors(before) {
      const left = await sighted
        .find({ successorSince: { $lt: before } })
        .sort({ successorSince: 1 })
        .limit(insertedAtOnce)
        .toArray();
      for (const { _id, successor } of left) {
        // Written by `supersede` from a row.
        if (successor !== undefined) await insert([JSON.parse(successor) as SightedRow]);
        await sighted.updateOne({ _id }, { $unset: { successor: 1, successorSince: 1 } });
      }
    },
  };
}

interface FoundContent {
  readonly content: unknown;
  readonly score: number;
}
/** What the search server named, and what it may not have heard of yet; each once. */
async function withRecent<Row extends { readonly _id: string }>(
  named: { toArray(): Promise<Row[]> },
  recent: Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const rows = new Map<string, Row>();
  for (const row of [...(await named.toArray()), ...(await recent)]) rows.set(row._id, row);
  return [...rows.values()];
}

type FoundByWords = Pick<SightedDocument, '_id' | 'terms' | 'weights' | 'length' | 'family' | 'version'>;
type FoundByVector = Pick<SightedDocument, '_id' | 'vector' | 'family' | 'version'>;

/** The rest of the rule of `sight.ts`: what was kept for one thread or one person. */
function scopesOf(sight: Sight): readonly SightedFilter[] {
  // A filter needs a condition, and every row has a sort.
  if (sight.kind === 'operator') return [{ sort: { $exists: true } }];
  const only = (scope: 'thread' | 'person', value: string | undefined): SightedFilter =>
    value === undefined
      ? { scope: { $ne: scope } }
      : { $or: [{ scope: { $ne: scope } }, { [scope]: value }] };
  return [only('thread', sight.thread), only('person', sight.person)];
}

/** What comes after this row in a list. */
function behind({ keptAt, _id }: Pick<SightedDocument, 'keptAt' | '_id'>, order: 1 | -1): SightedFilter {
  const after = order === 1 ? '$gt' : '$lt';
  return { $or: [{ keptAt: { [after]: keptAt } }, { keptAt, _id: { [after]: _id } }] };
}

/** Not replaced, and within its time. */
export function current(now: number): readonly SightedFilter[] {
  return [
    { supersededBy: null },
    { validFrom: { $lte: now } },
    { $or: [{ validUntil: null }, { validUntil: { $gt: now } }] },
  ];
}

export function toDocument(sort: SightedDocument['sort'], row: SightedRow, keptAt: number): SightedDocument {
  const { place, version } = row;
  return {
    _id: version === undefined ? row.id : `${version}/${row.id}`,
    id: row.id,
    sort,
    workspace: place.workspace,
    channel: place.channel,
    scope: place.scope,
    thread: place.thread ?? null,
    person: place.person ?? null,
    family: row.group,
    ...(version !== undefined && { version }),
    createdAt: row.createdAt,
    keptAt,
    validFrom: row.validFrom,
    validUntil: row.validUntil ?? null,
    supersededBy: null,
    ...termsOf(row.text, row.around),
    vectorModel: null,
    content: JSON.stringify(row.content),
  };
}

function parseContent({ content }: Pick<SightedDocument, 'content'>): unknown {
  return JSON.parse(content);
}

function unlessThere(error: unknown): void {
  if (codeOf(error) !== duplicateKey) throw error;
}

/** Channels of a workspace that hold anything. */
export async function listSources(database: MongoDatabase, workspace: string): Promise<readonly ChannelId[]> {
  const found = await database.sources.find({ workspace }).toArray();
  // The field holds channels of places that were kept above.
  return found.map(({ channel }) => channel as ChannelId);
}

/** Workspaces that hold anything. */
export async function listWorkspaces(database: MongoDatabase): Promise<readonly string[]> {
  const found = await database.sources.find().sort({ workspace: 1 }).toArray();
  return [...new Set(found.map(({ workspace }) => workspace))];
}
