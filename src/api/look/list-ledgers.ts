/** The ledgers of runs that the asker may read, and the seals over all of them. */
import { readSeals, sealStream } from '../../ledger/seal.ts';
import type { LedgerStore } from '../../ledger/store.ts';
import type { Person } from '../../people/person.ts';
import type { LookOptions } from './look-options.ts';
import type { LedgersJson } from './look-shapes.ts';

const pageSize = 30;
const shownSeals = 5;
/** A commit may carry no seal (an erasure), so some more than are shown are read. */
const readBack = 10;

export async function listLedgers(
  { store, views }: LookOptions,
  person: Person,
  cursor: string | undefined,
): Promise<LedgersJson> {
  const [rows, seals] = await Promise.all([
    store.runs.list({ limit: pageSize, ...(cursor !== undefined && { cursor }) }),
    latestSeals(store.ledger),
  ]);
  const last = rows.length === pageSize ? rows.at(-1) : undefined;
  return {
    seals,
    items: rows
      .filter((row) => views.mayRead(person, row.channel))
      .map((row) => ({
        run: row.id,
        title: row.title,
        workflow: row.workflow,
        status: row.status,
        commits: row.seq + 1,
        by: row.startedBy,
        at: new Date(row.startedAt).toISOString(),
        isErased: row.isErased === true,
      })),
    ...(last !== undefined && { next: `${String(last.startedAt)}/${last.id}` }),
  };
}

async function latestSeals(ledger: LedgerStore): Promise<LedgersJson['seals']> {
  const last = await ledger.readLast(sealStream);
  if (last === undefined) return [];
  const commits = await ledger.read(sealStream, Math.max(0, last.seq - readBack));
  return commits
    .flatMap(readSeals)
    .toReversed()
    .slice(0, shownSeals)
    .map(({ number, at, size, root, key }) => ({ number, at, size, root, key }));
}
