/** Which store worlds and bots are started on: SQLite, unless a test file says MongoDB. One database a folder. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../src/core/clock.ts';
import { aMongoLane } from './mongo-lane.ts';
import type { MongoLane } from './mongo-lane.ts';
import { peopleFile } from './people-file.ts';

let lane: MongoLane | undefined;
const databases = new Map<string, Promise<string>>();

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
  const known = databases.get(folder) ?? lane.open(clock);
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
