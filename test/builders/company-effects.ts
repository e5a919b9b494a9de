/** What the demonstration company's servers really did, read from their own file: the independent record. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';

export interface Effect {
  readonly tool: string;
  readonly args: string;
}

/** Effects of one tool, as its server recorded them. */
export function effectsOf(dataDir: string, tool: string): readonly Effect[] {
  const file = join(dataDir, 'company', 'company.sqlite');
  if (!existsSync(file)) return [];
  const database = new Database(file, { readonly: true });
  try {
    // The table `effects` has these columns; see servers/company.
    return database
      .prepare('SELECT tool, args FROM effects')
      .all()
      .filter((row) => (row as Effect).tool === tool) as Effect[];
  } finally {
    database.close();
  }
}
