/**
 * The text index, asked so that an answer costs the same in a large store as in a small one.
 *
 * Ranking costs time for every row that holds one of the words, so the common words of a question would make it slow
 * and say least. The rare words therefore choose the rows, and the common ones only order them. Where that finds too
 * little for those who ask, the newest rows with any of the words make up the rest.
 *
 * The index ranks numbers of rows and shows none; whoever may see what is asked of the rows themselves, best first, until
 * enough are found.
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
export type TextSearch = (words: readonly string[], options: TextSearchOptions) => readonly FoundRow[];

interface Chosen {
  /** Numbers of rows as a JSON list, best first. */
  readonly numbers: string;
  /** Whether every row with any of the words is among them. */
  readonly isWhole: boolean;
}

/** The searches of these databases' rows; one for all sorts, because they share what it finds out. */
const searches = new WeakMap<LocalDatabase, TextSearch>();

export function textSearchOf(database: LocalDatabase): TextSearch {
  const known = searches.get(database);
  if (known !== undefined) return known;
  const search = createTextSearch(database);
  searches.set(database, search);
  return search;
}

function createTextSearch(database: LocalDatabase): TextSearch {
  /**
   * A question is asked of memories and of passages in one turn of the event loop, and both stand in one index: what is
   * ranked for the first holds for the second. Nothing is kept beyond that turn.
   */
  let asked: { readonly key: string; readonly chosen: Chosen } | undefined;

  function choose(words: readonly string[], most: number): Chosen {
    const key = `${String(most)} ${words.join(' ')}`;
    if (asked?.key === key) return asked.chosen;
    const { match, from, isWhole } = planOf(database, words, most);
    const chosen = { numbers: rank(database, match, from, most), isWhole };
    asked = { key, chosen };
    queueMicrotask(() => (asked = undefined));
    return chosen;
  }

  return (words, options) => {
    const [first] = words;
    if (first === undefined) return [];
    const { mostRanked, limit, place } = options;
    const { numbers, isWhole } = choose(words, mostRanked);
    const found = bestOf(database, numbers, options);
    if (found.length >= Math.min(limit, enough) || isWhole) return found;
    const anyWord = `place : (${place}) AND ${inText(anyOf(words))}`;
    const known = new Set(found.map(({ number }) => number));
    const from = newestOf(database, anyWord, mostRanked);
    const newest = bestOf(database, rank(database, anyWord, from, mostRanked), options);
    return [...found, ...newest.filter(({ number }) => !known.has(number))].slice(0, limit);
  };
}

interface Plan {
  readonly match: string;
  /** The first row that is looked at. */
  readonly from: number;
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

/**
 * Numbers of all rows that match, best first. No plan matches more than one beyond `most`.
 *
 * The index passes over older rows only for a whole number, and a number of ours arrives as a floating one.
 */
function rank(database: LocalDatabase, match: string, from: number, most: number): string {
  const row = database
    .prepare(
      `SELECT json_group_array(number) AS numbers FROM (SELECT rowid AS number FROM sighted_text
       WHERE sighted_text MATCH ? AND rowid >= CAST(? AS INTEGER) ORDER BY rank LIMIT ?)`,
    )
    .get(match, from, most + 1);
  return isRow(row) ? String(row['numbers']) : '[]';
}

/** Of these rows, in their order, the first that meet the condition. */
function bestOf(
  database: LocalDatabase,
  numbers: string,
  { where, limit }: TextSearchOptions,
): readonly FoundRow[] {
  return database
    .prepare(
      `SELECT r.number, r.content FROM json_each(?) best CROSS JOIN sighted r ON r.number = best.value
       WHERE ${where.sql} ORDER BY best.rowid LIMIT ?`,
    )
    .all(numbers, ...where.values, limit)
    .flatMap((row) => (isRow(row) ? [{ number: Number(row['number']), content: row['content'] }] : []));
}

const quoted = (word: string): string => `"${word}"`;
const anyOf = (words: readonly string[]): string => words.map(quoted).join(' OR ');
const inText = (expression: string): string => `{text around} : (${expression})`;
