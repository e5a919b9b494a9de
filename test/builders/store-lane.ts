/** Which store worlds and bots are started on: SQLite, unless a test file says MongoDB. One database a folder. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Document } from 'bson';
import type { Clock } from '../../src/core/clock.ts';
import { aMongoLane } from './mongo-lane.ts';
import type { MongoLane } from './mongo-lane.ts';
import { peopleFile } from './people-file.ts';

let lane: MongoLane | undefined;
const databases = new Map<string, Promise<string>>();
/** Whose time a folder's database is in: the clock of whoever opened it last. */
const clocks = new Map<string, Pick<Clock, 'now'>>();
/** How far the clocks of bots were put forward: a database beside them is in the same time. */
const aheadMs = new Map<string, number>();

/** The bots of this folder live so much later from now on. */
export function moveStoreTime(folder: string, ms: number): void {
  aheadMs.set(folder, ms);
}

/** A bot's data may lie below the folder that is known to the clock. */
function aheadIn(folder: string): number {
  const [, ms = 0] =
    [...aheadMs].find(([moved]) => folder === moved || folder.startsWith(join(moved, '/'))) ?? [];
  return ms;
}

/** Where this text lies as it was written: files of the local store, or collections of the stand-in. */
export function findStored(folder: string, text: string): readonly string[] {
  const files = readdirSync(folder).filter((name) => name.startsWith('countersign.db'));
  const collections = (lane?.fakes ?? []).flatMap(({ database }) => database.collections());
  return [
    ...files.filter((name) => readFileSync(join(folder, name)).includes(text)),
    ...collections
      .filter((collection) => JSON.stringify(collection.all()).includes(text))
      .map(({ namespace }) => namespace),
  ];
}

/** True when worlds and bots of this test file live on MongoDB. */
export const isOnMongo = (): boolean => lane !== undefined;

/**
 * Until what was written is old enough to be sealed. Several processes write to MongoDB: what is younger than ten seconds
 * may still get company there, and is sealed later.
 */
export async function untilSealable(): Promise<void> {
  if (isOnMongo()) await new Promise((resolve) => setTimeout(resolve, 11_000));
}

/** The commits of a folder's store, where they lie on the stand-in. */
export function standInCommits(): readonly Document[] | undefined {
  return lane?.fakes.flatMap(({ database }) =>
    database
      .collections()
      .filter(({ namespace }) => namespace.endsWith('.commits'))
      .flatMap((collection) => collection.all()),
  );
}

/** From now on worlds and bots of this test file live on MongoDB. */
export function startOnMongo(): MongoLane {
  lane ??= aMongoLane();
  return lane;
}

export async function storeEnvironment(
  folder: string,
  clock?: Clock,
): Promise<Readonly<Record<string, string>>> {
  if (lane === undefined) return {};
  const real = { now: (): Date => new Date(Date.now() + aheadIn(folder)) };
  if (clock !== undefined) clocks.set(folder, clock);
  const now = (): Date => (clocks.get(folder) ?? real).now();
  const known = databases.get(folder) ?? lane.open({ now });
  databases.set(folder, known);
  return { MONGODB_URI: await known };
}

/** Beside a shared database nobody is known without a file that says so; one in the working folder counts. */
export async function botEnvironment(
  folder: string,
  cwd: string = folder,
): Promise<Readonly<Record<string, string>>> {
  if (lane === undefined) return {};
  mkdirSync(cwd, { recursive: true });
  const people = join(cwd, 'people.yaml');
  if (!existsSync(people)) writeFileSync(people, peopleFile());
  return storeEnvironment(folder);
}
