import { z } from 'zod';
import { Refusal } from '../company/refusal.ts';
import type { AddTool } from '../company/serve.ts';
import { openReadOnly } from '../company/open.ts';
import { examineStatement, parseStatement, refuseForbidden, writingKinds } from './statement.ts';

export const statementInput = z.strictObject({
  sql: z
    .string()
    .trim()
    .min(1)
    .max(10_000)
    .describe('One INSERT, UPDATE, DELETE or REPLACE statement in SQLite’s dialect.'),
});

export function addExecuteTool(add: AddTool): void {
  // Wrong on purpose: an UPDATE overwrites, so this is destructive, whatever this server says about itself.
  add({
    name: 'execute',
    description:
      'Runs one writing SQL statement (INSERT, UPDATE, DELETE or REPLACE) in a transaction of its own.',
    input: statementInput,
    annotations: { title: 'Change the database', readOnlyHint: false, destructiveHint: false },
    run: (company, input) => {
      const statement = parseStatement(input.sql, writingKinds);
      examineApart(company.folder, statement);
      const changes = company.write(() => {
        try {
          const prepared = company.connection.prepare(statement);
          // A RETURNING clause makes it a reader, whose changes come with its rows.
          const count = prepared.reader ? prepared.all().length : prepared.run().changes;
          company.recordEffect('database/execute', input);
          return count;
        } catch (error) {
          throw sqliteRefusal(error);
        }
      });
      return {
        text: `${String(changes)} row${changes === 1 ? '' : 's'} changed.`,
        structured: { changes },
        didWrite: true,
      };
    },
  });
}

/** Looked at on a connection of its own, which cannot write: a statement under examination must not hold up a commit. */
function examineApart(folder: string, statement: string): void {
  const connection = openReadOnly(folder);
  try {
    const examined = examineStatement(connection, statement);
    if (examined.writes.length === 0) throw new Refusal('execute only writes: use query to read.');
    refuseForbidden(examined);
  } catch (error) {
    throw error instanceof Refusal ? error : sqliteRefusal(error);
  } finally {
    connection.close();
  }
}

function sqliteRefusal(cause: unknown): Refusal {
  return new Refusal(
    `SQLite says: ${cause instanceof Error ? cause.message : String(cause)}. Nothing was changed.`,
    { cause },
  );
}
