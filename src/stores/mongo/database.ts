/**
 * The connection to MongoDB, its collections and their indexes.
 *
 * Nothing here needs a transaction, a pipeline in an update, or a server of one make: single documents change
 * atomically, `_id` is unique, and that is all. Every write that matters waits for a majority and the journal; reads
 * come from the primary.
 */
import mongoose from 'mongoose';
import type { mongo } from 'mongoose';
import type { Clock } from '../../core/clock.ts';
import { AppError, describeError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { MongoCollections } from './documents.ts';
import { layout, refuseNewerLayout } from '../layout.ts';
import { buildIndexes } from './indexes.ts';
import { codeOf, describePlace, duplicateKey, explain } from './refusals.ts';

export interface MongoDatabase extends MongoCollections {
  /** Of the database, as the address says it. */
  readonly name: string;
  /** Asks the server itself; answers what it says. */
  command(command: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Names of all collections that this user may see, ours or not. */
  listCollections(): Promise<readonly string[]>;
  /** Makes the indexes that are missing; resolves when they are built. */
  buildIndexes(): Promise<void>;
  /** How bytes are written. */
  readonly Binary: typeof mongo.Binary;
  /** The server's time in ms, as far as this process can tell. */
  now(): number;
  /** The same, after asking the server where this process's clock was set anew since it was last asked. */
  storeTime(): Promise<number>;
  close(): Promise<void>;
}

const answerWithinMs = 5_000;
/** A clock that differs by less was not set: it is corrected a little all the time. */
const leastSetMs = 1_000;
const durable = { w: 'majority', journal: true, wtimeoutMS: 10_000 } as const;

export interface MongoPlace {
  readonly uri: string;
  /** What the user set the address with; faults name it. */
  readonly setting?: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** With its indexes. */
export async function openMongoDatabase(place: MongoPlace): Promise<MongoDatabase> {
  const database = await connectToDatabase(place);
  const { setting = 'MONGODB_URI', uri } = place;
  try {
    const found = await ask(() => layoutOf(database));
    refuseNewerLayout(found, setting, describePlace(uri));
    await database.buildIndexes();
    if (found < layout) await ask(() => saveLayout(database));
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

async function layoutOf({ meta }: MongoCollections): Promise<number> {
  return Number((await meta.findOne({ _id: 'layout' }))?.value ?? 0);
}

async function saveLayout({ meta }: MongoCollections): Promise<void> {
  const value = String(layout);
  await upsert(() => meta.updateOne({ _id: 'layout' }, { $set: { value } }, { upsert: true }));
}

/** Without a write. */
export async function connectToDatabase(place: MongoPlace): Promise<MongoDatabase> {
  const { clock, logger, setting = 'MONGODB_URI' } = place;
  const connection = await connect(place.uri, setting);
  // A connection that `asPromise` has resolved for has its database.
  const { db } = connection;
  if (db === undefined)
    throw new AppError('store.unavailable', `${setting}: the connection has no database.`);
  const collections: MongoCollections = {
    commits: db.collection('commits'),
    parts: db.collection('parts'),
    runs: db.collection('runs'),
    approvals: db.collection('approvals'),
    inbox: db.collection('inbox'),
    threads: db.collection('threads'),
    deliveries: db.collection('deliveries'),
    waits: db.collection('waits'),
    signals: db.collection('signals'),
    sighted: db.collection('sighted'),
    sources: db.collection('sources'),
    documents: db.collection('documents'),
    readings: db.collection('readings'),
    schedules: db.collection('schedules'),
    installations: db.collection('installations'),
    meta: db.collection('meta'),
  };
  let aheadMs = 0;
  /** What the clock says more than the time that has passed since the process began: it changes when the clock is set. */
  const setTo = (): number => clock.now().getTime() - clock.monotonicMs();
  let wasSetTo = setTo();
  const readClock = async (): Promise<void> => {
    const asked = clock.now().getTime();
    const setBefore = setTo();
    const answer = await db.command({ hello: 1 });
    const answered = clock.now().getTime();
    // Set while the server answered: what it said can be compared with neither.
    if (Math.abs(setTo() - setBefore) > leastSetMs) return;
    wasSetTo = setBefore;
    // Every server says its time in the answer to `hello`.
    const { localTime } = answer as { readonly localTime?: Date };
    // Clocks that could agree are taken to agree: processes on a busy machine must not differ by how long they waited.
    if (localTime !== undefined)
      aheadMs = Math.min(0, localTime.getTime() - asked) + Math.max(0, localTime.getTime() - answered);
  };
  let isReading = false;
  const readInTheBackground = (): void => {
    if (isReading) return;
    isReading = true;
    readClock()
      .catch(() => undefined)
      .finally(() => {
        isReading = false;
      });
  };
  const isSetAnew = (): boolean => Math.abs(setTo() - wasSetTo) > leastSetMs;
  const now = (): number => {
    if (!isSetAnew()) return Math.round(clock.now().getTime() + aheadMs);
    // A clock that was set says nothing until the server is asked again; what has passed since then is known.
    readInTheBackground();
    return Math.round(clock.monotonicMs() + wasSetTo + aheadMs);
  };
  try {
    await readClock();
  } catch (error) {
    await connection.close();
    throw explain(error, place.uri, setting);
  }
  const timer = clock.every(60_000, readInTheBackground);
  return {
    ...collections,
    name: db.databaseName,
    command: (command) => db.command(command),
    async listCollections() {
      const found = await db.listCollections({}, { nameOnly: true, authorizedCollections: true }).toArray();
      return found.map(({ name }) => name);
    },
    buildIndexes: () => buildIndexes(collections, { setting, clock, logger }),
    Binary: mongoose.mongo.Binary,
    now,
    async storeTime() {
      if (isSetAnew()) await readClock();
      return now();
    },
    async close() {
      timer.cancel();
      await connection.close();
    },
  };
}

async function connect(uri: string, setting: string): Promise<mongoose.Connection> {
  try {
    return await mongoose
      .createConnection(uri, {
        // An address without a database means this one, not the driver's own default.
        ...(namesNoDatabase(uri) && { dbName: 'countersign' }),
        serverSelectionTimeoutMS: answerWithinMs,
        connectTimeoutMS: answerWithinMs,
        socketTimeoutMS: 3 * answerWithinMs,
        readPreference: 'primary',
        readConcern: { level: 'majority' },
        writeConcern: durable,
        autoIndex: false,
        autoCreate: false,
      })
      .asPromise();
  } catch (cause) {
    throw explain(cause, uri, setting);
  }
}

/** Makes an upsert again that lost the race for the insert: two at once may both find nothing. */
export async function upsert<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (codeOf(error) !== duplicateKey) throw error;
  }
  return action();
}

function namesNoDatabase(uri: string): boolean {
  return !/^[^/]+\/[^/]/u.test(describePlace(uri));
}

/** Runs a request; a server that cannot be reached is said as that, without the address. */
export async function ask<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('store.unavailable', `MongoDB: ${describeError(cause)}`, { cause });
  }
}
