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
  // Its servers make and fill the file when they are first called, perhaps at this moment.
  const database = new Database(file, { readonly: true, timeout: 5_000 });
  try {
    const hasBegun = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'effects'").get();
    if (hasBegun === undefined) return [];
    // The table `effects` has these columns; see servers/company.
    return database
      .prepare('SELECT tool, args FROM effects')
      .all()
      .filter((row) => (row as Effect).tool === tool) as Effect[];
  } finally {
    database.close();
  }
}
