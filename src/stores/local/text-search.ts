/**
 * The text index, asked so that an answer costs the same in a large store as in a small one.
 *
 * Ranking costs time for every row that holds one of the words, so the common words of a question would make it slow
 * and say least. The rare words therefore choose the rows, and the common ones only order them. Where that finds too
 * little for those who ask, the newest rows with any of the words make up the rest.
 *
 * Words go in quotes: nothing that a person or a model writes is read as the index's own language.
 */
import { isRow } from './database.ts';
import type { LocalDatabase, SqlValue } from './database.ts';

export interface TextSearchOptions {
  /** Rows that may be ranked for one question. */
  readonly mostRanked: number;
  /** Words of the index's `place` column that all rows of one kind hold. */
  readonly place: string;
  /** The condition that a row `r` must meet, and its values. */
  readonly where: { readonly sql: string; readonly values: readonly SqlValue[] };
  readonly limit: number;
}

/** So many common words order what the rare ones chose. */
const mostOrdering = 3;

/** With so many that hold a rare word, nobody misses those that hold common ones only. */
const enough = 30;

export interface FoundRow {
  readonly number: number;
  readonly content: unknown;
}

/** The rows that fit best, best first. */
export function searchText(
  database: LocalDatabase,
  words: readonly string[],
  options: TextSearchOptions,
): readonly FoundRow[] {
  const [first] = words;
  if (first === undefined) return [];
  const plan = planOf(database, words, options.mostRanked);
  const found = ranked(database, plan.match, plan.from, options);
  if (found.length >= Math.min(options.limit, enough) || plan.isWhole) return found;
  const anyWord = `place : (${options.place}) AND ${inText(anyOf(words))}`;
  const known = new Set(found.map(({ number }) => number));
  const newest = ranked(database, anyWord, newestOf(database, anyWord, options.mostRanked), options);
  return [...found, ...newest.filter(({ number }) => !known.has(number))].slice(0, options.limit);
}

interface Plan {
  readonly match: string;
  /** The first row that is looked at. */
  readonly from: number;
  /** Whether every row with any of the words is among them. */
  readonly isWhole: boolean;
}

function planOf(database: LocalDatabase, words: readonly string[], most: number): Plan {
  const counted = words
    .map((word) => ({ word, rows: countRows(database, inText(anyOf([word])), most) }))
    .sort((a, b) => a.rows - b.rows);
  const choosing: string[] = [];
  let sum = 0;
  for (const { word, rows } of counted) {
    sum += rows;
    if (sum > most) break;
    choosing.push(word);
  }
  if (choosing.length === words.length) return { match: inText(anyOf(words)), from: 0, isWhole: true };
  const ordered = counted.map(({ word }) => word);
  if (choosing.length > 0) {
    const ordering = ordered.slice(0, choosing.length + mostOrdering);
    return {
      match: inText(`(${anyOf(choosing)}) AND (${anyOf(ordering)})`),
      from: 0,
      isWhole: false,
    };
  }
  // Common words only: rows that hold several of them at once.
  let together = 1;
  const allOf = (): string => inText(ordered.slice(0, together).map(quoted).join(' AND '));
  while (together < ordered.length && countRows(database, allOf(), most) > most) together += 1;
  const match = allOf();
  return { match, from: newestOf(database, match, most), isWhole: false };
}

/** At most one more than `most`, so that counting ends. */
function countRows(database: LocalDatabase, match: string, most: number): number {
  const row = database
    .prepare('SELECT count(*) AS n FROM (SELECT 1 FROM sighted_text WHERE sighted_text MATCH ? LIMIT ?)')
    .get(match, most + 1);
  return isRow(row) ? Number(row['n']) : 0;
}

/** Where the newest rows begin of which `most` are looked at. */
function newestOf(database: LocalDatabase, match: string, most: number): number {
  const row = database
    .prepare('SELECT rowid FROM sighted_text WHERE sighted_text MATCH ? ORDER BY rowid DESC LIMIT 1 OFFSET ?')
    .get(match, most);
  return isRow(row) ? Number(row['rowid']) : 0;
}

function ranked(
  database: LocalDatabase,
  match: string,
  from: number,
  { where, limit }: TextSearchOptions,
): readonly FoundRow[] {
  // In the order of the index, so that reading stops at the last row that is wanted.
  return database
    .prepare(
      `SELECT r.number, r.content FROM sighted_text t CROSS JOIN sighted r ON r.number = t.rowid
       WHERE sighted_text MATCH ? AND t.rowid >= ? AND ${where.sql} ORDER BY t.rank LIMIT ?`,
    )
    .all(match, from, ...where.values, limit)
    .flatMap((row) => (isRow(row) ? [{ number: Number(row['number']), content: row['content'] }] : []));
}

const quoted = (word: string): string => `"${word}"`;
const anyOf = (words: readonly string[]): string => words.map(quoted).join(' OR ');
const inText = (expression: string): string => `{text around} : (${expression})`;
