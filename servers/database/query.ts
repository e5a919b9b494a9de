import { z } from 'zod';
import type { AddTool } from '../company/serve.ts';
import { answerInOwnProcess } from './own-process.ts';
import { queryFlag, queryTimeoutMs, rowLimit } from './process-flags.ts';

const result = z.object({
  columns: z.array(z.string()),
  rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
  truncated: z.boolean(),
});

export function addQueryTool(add: AddTool): void {
  add({
    name: 'query',
    description: `Runs one reading SQL statement (SELECT, WITH or VALUES) and returns at most ${String(rowLimit)} rows.`,
    input: z.strictObject({
      sql: z.string().trim().min(1).max(10_000).describe('One SELECT statement in SQLite’s dialect.'),
    }),
    annotations: { title: 'Query the database', readOnlyHint: true, openWorldHint: false },
    run: async (_company, { sql }) => {
      const { columns, rows, truncated } = await answerInOwnProcess(
        { flag: queryFlag, timeoutMs: queryTimeoutMs, result },
        sql,
      );
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
