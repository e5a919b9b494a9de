/**
 * The preview process: tries a writing statement on a copy of the books in memory and says which rows came out changed.
 *
 * The file itself is open read-only while it is copied and not at all while the statement runs, so nothing that the
 * statement says can reach it. The copy has the same rules (keys, checks, references), so what they refuse is refused.
 */
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import type { Connection } from '../company/connection.ts';
import { companyFile, companyFolder, openReadOnly } from '../company/open.ts';
import { Refusal } from '../company/refusal.ts';
import { previewTimeoutMs } from './process-flags.ts';
import { answerOnce, showCell } from './reader.ts';
import type { ShownCell } from './reader.ts';
import {
  examineStatement,
  hiddenTables,
  parseStatement,
  refuseForbidden,
  writingKinds,
} from './statement.ts';

/** A card shows no more; the line of the table says how many rows there are. */
const shownCells = 15;

type Row = Readonly<Record<string, ShownCell>>;
type Rows = ReadonlyMap<string, Row>;
/** Of a table in one line, and of each of its changed rows the cells that changed. */
type Side = Record<string, string | Row>;

export interface DryRun {
  readonly text: string;
  readonly before: Side;
  readonly after: Side;
}

export async function answerOnePreview(): Promise<void> {
  await answerOnce(tryStatement, previewTimeoutMs);
}

function tryStatement(sql: string): DryRun {
  const statement = parseStatement(sql, writingKinds);
  const books = openReadOnly(companyFolder());
  const examined = examineStatement(books, statement);
  books.close();
  if (examined.writes.length === 0) throw new Refusal('execute only writes: use query to read.');
  refuseForbidden(examined);

  const copy = copyOfBooks();
  const tables = examined.writes.map((table) => ({ table, rows: rowsOf(copy, table) }));
  const prepared = copy.prepare(statement);
  if (prepared.reader) prepared.all();
  else prepared.run();
  const before: Side = {};
  const after: Side = {};
  const lines = tables.map(({ table, rows }) =>
    compare({ table, rows, later: rowsOf(copy, table) }, before, after),
  );
  return { text: lines.join('\n'), before, after };
}

function copyOfBooks(): Connection {
  const copy = new Database(':memory:');
  copy.exec('PRAGMA trusted_schema = OFF');
  copy.exec(
    `ATTACH '${pathToFileURL(companyFile(companyFolder())).href.replaceAll("'", "''")}?mode=ro' AS books`,
  );
  const parts = copy
    .prepare(
      `SELECT type, name, sql FROM books.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'`,
    )
    .raw()
    // The three columns selected above.
    .all() as [string, string, string][];
  const kept = parts.filter(([, name]) => !hiddenTables.includes(name));
  // One moment of the books, whatever is written meanwhile.
  copy.exec('BEGIN');
  for (const [type, name, sql] of kept) {
    if (type !== 'table') continue;
    copy.exec(sql);
    const quoted = `"${name.replaceAll('"', '""')}"`;
    copy.exec(`INSERT INTO main.${quoted} SELECT * FROM books.${quoted}`);
  }
  // Numbers that were given once are not given again.
  copy.exec('DELETE FROM main.sqlite_sequence');
  copy.exec('INSERT INTO main.sqlite_sequence SELECT * FROM books.sqlite_sequence');
  for (const [type, , sql] of kept) if (type !== 'table') copy.exec(sql);
  copy.exec('COMMIT');
  copy.exec('DETACH books');
  copy.exec('PRAGMA foreign_keys = ON');
  return copy;
}

function rowsOf(connection: Connection, table: string): Rows {
  // The name comes from SQLite's own program for the statement, so it is a table of the schema.
  const prepared = connection.prepare(`SELECT rowid AS "row", * FROM "${table.replaceAll('"', '""')}"`);
  const names = prepared.columns().map(({ name }) => name);
  prepared.safeIntegers(true);
  const rows = new Map<string, Row>();
  for (const entry of prepared.raw().iterate()) {
    // Raw mode yields each row as an array of its cells.
    const [row, ...cells] = entry as unknown[];
    rows.set(
      String(row),
      Object.fromEntries(cells.map((cell, index) => [names[index + 1] ?? '', showCell(cell)])),
    );
  }
  return rows;
}

/** Adds to both sides what is not the same, and says it in a line. */
function compare(
  { table, rows, later }: { readonly table: string; readonly rows: Rows; readonly later: Rows },
  before: Side,
  after: Side,
): string {
  const differing = [...new Set([...rows.keys(), ...later.keys()])].flatMap((row) => {
    const [left, right] = [rows.get(row), later.get(row)];
    const names = Object.keys(left ?? right ?? {}).filter((name) => left?.[name] !== right?.[name]);
    return names.length === 0 ? [] : [{ row, names, left, right }];
  });
  if (differing.length === 0) return `${table}: nothing would change.`;
  const added = differing.filter(({ left }) => left === undefined).length;
  const removed = differing.filter(({ right }) => right === undefined).length;
  const changed = differing.length - added - removed;
  let room = shownCells;
  const shown = differing.filter(({ names }, index) => {
    room -= names.length;
    return room >= 0 || index === 0;
  });
  const counts = [
    ...(changed > 0 ? [`${String(changed)} changed`] : []),
    ...(added > 0 ? [`${String(added)} added`] : []),
    ...(removed > 0 ? [`${String(removed)} removed`] : []),
    ...(shown.length < differing.length ? [`only ${String(shown.length)} of them shown`] : []),
  ].join(', ');
  before[table] = rowCount(rows);
  after[table] = `${rowCount(later)}, ${counts}`;
  const lines = [`${table}: ${before[table]} → ${after[table]}.`];
  for (const { row, names, left, right } of shown) {
    const pick = (from: Row): Row => Object.fromEntries(names.map((name) => [name, from[name] ?? null]));
    if (left !== undefined) before[`${table} ${row}`] = pick(left);
    if (right !== undefined) after[`${table} ${row}`] = pick(right);
    const cells = names.map((name) => `${name} ${inWords(left?.[name])} → ${inWords(right?.[name])}`);
    lines.push(`- ${table} ${row}: ${cells.join(', ')}`);
  }
  return lines.join('\n');
}

/** Undefined where there is no such row. */
function inWords(cell: ShownCell | undefined): string {
  return cell === undefined ? '–' : cell === null ? 'NULL' : String(cell);
}

function rowCount({ size }: Rows): string {
  return `${String(size)} row${size === 1 ? '' : 's'}`;
}
