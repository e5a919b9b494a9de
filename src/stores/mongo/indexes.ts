/** The indexes of every collection, made at the start. */
import type { mongo } from 'mongoose';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { MongoCollections } from './documents.ts';
import { codeOf, duplicateKey, explain } from './refusals.ts';

const tellEveryMs = 3_000;

export const indexes: readonly (readonly [
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
  ['runs', { startedBy: 1, startedAt: 1 }, {}],
  ['runs', { channel: 1, startedAt: 1 }, {}],
  ['runs', { status: 1, startedAt: 1 }, {}],
  ['approvals', { state: 1, requestedAt: 1 }, {}],
  ['approvals', { requestedAt: 1, _id: 1 }, {}],
  ['approvals', { channel: 1, requestedAt: 1 }, {}],
  ['approvals', { requester: 1, requestedAt: 1 }, {}],
  ['approvals', { decidedBy: 1, requestedAt: 1 }, {}],
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

/** Waits until all are built, and says every few seconds which one is. */
export async function buildIndexes(
  collections: MongoCollections,
  { setting, clock, logger }: { readonly setting: string; readonly clock: Clock; readonly logger: Logger },
): Promise<void> {
  for (const [nth, [name, key, more]] of indexes.entries()) {
    const progress = clock.every(tellEveryMs, () => {
      logger.info('store.index-building', {
        collection: name,
        key: JSON.stringify(key),
        step: `${String(nth + 1)} of ${String(indexes.length)}`,
        hint: 'The database builds an index. A large collection takes minutes; the bot starts when it is done.',
      });
    });
    await createIndex(collections[name], key, more, setting).finally(() => {
      progress.cancel();
    });
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
