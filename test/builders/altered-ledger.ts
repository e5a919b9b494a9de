/** Somebody with write access to the database alters what a ledger holds, behind the program's back. */
import { join } from 'node:path';
import Database from 'libsql';
import { standInCommits } from './store-lane.ts';

export interface StoredCommit {
  readonly events: { readonly kind: string; readonly data: Record<string, unknown> }[];
  readonly bodies: Record<string, { salt: string; text: string }>;
}

/** Calls `alter` with every commit of a stream, and writes back what it made of it. Hashes stay as they were. */
export function alterLedger(folder: string, stream: string, alter: (commit: StoredCommit) => void): void {
  const standIn = standInCommits();
  if (standIn === undefined) alterFile(folder, stream, alter);
  else for (const document of standIn) if (document['stream'] === stream) alterDocument(document, alter);
}

/** On the stand-in for MongoDB; a text that lies in parts stays as it is. */
function alterDocument(document: Record<string, unknown>, alter: (commit: StoredCommit) => void): void {
  const events: unknown = JSON.parse(String(document['events']));
  // The store wrote these fields in this very shape.
  const kept = (document['bodies'] ?? []) as { readonly name: string; json?: string }[];
  const bodies = Object.fromEntries(
    kept.flatMap(({ name, json }) => (json === undefined ? [] : [[name, JSON.parse(json) as unknown]])),
  );
  // Likewise.
  const commit = { events, bodies } as StoredCommit;
  alter(commit);
  document['events'] = JSON.stringify(commit.events);
  for (const body of kept) if (body.json !== undefined) body.json = JSON.stringify(commit.bodies[body.name]);
}

function alterFile(folder: string, stream: string, alter: (commit: StoredCommit) => void): void {
  const database = new Database(join(folder, 'countersign.db'));
  const read = database.prepare('SELECT seq, events, bodies FROM commits WHERE stream = ? ORDER BY seq');
  const write = database.prepare('UPDATE commits SET events = ?, bodies = ? WHERE stream = ? AND seq = ?');
  // The columns are named by the query above.
  for (const row of read.all(stream) as { seq: number; events: string; bodies: string }[]) {
    const events: unknown = JSON.parse(row.events);
    const bodies: unknown = JSON.parse(row.bodies);
    // The program wrote these columns in this very shape.
    const commit = { events, bodies } as StoredCommit;
    alter(commit);
    write.run(JSON.stringify(commit.events), JSON.stringify(commit.bodies), stream, row.seq);
  }
  database.close();
}
