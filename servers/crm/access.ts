/** Who may use which system, until when. */
import { z } from 'zod';
import type { Company } from '../company/open.ts';
import { Refusal } from '../company/refusal.ts';
import type { AddTool } from '../company/serve.ts';

const person = z
  .string()
  .trim()
  .regex(/^[\p{L}\p{N}._@ -]{1,80}$/u)
  .describe('Who, by name or id.');
const system = z.enum(['crm', 'billing', 'database', 'mail']).describe('To what.');
const row = z.object({ person: z.string(), system: z.string(), until: z.string(), reason: z.string() });

// Books of an earlier version have no such table.
const table =
  'CREATE TABLE IF NOT EXISTS access (person TEXT NOT NULL, system TEXT NOT NULL, until TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (person, system))';

export function addAccessTools(add: AddTool): void {
  add({
    name: 'list_access',
    description: 'Lists who has been given access to which system, and until when.',
    input: z.strictObject({ system: system.optional() }),
    annotations: { readOnlyHint: true },
    run: (company, { system: wanted }) => {
      company.write(() => company.run(table));
      const access = company.all(
        row,
        'SELECT person, system, until, reason FROM access WHERE ?1 IS NULL OR system = ?1 ORDER BY until, person',
        wanted ?? null,
      );
      const lines = access.map((entry) => `${entry.person} · ${entry.system} · until ${entry.until}`);
      return {
        text: [`${String(access.length)} given:`, ...lines].join('\n'),
        structured: { access },
      };
    },
  });

  add({
    name: 'grant_access',
    description: 'Gives a person access to a system until a day. Given again, the later call counts.',
    input: z.strictObject({
      person,
      system,
      until: z.iso.date().describe('The last day: 2026-12-31.'),
      reason: z.string().trim().min(1).max(300).describe('What for.'),
    }),
    run: (company, input) => {
      change(company, 'crm/grant_access', input, () =>
        company.run(
          'INSERT INTO access (person, system, until, reason) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET until = excluded.until, reason = excluded.reason',
          ...[input.person, input.system, input.until, input.reason],
        ),
      );
      return {
        text: `${input.person} has access to ${input.system} until ${input.until}.`,
        structured: { access: input },
        didWrite: true,
      };
    },
  });

  add({
    name: 'revoke_access',
    description: 'Takes a person’s access to a system back.',
    input: z.strictObject({ person, system }),
    run: (company, input) => {
      change(company, 'crm/revoke_access', input, () => {
        const { changes } = company.run(
          'DELETE FROM access WHERE person = ? AND system = ?',
          input.person,
          input.system,
        );
        if (changes === 0) throw new Refusal(`${input.person} has no access to ${input.system}.`);
      });
      return {
        text: `${input.person} has no access to ${input.system} any more.`,
        structured: { revoked: input },
        didWrite: true,
      };
    },
  });
}

function change(company: Company, tool: string, input: object, act: () => unknown): void {
  company.write(() => {
    company.run(table);
    act();
    company.recordEffect(tool, input);
  });
}
