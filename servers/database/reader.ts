/** The query process: reads SQL from its input, runs it on a read-only connection, prints one line of JSON. */
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { companyFolder, openReadOnly } from '../company/open.ts';
import { Refusal } from '../company/refusal.ts';
import { examineStatement, parseStatement, readingKinds, refuseForbidden } from './statement.ts';
import { queryTimeoutMs, rowLimit } from './process-flags.ts';

const cellLimit = 2000;

export type ShownCell = string | number | null;

export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly ShownCell[])[];
  readonly truncated: boolean;
}

export async function answerOneQuery(): Promise<void> {
  await answerOnce(runQuery, queryTimeoutMs);
}

/** Reads a statement from the input, prints what came of it as one line, and is ended when that takes too long. */
export async function answerOnce(run: (sql: string) => object, timeoutMs: number): Promise<void> {
  const sql = await text(process.stdin);
  // A statement in SQLite blocks this thread and its timers, so another thread ends the process.
  new Worker(`setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${String(timeoutMs)})`, {
    eval: true,
  }).unref();
  let line: string;
  try {
    line = JSON.stringify({ result: run(sql) });
  } catch (error) {
    line = JSON.stringify({
      refused:
        error instanceof Refusal
          ? error.message
          : `SQLite says: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
  process.stdout.write(`${line}\n`);
}

function runQuery(sql: string): QueryResult {
  const statement = parseStatement(sql, readingKinds);
  const connection = openReadOnly(companyFolder());
  const examined = examineStatement(connection, statement);
  if (examined.writes.length > 0) throw new Refusal('query only reads: use execute to change something.');
  refuseForbidden(examined);

  const prepared = connection.prepare(statement);
  prepared.safeIntegers(true);
  prepared.raw();
  const rows: ShownCell[][] = [];
  let truncated = false;
  for (const row of prepared.iterate()) {
    if (rows.length === rowLimit) {
      truncated = true;
      break;
    }
    // Raw mode yields each row as an array of its cells.
    rows.push((row as unknown[]).map(showCell));
  }
  return { columns: prepared.columns().map(({ name }) => name), rows, truncated };
}

export function showCell(cell: unknown): ShownCell {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === 'bigint') return Number.isSafeInteger(Number(cell)) ? Number(cell) : String(cell);
  if (typeof cell === 'number') return cell;
  if (typeof cell === 'string')
    return cell.length > cellLimit
      ? `${cell.slice(0, cellLimit)}… (${String(cell.length)} characters)`
      : cell;
  if (cell instanceof Uint8Array) return `x'${Buffer.from(cell.subarray(0, 64)).toString('hex')}'`;
  return '?';
}
