/**
 * What SQL text is, before SQLite sees it: one statement, and which kind.
 *
 * SQLite's own interface runs the first statement and ignores the rest in silence; people approve the whole text, so
 * text after the first statement is refused. Kinds are allowed by name: PRAGMA, ATTACH, VACUUM and transactions can
 * switch protections off or reach other files, and are on no list.
 */
import type { Connection } from '../company/connection.ts';
import { Refusal } from '../company/refusal.ts';

export const readingKinds = ['SELECT', 'WITH', 'VALUES'] as const;
export const writingKinds = ['INSERT', 'UPDATE', 'DELETE', 'REPLACE', 'WITH'] as const;

/** Not for SQL: mails were written by strangers, who must not be read under this server's good name. */
export const hiddenTables: readonly string[] = ['mails'];
/** Written by the tools alone, so that they stay evidence of what the tools did. */
export const guardedTables: readonly string[] = ['effects', 'meta', 'sqlite_sequence'];

/**
 * The functions SQL may call. The library brings many more, among them `readfile` and `writefile`, which reach any
 * file on the machine and which a read-only connection does not stop; and tables like `fsdir` and `sqlite_dbpage`.
 */
const allowedFunctions: readonly string[] = [
  ...['abs', 'avg', 'ceil', 'ceiling', 'char', 'coalesce', 'concat', 'concat_ws', 'count', 'cume_dist'],
  ...[
    'current_date',
    'current_time',
    'current_timestamp',
    'date',
    'datetime',
    'dense_rank',
    'first_value',
    'floor',
  ],
  ...['format', 'glob', 'group_concat', 'hex', 'ifnull', 'iif', 'instr', 'json', 'json_extract', '->', '->>'],
  ...[
    'julianday',
    'lag',
    'last_value',
    'lead',
    'length',
    'like',
    'lower',
    'ltrim',
    'max',
    'median',
    'min',
    'nth_value',
  ],
  ...[
    'ntile',
    'nullif',
    'percent_rank',
    'printf',
    'rank',
    'replace',
    'round',
    'row_number',
    'rtrim',
    'sign',
    'sqrt',
  ],
  ...[
    'strftime',
    'string_agg',
    'substr',
    'substring',
    'sum',
    'time',
    'timediff',
    'total',
    'trim',
    'typeof',
    'unicode',
  ],
  ...['unixepoch', 'upper'],
];

/** A string, a quoted name, a comment or one other character. An unclosed one runs to the end of the text. */
const pieces =
  /'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|`(?:[^`]|``)*(?:`|$)|\[[^\]]*(?:\]|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[\s\S]/gu;

/** The statement without what surrounds it. Throws a refusal unless it is one statement of an allowed kind. */
export function parseStatement(sql: string, kinds: readonly string[]): string {
  if (sql.includes('\0')) throw new Refusal('The SQL holds a NUL character: remove it.');
  let isEnded = false;
  let code = '';
  let end = 0;
  for (const { 0: piece, index } of sql.matchAll(pieces)) {
    if (piece.startsWith('--') || piece.startsWith('/*') || /^\s$/u.test(piece)) {
      code += ' ';
    } else if (piece === ';') {
      isEnded = code.trim() !== '';
    } else {
      if (isEnded)
        throw new Refusal(
          'Only one statement at a time: send the text after the first «;» in a call of its own.',
        );
      code += piece;
      end = index + piece.length;
    }
  }
  const kind = /^\s*(?<kind>[A-Za-z]+)/u.exec(code)?.groups?.kind?.toUpperCase() ?? '';
  if (!kinds.includes(kind))
    throw new Refusal(
      `The statement must start with ${kinds.join(', ')}; it starts with ${kind === '' ? 'something else' : kind}.`,
    );
  return sql.slice(0, end);
}

export interface Examined {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly functions: readonly string[];
  readonly hasVirtualTable: boolean;
}

/**
 * What a statement opens and calls, read from SQLite's own program for it, so views, aliases and quoting hide nothing.
 */
export function examineStatement(connection: Connection, statement: string): Examined {
  const names = new Map<number, string>();
  const pages = connection.prepare('SELECT rootpage, tbl_name FROM sqlite_schema WHERE rootpage > 0');
  for (const row of pages.raw().all()) {
    // The two columns selected above.
    const [page, table] = row as [number, string];
    names.set(page, table);
  }
  const nameOf = (page: number): string => names.get(page) ?? 'sqlite_schema';
  const reads = new Set<string>();
  const writes = new Set<string>();
  const functions = new Set<string>();
  let hasVirtualTable = false;
  for (const row of connection.prepare(`EXPLAIN ${statement}`).raw().all()) {
    // EXPLAIN's columns are fixed: address, opcode and the operands p1 to p4.
    const [, opcode, p1, p2, p3, p4] = row as [number, string, number, number, number, string | null];
    if ((opcode === 'OpenRead' || opcode === 'ReopenIdx') && p3 === 0) reads.add(nameOf(p2));
    if (opcode === 'OpenWrite' && p3 === 0) writes.add(nameOf(p2));
    // A DELETE without a condition empties the table in one operation and never opens it.
    if (opcode === 'Clear' && p2 === 0) writes.add(nameOf(p1));
    if (/^(?:Function|PureFunc|Agg)/u.test(opcode))
      functions.add((p4 ?? '?').replace(/\(-?\d+\)$/u, '').toLowerCase());
    if (/^V[A-Z]/u.test(opcode)) hasVirtualTable = true;
  }
  // SQLite keeps its own count of numbers that were given beside the table that gives them.
  if (writes.size > 1) writes.delete('sqlite_sequence');
  return { reads: [...reads], writes: [...writes], functions: [...functions], hasVirtualTable };
}

/** Throws a refusal when the statement touches a table or calls a function it may not. */
export function refuseForbidden({ reads, writes, functions, hasVirtualTable }: Examined): void {
  const hidden = [...reads, ...writes].find((table) => hiddenTables.includes(table));
  if (hidden !== undefined) {
    throw new Refusal(`The table ${hidden} is not open to SQL: use mail/search for mails.`);
  }
  const guarded = writes.find((table) => guardedTables.includes(table) || table === 'sqlite_schema');
  if (guarded !== undefined) {
    throw new Refusal(`The table ${guarded} is written by the tools alone: nothing was changed.`);
  }
  const unknown = functions.find((name) => !allowedFunctions.includes(name));
  if (unknown !== undefined) throw new Refusal(`The function ${unknown} is not offered: leave it out.`);
  if (hasVirtualTable) {
    throw new Refusal('Table-valued functions are not offered: use the tables that database/schema lists.');
  }
}
