/** Whether the rows that lists and claims go by are what the ledger alone says. No bot may run meanwhile. */
import { systemClock } from '../../src/core/clock.ts';
import { isRow, openLocalDatabase } from '../../src/stores/local/database.ts';
import type { FakeMongo } from '../fakes/mongo/index.ts';
import { runCommand } from './running-bot.ts';
import type { BotOptions } from './running-bot.ts';

const tables = ['runs', 'approvals'] as const;
type Row = Readonly<Record<string, unknown>>;
type Rows = ReadonlyMap<string, Row>;

/** A row names who works on the run just now, and the commit it was last written with; the ledger alone knows neither. */
const unsaid = ['lease', 'seq'];
/** Rows go with their commit, so their moments are the writer's own; the store's come later, by as long as it was tried. */
const clocksDifferMs = 60_000;

/** Throws the rows away, has `countersign rebuild` make them again, and says which are not as they were. */
export async function findRowFaults(options: BotOptions, mongo: FakeMongo | undefined): Promise<string[]> {
  const take = (): Promise<Rows> =>
    mongo === undefined ? takeLocal(String(options.dataDir)) : Promise.resolve(takeFrom(mongo));
  const before = await take();
  const rebuilt = await runCommand(['rebuild'], options);
  if (rebuilt.code !== 0) return [rebuilt.output];
  const after = await take();
  const keys = new Set([...before.keys(), ...after.keys()]);
  const differing = [...keys].flatMap((key) =>
    isSame(before.get(key), after.get(key))
      ? []
      : [`${key}: ${JSON.stringify(before.get(key))} was, ${JSON.stringify(after.get(key))} is rebuilt`],
  );
  // It would be taken up again each time that the lease is over.
  const held = [...before].filter(([, row]) => row['finishedAt'] !== undefined && row['lease'] !== undefined);
  return [...differing, ...held.map(([key]) => `${key} is over, and somebody holds it`)];
}

function isSame(one: Row | undefined, other: Row | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  const fields = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return fields
    .filter((field) => !unsaid.includes(field))
    .every((field) =>
      field.endsWith('At')
        ? Math.abs(Number(one[field]) - Number(other[field])) < clocksDifferMs
        : JSON.stringify(one[field]) === JSON.stringify(other[field]),
    );
}

// Both stores keep the whole row as JSON text.
const parse = (row: unknown): Row => JSON.parse(String(row)) as Row;

async function takeLocal(folder: string): Promise<Rows> {
  const database = openLocalDatabase({ folder, clock: systemClock });
  const rows = new Map<string, Row>();
  for (const table of tables) {
    for (const row of database.prepare(`SELECT id, row FROM ${table}`).all())
      if (isRow(row)) rows.set(`${table} ${String(row['id'])}`, parse(row['row']));
    await database.write(() => database.prepare(`DELETE FROM ${table}`).run());
  }
  await database.close();
  return rows;
}

function takeFrom({ database }: FakeMongo): Rows {
  const rows = new Map<string, Row>();
  for (const table of tables) {
    const collection = database.collection('countersign', table);
    for (const document of collection.all()) {
      rows.set(`${table} ${String(document['_id'])}`, parse(document['row']));
      collection.remove(document);
    }
  }
  return rows;
}
