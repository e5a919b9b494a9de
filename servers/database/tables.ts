import { z } from 'zod';
import type { AddTool } from '../company/serve.ts';
import { hiddenTables } from './statement.ts';

const columnRow = z.object({ table: z.string(), name: z.string(), type: z.string() });

export function addSchemaTool(add: AddTool): void {
  add({
    name: 'schema',
    description: 'Lists the tables with their columns and number of rows.',
    input: z.strictObject({}),
    annotations: { title: 'Show the tables', readOnlyHint: true, openWorldHint: false },
    run: (company) => {
      const columns = company.all(
        columnRow,
        `SELECT m.name AS "table", c.name, c.type FROM sqlite_schema m JOIN pragma_table_info(m.name) c
         WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'meta' ORDER BY m.name, c.cid`,
      );
      const names = [...new Set(columns.map(({ table }) => table))].filter(
        (table) => !hiddenTables.includes(table),
      );
      const tables = names.map((name) => ({
        name,
        columns: columns
          .filter(({ table }) => table === name)
          .map((column) => ({ name: column.name, type: column.type })),
        // The name comes from the schema itself, so it is safe inside the statement.
        rows:
          company.find(z.object({ count: z.number() }), `SELECT count(*) AS count FROM "${name}"`)?.count ??
          0,
      }));
      const lines = tables.map(
        (table) =>
          `${table.name} (${String(table.rows)} rows): ${table.columns.map((column) => column.name).join(', ')}`,
      );
      return { text: lines.join('\n'), structured: { tables } };
    },
  });
}
