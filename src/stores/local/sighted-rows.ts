/**
 * Memories and passages on SQLite: one table that people may see parts of, one text index, one set of vectors.
 *
 * Every statement here that reads is built by `inSight`, so that none can be written without the rule of who may see
 * what.
 */
import { sha256 } from '../../core/hash.ts';
import type { ChannelId } from '../../core/ids.ts';
import { heldFrom } from '../../memory/memory-row.ts';
import type { Sight } from '../../memory/sight.ts';
import type { MemorySearch, Ranked, VectorKind } from '../../memory/store.ts';
import { queryWords } from '../../core/query-words.ts';
import type { SightedRow } from '../sighted-row.ts';
import { isRow } from './database.ts';
import type { LocalDatabase, SqlValue } from './database.ts';
import { nearRowsOf } from './near-rows.ts';
import type { NearRow } from './near-rows.ts';
import { textSearchOf } from './text-search.ts';

/** Rows that the text index may rank for one question. */
const mostRanked = 5_000;

export interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

export interface SightedRows {
  /** These run inside a write of the database. */
  insert(row: SightedRow): void;
  supersede(sight: Sight, id: string, by: string, content: object): boolean;
  restore(sight: Sight, id: string, content: object): void;
  removeIds(sight: Sight, ids: readonly string[]): void;
  saveVector(sight: Sight, id: string, model: string, values: Float32Array): void;
  /** Rows of the sight that fit, by a column; `content` as it was inserted. */
  find(sight: Sight, condition: Condition, order: string, limit: number): readonly unknown[];
  /** Rows of the sight with these ids, in no order. */
  findIds(sight: Sight, ids: readonly string[]): readonly unknown[];
  search(sight: Sight, query: MemorySearch, now: number): Promise<Ranked<unknown>>;
  countVectors(sight: Sight, ids: readonly string[]): number;
  listWithoutVector(
    sight: Sight,
    kind: VectorKind,
    limit: number,
    without: readonly string[],
  ): readonly unknown[];
}

export function createSightedRows(database: LocalDatabase, sort: 'memory' | 'passage'): SightedRows {
  const prepare = (sql: string): ReturnType<LocalDatabase['prepare']> => database.prepare(sql);
  const searchText = textSearchOf(database);
  const near = nearRowsOf(database);
  const insertRow = prepare(
    `INSERT INTO sighted (id, sort, workspace, channel, scope, thread, person, family, created_at, valid_from,
     valid_until, content) VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
  );
  const insertText = prepare(
    'INSERT INTO sighted_text (rowid, text, around, place) SELECT number, ?, ?, ? FROM sighted WHERE id = ?',
  );
  const insertSource = prepare('INSERT INTO sighted_sources VALUES (?, ?) ON CONFLICT DO NOTHING');
  const insertVector = prepare(
    `INSERT INTO sighted_vectors (number, model, dims, vector) VALUES (?,?,?,?)
     ON CONFLICT (number, model) DO UPDATE SET dims = excluded.dims, vector = excluded.vector`,
  );
  const removeText = prepare('DELETE FROM sighted_text WHERE rowid = ?');
  const removeVectors = prepare('DELETE FROM sighted_vectors WHERE number = ?');
  const removeRow = prepare('DELETE FROM sighted WHERE number = ?');
  const markOld = prepare(
    'UPDATE sighted SET superseded_by = ?, content = ? WHERE number = ? AND superseded_by IS NULL',
  );

  const markCurrent = prepare('UPDATE sighted SET superseded_by = NULL, content = ? WHERE number = ?');

  const findAny = prepare('SELECT 1 FROM sighted WHERE workspace = ? AND sort = ? LIMIT 1');

  const isAnyKept = (sight: Sight): boolean => findAny.get(sight.workspace, sort) !== undefined;

  function numbersOf(sight: Sight, ids: readonly string[]): readonly number[] {
    const sql = `SELECT r.number FROM ${ofIds} WHERE ${inSight} AND r.sort = ?`;
    return prepare(sql)
      .all(JSON.stringify(ids), ...sightValues(sight), sort)
      .map((row) => (isRow(row) ? Number(row['number']) : 0));
  }

  /** Compares the question with vectors: of these rows, or of all. */
  function nearest(
    { vector, limit }: MemorySearch,
    { sql, values }: Condition,
    rows?: readonly number[],
  ): readonly Record<string, string | number | null>[] {
    if (vector === undefined) return [];
    const from =
      rows === undefined
        ? 'sighted r CROSS JOIN sighted_vectors v ON v.number = r.number'
        : 'json_each(?) wanted CROSS JOIN sighted r ON r.number = wanted.value CROSS JOIN sighted_vectors v ON v.number = r.number';
    const text = `SELECT r.number, vector_distance_cos(v.vector, ?) AS distance FROM ${from}
      WHERE ${sql} AND v.model = ? AND v.dims = ? ORDER BY distance LIMIT ?`;
    return prepare(text)
      .all(
        bytesOf(vector.values),
        ...(rows === undefined ? [] : [JSON.stringify(rows)]),
        ...values,
        vector.model,
        vector.values.length,
        limit,
      )
      .filter(isRow);
  }

  async function searchByVector(
    sight: Sight,
    query: MemorySearch,
    condition: Condition,
  ): Promise<readonly Record<string, string | number | null>[]> {
    const { vector, limit } = query;
    if (vector === undefined) return [];
    const toRow = ({ number, distance }: Record<string, string | number | null>): NearRow => ({
      number: Number(number),
      distance: Number(distance),
    });
    const compare = (rows?: readonly number[]): readonly NearRow[] =>
      nearest(query, condition, rows).map(toRow);
    const found = (await near.find({ sight, sort, ...vector, limit, compare })) ?? compare();
    const distances = new Map(found.map(({ number, distance }) => [number, distance]));
    // Asked again: something may have been waited for.
    const sql = `SELECT r.number, r.content FROM json_each(?) wanted CROSS JOIN sighted r ON r.number = wanted.value
      WHERE ${condition.sql} ORDER BY wanted.rowid`;
    return prepare(sql)
      .all(JSON.stringify([...distances.keys()]), ...condition.values)
      .filter(isRow)
      .map((row) => ({ ...row, distance: distances.get(Number(row['number'])) ?? 2 }));
  }

  const current =
    'r.superseded_by IS NULL AND r.valid_from <= ? AND (r.valid_until IS NULL OR r.valid_until > ?)';

  return {
    insert(row) {
      const { place } = row;
      const { changes } = insertRow.run(
        row.id,
        sort,
        place.workspace,
        place.channel,
        place.scope,
        place.thread ?? null,
        place.person ?? null,
        row.group,
        row.createdAt,
        row.validFrom,
        row.validUntil ?? null,
        JSON.stringify(row.content),
      );
      if (changes === 0) return;
      insertText.run(row.text, row.around, `${workspaceWord(place.workspace)} ${sort}words`, row.id);
      insertSource.run(place.workspace, place.channel);
    },
    supersede(sight, id, by, content) {
      const [number] = numbersOf(sight, [id]);
      return number !== undefined && markOld.run(by, JSON.stringify(content), number).changes > 0;
    },
    restore(sight, id, content) {
      for (const number of numbersOf(sight, [id])) markCurrent.run(JSON.stringify(content), number);
    },
    removeIds(sight, ids) {
      for (const number of numbersOf(sight, ids)) {
        removeText.run(number);
        removeVectors.run(number);
        near.remove(number);
        removeRow.run(number);
      }
    },
    saveVector(sight, id, model, values) {
      const [number] = numbersOf(sight, [id]);
      if (number === undefined) return;
      insertVector.run(number, model, values.length, bytesOf(values));
      near.save(number, model, values);
    },
    find(sight, condition, order, limit) {
      const sql = `SELECT r.content FROM sighted r WHERE ${inSight} AND r.sort = ? AND ${condition.sql} ORDER BY ${order} LIMIT ?`;
      return prepare(sql)
        .all(...sightValues(sight), sort, ...condition.values, limit)
        .map(contentOf);
    },
    findIds(sight, ids) {
      const sql = `SELECT r.content FROM ${ofIds} WHERE ${inSight} AND r.sort = ?`;
      return prepare(sql)
        .all(JSON.stringify(ids), ...sightValues(sight), sort)
        .map(contentOf);
    },
    async search(sight, query, now) {
      if (!isAnyKept(sight)) return { byText: [], byVector: [], likeness: [] };
      const where = `${inSight} AND r.sort = ? AND ${current}`;
      const values = [...sightValues(sight), sort, now, now];
      // Before anything is waited for: the other sort is asked in the same turn.
      const found = searchText(queryWords(query.text), {
        mostRanked,
        place: `${workspaceWord(sight.workspace)} AND ${sort}words`,
        where: { sql: where, values },
        limit: query.limit,
      });
      const byVector =
        query.vector === undefined ? [] : await searchByVector(sight, query, { sql: where, values });
      return {
        byText: found.map(contentOf),
        byVector: byVector.map(contentOf),
        likeness: byVector.map((row) => 1 - Number(row['distance'])),
      };
    },
    countVectors(sight, ids) {
      const counted = prepare('SELECT count(*) AS n FROM sighted_vectors WHERE number = ?');
      return numbersOf(sight, ids).reduce((sum, number) => {
        const row = counted.get(number);
        return sum + (isRow(row) ? Number(row['n']) : 0);
      }, 0);
    },
    listWithoutVector(sight, { model, dims }, limit, without) {
      const missing =
        'NOT EXISTS (SELECT 1 FROM sighted_vectors v WHERE v.number = r.number AND v.model = ? AND v.dims = ?)';
      const sql = `SELECT r.content FROM sighted r WHERE ${inSight} AND r.sort = ? AND r.valid_from < ? AND ${missing}
        AND r.id NOT IN (SELECT value FROM json_each(?)) ORDER BY r.number LIMIT ?`;
      return prepare(sql)
        .all(...sightValues(sight), sort, heldFrom, model, dims, JSON.stringify(without), limit)
        .map(contentOf);
    },
  };
}

/** Channels of a workspace that hold anything. */
export function listSources(database: LocalDatabase, workspace: string): readonly ChannelId[] {
  const rows = database.prepare('SELECT channel FROM sighted_sources WHERE workspace = ?').all(workspace);
  // The column holds channels of places that were inserted above.
  return rows.map((row) => (isRow(row) ? String(row['channel']) : '') as ChannelId);
}

/** Workspaces that hold anything. */
export function listWorkspaces(database: LocalDatabase): readonly string[] {
  const rows = database.prepare('SELECT DISTINCT workspace FROM sighted_sources ORDER BY workspace').all();
  return rows.map((row) => (isRow(row) ? String(row['workspace']) : ''));
}

/** Rows of a list of ids: found by id, never by going through all rows of a sort. */
const ofIds = 'json_each(?) wanted CROSS JOIN sighted r ON r.id = wanted.value';

/** The rule of `sight.ts` in SQL, over a row named `r`. */
const inSight = `r.workspace = ? AND (? = 1 OR ((r.channel = ? OR r.channel IN (SELECT value FROM json_each(?)))
  AND (r.scope <> 'thread' OR r.thread = ?) AND (r.scope <> 'person' OR r.person = ?)))`;

function sightValues(sight: Sight): readonly SqlValue[] {
  if (sight.kind === 'operator') return [sight.workspace, 1, '', '[]', null, null];
  const { workspace, channel, open, thread, person } = sight;
  return [workspace, 0, channel, JSON.stringify(open), thread ?? null, person ?? null];
}

/** One word that no text holds by accident. */
function workspaceWord(workspace: string): string {
  return `w${sha256(workspace).slice(0, 24)}`;
}

function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

function contentOf(row: unknown): unknown {
  return isRow(row) ? JSON.parse(String(row['content'])) : undefined;
}
