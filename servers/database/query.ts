import { execFile } from 'node:child_process';
import { z } from 'zod';
import { Refusal } from '../company/refusal.ts';
import type { AddTool } from '../company/serve.ts';
import { queryFlag, queryTimeoutMs, rowLimit } from './query-flag.ts';
import type { QueryResult } from './reader.ts';

/** Until a process that never comes to its statement is ended: starting one takes long on a busy machine. */
const processTimeoutMs = 20_000;

const reply = z.union([
  z.object({
    result: z.object({
      columns: z.array(z.string()),
      rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
      truncated: z.boolean(),
    }),
  }),
  z.object({ refused: z.string() }),
]);

export function addQueryTool(add: AddTool): void {
  add({
    name: 'query',
    description: `Runs one reading SQL statement (SELECT, WITH or VALUES) and returns at most ${String(rowLimit)} rows.`,
    input: z.strictObject({
      sql: z.string().trim().min(1).max(10_000).describe('One SELECT statement in SQLite’s dialect.'),
    }),
    annotations: { title: 'Query the database', readOnlyHint: true, openWorldHint: false },
    run: async (_company, { sql }) => {
      const { columns, rows, truncated } = await readInOwnProcess(sql);
      const note = truncated
        ? `Only the first ${String(rowLimit)} rows are shown: narrow the query or count.`
        : undefined;
      const table = [
        columns.join(' | '),
        ...rows.map((row) => row.map((cell) => (cell === null ? 'NULL' : String(cell))).join(' | ')),
      ];
      return {
        text: [
          `${String(rows.length)} row${rows.length === 1 ? '' : 's'}${truncated ? ' (more exist)' : ''}`,
          ...table,
          ...(note === undefined ? [] : [note]),
        ].join('\n'),
        structured: {
          columns,
          rows,
          rowCount: rows.length,
          truncated,
          ...(note === undefined ? {} : { note }),
        },
      };
    },
  });
}

/** SQLite cannot be interrupted from its own thread; a process can be ended. */
async function readInOwnProcess(sql: string): Promise<QueryResult> {
  const program = process.argv[1];
  if (program === undefined) throw new Error('The path of this program is unknown.');
  const line = await new Promise<string>((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [program, queryFlag],
      { timeout: processTimeoutMs, killSignal: 'SIGKILL', maxBuffer: 8_000_000 },
      (error, stdout) => {
        if (error === null) resolve(stdout);
        else if (error.killed === true || error.signal === 'SIGKILL')
          reject(
            new Refusal(
              `The query took longer than ${String(queryTimeoutMs / 1000)} s and was ended: make it smaller.`,
            ),
          );
        else reject(new Error('The query process failed.', { cause: error }));
      },
    );
    // The process may end before it has read everything; its exit is reported above.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(sql);
  });
  const answer = reply.parse(JSON.parse(line));
  if ('refused' in answer) throw new Refusal(answer.refused);
  return answer.result;
}
