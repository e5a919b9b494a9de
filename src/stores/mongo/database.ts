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

/** `_id` is `<stream>/<seq>`. Events and texts are JSON text: MongoDB would not keep every key and number of JSON. */
export interface CommitDocument {
  readonly _id: string;
  readonly stream: string;
  readonly seq: number;
  readonly by: string;
  readonly writer: string;
  readonly events: string;
  /** Set instead of `events` when they are long: where their parts lie. */
  readonly eventsIn?: string;
  readonly prev: string;
  readonly hash: string;
  /** The server's own time. */
  readonly landedAt: Date;
  /** Absent where there are none: not every server keeps an empty list that is set on insert. */
  readonly bodies?: readonly BodyDocument[];
  /** There while something must still follow; the time of the insert. */
  readonly pendingSince?: Date;
  /** There while its rows may not be saved yet, with the rows themselves, so that any process can save them. */
  readonly unsavedSince?: Date;
  readonly rows?: string;
}

export interface BodyDocument {
  readonly name: string;
  readonly json?: string;
  /** Set instead of `json` for a long text. */
  readonly in?: string;
}

/** A part of a long text: `_id` is `<place>/<number>`. */
export interface PartDocument {
  readonly _id: string;
  readonly place: string;
  readonly part: number;
  readonly text: string;
}

export interface RunDocument {
  readonly _id: string;
  readonly seq: number;
  readonly status: string;
  readonly workflow: string;
  readonly thread: string;
  readonly startedAt: number;
  readonly worker: string | null;
  readonly dueAt: number | null;
  readonly row: string;
}

export interface ApprovalDocument {
  readonly _id: string;
  readonly seq: number;
  readonly state: string;
  readonly tool: string;
  readonly requestedAt: number;
  readonly row: string;
}

export interface InboxDocument {
  readonly _id: string;
  readonly thread: string;
  /** `waiting`, or the run that has it. */
  readonly state: string;
  readonly by: string;
  readonly takenAt: Date;
  readonly writer: string;
  readonly isErased: boolean;
  readonly row: string;
}

export interface ThreadDocument {
  readonly _id: string;
  readonly channel: string;
  readonly activeRun: string | null;
  readonly startedAt: number;
  readonly startedBy: string;
  readonly isErased: boolean;
  readonly row: string;
  /** There while the first commit of `activeRun` may not have landed, with all it takes to land it. */
  readonly beginningSince?: Date;
  readonly beginning?: string;
}

export interface DeliveryDocument {
  readonly _id: string;
  readonly thread: string;
  readonly state: 'posting' | 'shown';
  readonly worker: string;
  readonly claimedAt: number;
  readonly reference?: string;
  readonly shownHash?: string;
}

/** `_id` is the row's key. */
export interface WaitDocument {
  readonly _id: string;
  readonly seq: number;
  readonly run: string;
  /** The signal's name while the wait is open. */
  readonly openName: string | null;
}

/** `_id` is name and id as JSON. */
export interface SignalDocument {
  readonly _id: string;
  readonly name: string;
  readonly id: string;
  readonly writer: string;
  readonly receivedAt: Date;
  /** There while some run may still have to hear of it. */
  readonly pendingSince?: Date;
  readonly row: string;
}

/** A memory or a passage. `_id` is its id, behind the version of its document where it has one. */
export interface SightedDocument {
  readonly _id: string;
  readonly id: string;
  readonly sort: 'memory' | 'passage';
  readonly workspace: string;
  readonly channel: string;
  readonly scope: string;
  readonly thread: string | null;
  readonly person: string | null;
  readonly family: string;
  readonly version?: string;
  readonly createdAt: number;
  readonly keptAt: number;
  readonly validFrom: number;
  readonly validUntil: number | null;
  readonly supersededBy: string | null;
  /** There while the row that replaces this one may not be kept yet, with that row itself. */
  readonly successorSince?: number;
  readonly successor?: string;
  readonly terms: readonly string[];
  readonly weights: readonly number[];
  readonly length: number;
  /** Of one model: another one's vector takes its place. */
  readonly vectorModel: string | null;
  readonly dims?: number;
  /** Packed as 32-bit floats, which a search server can index. */
  readonly vector?: mongo.Binary;
  /** When the vector was kept; not set on rows whose bytes were kept unpacked. */
  readonly vectoredAt?: number;
  readonly content: string;
}

/** A place that holds something. `_id` is workspace and channel as JSON. */
export interface SourceDocument {
  readonly _id: string;
  readonly workspace: string;
  readonly channel: string;
}

/** A document whose passages are kept. `_id` is workspace and source as JSON. */
export interface DocumentDocument {
  readonly _id: string;
  readonly workspace: string;
  readonly source: string;
  readonly channel: string;
  /** Of its passages; empty while none stand. */
  readonly version: string;
  /** There while passages of other versions may be. */
  readonly uncleanSince?: number;
  readonly content: string | null;
}

/** `_id` is the name. */
export interface ScheduleDocument {
  readonly _id: string;
  /** `null` while it rests. */
  readonly dueAt: number | null;
  readonly row: string;
}

export interface MetaDocument {
  readonly _id: string;
  readonly value: string;
}

export interface MongoCollections {
  readonly commits: mongo.Collection<CommitDocument>;
  readonly parts: mongo.Collection<PartDocument>;
  readonly runs: mongo.Collection<RunDocument>;
  readonly approvals: mongo.Collection<ApprovalDocument>;
  readonly inbox: mongo.Collection<InboxDocument>;
  readonly threads: mongo.Collection<ThreadDocument>;
  readonly deliveries: mongo.Collection<DeliveryDocument>;
  readonly waits: mongo.Collection<WaitDocument>;
  readonly signals: mongo.Collection<SignalDocument>;
  readonly sighted: mongo.Collection<SightedDocument>;
  readonly sources: mongo.Collection<SourceDocument>;
  readonly documents: mongo.Collection<DocumentDocument>;
  readonly schedules: mongo.Collection<ScheduleDocument>;
  readonly meta: mongo.Collection<MetaDocument>;
}

export interface MongoDatabase extends MongoCollections {
  /** How bytes are written. */
  readonly Binary: typeof mongo.Binary;
  /** The server's time in ms, as far as this process can tell. */
  now(): number;
  close(): Promise<void>;
}

const answerWithinMs = 5_000;
const tellEveryMs = 3_000;
const durable = { w: 'majority', journal: true, wtimeoutMS: 10_000 } as const;

const indexes: readonly (readonly [
  keyof MongoCollections,
  mongo.IndexSpecification,
  mongo.CreateIndexesOptions,
])[] = [
  ['commits', { stream: 1, seq: 1 }, { unique: true }],
  ['commits', { landedAt: 1 }, {}],
  ['commits', { pendingSince: 1 }, { sparse: true }],
  ['commits', { unsavedSince: 1 }, { sparse: true }],
  ['parts', { place: 1, part: 1 }, { unique: true }],
  ['runs', { dueAt: 1 }, {}],
  ['runs', { startedAt: 1, _id: 1 }, {}],
  ['runs', { thread: 1, startedAt: 1 }, {}],
  ['approvals', { state: 1, requestedAt: 1 }, {}],
  ['approvals', { requestedAt: 1, _id: 1 }, {}],
  ['inbox', { state: 1, takenAt: 1 }, {}],
  ['inbox', { thread: 1, state: 1, takenAt: 1 }, {}],
  ['inbox', { by: 1 }, {}],
  ['threads', { channel: 1, startedAt: 1 }, {}],
  ['threads', { startedBy: 1 }, {}],
  ['threads', { beginningSince: 1 }, { sparse: true }],
  ['waits', { openName: 1, run: 1 }, {}],
  ['signals', { name: 1, receivedAt: 1, id: 1 }, {}],
  ['signals', { pendingSince: 1 }, { sparse: true }],
  ['sighted', { workspace: 1, sort: 1, terms: 1 }, {}],
  ['sighted', { workspace: 1, sort: 1, id: 1 }, {}],
  ['sighted', { workspace: 1, sort: 1, family: 1 }, {}],
  ['sighted', { workspace: 1, sort: 1, keptAt: 1, _id: 1 }, {}],
  ['sighted', { workspace: 1, sort: 1, vectorModel: 1 }, {}],
  ['sighted', { successorSince: 1 }, { sparse: true }],
  ['sighted', { vectoredAt: 1 }, { sparse: true }],
  ['sources', { workspace: 1 }, {}],
  ['documents', { workspace: 1, source: 1 }, { unique: true }],
  ['documents', { source: 1 }, {}],
  ['documents', { uncleanSince: 1 }, { sparse: true }],
  ['schedules', { dueAt: 1 }, {}],
];

export async function openMongoDatabase(options: {
  readonly uri: string;
  /** What the user set the address with; faults name it. */
  readonly setting?: string;
  readonly clock: Clock;
  readonly logger: Logger;
}): Promise<MongoDatabase> {
  const { clock, logger, setting = 'MONGODB_URI' } = options;
  const connection = await connect(options.uri, setting);
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
    schedules: db.collection('schedules'),
    meta: db.collection('meta'),
  };
  let aheadMs = 0;
  const readClock = async (): Promise<void> => {
    const asked = clock.now().getTime();
    const answer = await db.command({ hello: 1 });
    const answered = clock.now().getTime();
    // Every server says its time in the answer to `hello`.
    const { localTime } = answer as { readonly localTime?: Date };
    if (localTime !== undefined) aheadMs = localTime.getTime() - (asked + answered) / 2;
  };
  try {
    await readClock();
    for (const [place, [name, key, more]] of indexes.entries()) {
      const progress = clock.every(tellEveryMs, () => {
        logger.info('store.index-building', {
          collection: name,
          key: JSON.stringify(key),
          step: `${String(place + 1)} of ${String(indexes.length)}`,
          hint: 'The database builds an index. A large collection takes minutes; the bot starts when it is done.',
        });
      });
      await createIndex(collections[name], key, more, setting).finally(() => {
        progress.cancel();
      });
    }
  } catch (error) {
    await connection.close();
    throw error instanceof AppError ? error : explain(error, options.uri, setting);
  }
  const timer = clock.every(60_000, () => {
    readClock().catch(() => undefined);
  });
  return {
    ...collections,
    Binary: mongoose.mongo.Binary,
    now: () => Math.round(clock.now().getTime() + aheadMs),
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

async function createIndex(
  collection: Pick<mongo.Collection, 'createIndex' | 'collectionName'>,
  key: mongo.IndexSpecification,
  more: mongo.CreateIndexesOptions,
  setting: string,
): Promise<void> {
  try {
    await collection.createIndex(key, more, {});
  } catch (cause) {
    // The server goes on building; asked again, it answers when it is done.
    if (cause instanceof Error && cause.name === 'MongoNetworkTimeoutError')
      return createIndex(collection, key, more, setting);
    const name = `${collection.collectionName} ${JSON.stringify(key)}`;
    const code = codeOf(cause);
    if (code === 85 || code === 86)
      throw new AppError(
        'config.invalid',
        `${setting}: another index stands where ${name} belongs. Fix: drop that index, or use an empty database.`,
        { cause },
      );
    if (code === duplicateKey)
      throw new AppError(
        'store.corrupt',
        `${setting}: ${name} must be unique, and the database holds duplicates. Fix: restore it from a backup.`,
        { cause },
      );
    throw explain(cause, '', setting);
  }
}

export const duplicateKey = 11_000;

export function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
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

/** What an operator can do about it; never the password, nor anything else of the address but its hosts. */
function explain(cause: unknown, uri: string, setting: string): AppError {
  const place = uri === '' ? 'the database' : describePlace(uri);
  const code = codeOf(cause);
  if (code === 18 || code === 8000)
    return new AppError(
      'config.invalid',
      `${setting}: ${place} does not accept this name and password. Fix: check both, and authSource.`,
    );
  if (code === 13)
    return new AppError(
      'config.invalid',
      `${setting}: this user may not do what is needed on ${place}. Fix: give it the role readWrite on that database.`,
    );
  if (cause instanceof Error && ['MongoParseError', 'MongoInvalidArgumentError'].includes(cause.name))
    return new AppError(
      'config.invalid',
      `${setting}: it is not an address of MongoDB. Fix: set it to one like mongodb://host:27017/countersign.`,
    );
  return new AppError(
    'store.unavailable',
    `${setting}: ${place} does not answer. Fix: check that it runs and can be reached from here.`,
  );
}

function namesNoDatabase(uri: string): boolean {
  return !/^[^/]+\/[^/]/u.test(describePlace(uri));
}

/** The hosts of an address, without user, password and options. */
export function describePlace(uri: string): string {
  const rest = uri.replace(/^mongodb(\+srv)?:\/\//u, '').split(/[?]/u)[0] ?? '';
  return rest.slice(rest.lastIndexOf('@') + 1);
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
