/** The company's own books, read on as they grow: which effects there were, and when they were first seen. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';

export interface Books {
  /** Reads what is new; calls back for each effect. */
  readOn(seen: (tool: string, amount: number) => void): void;
  /** How often a tool took effect with this amount. */
  count(tool: string, amount: number): number;
  total(): number;
  close(): void;
}

export function openBooks(dataDir: string): Books {
  const file = join(dataDir, 'company', 'company.sqlite');
  let database: Database.Database | undefined;
  let last = 0;
  let total = 0;
  const counts = new Map<string, number>();
  return {
    readOn(seen) {
      if (database === undefined && !existsSync(file)) return;
      try {
        database ??= new Database(file, { readonly: true });
        const rows = database
          .prepare('SELECT rowid AS place, tool, args FROM effects WHERE rowid > ? ORDER BY rowid')
          // The table `effects` has these columns; see servers/company.
          .all(last) as readonly { place: number; tool: string; args: string }[];
        for (const { place, tool, args } of rows) {
          last = place;
          // The billing server records its own arguments, which hold an amount.
          const { amount } = JSON.parse(args) as { amount: number };
          const key = `${tool} ${String(amount)}`;
          counts.set(key, (counts.get(key) ?? 0) + 1);
          total += 1;
          seen(tool, amount);
        }
      } catch {
        // It is being made, or somebody writes to it just now: the next look finds it.
      }
    },
    count: (tool, amount) => counts.get(`${tool} ${String(amount)}`) ?? 0,
    total: () => total,
    close: () => database?.close(),
  };
}
