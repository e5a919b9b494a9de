/** Deliveries on MongoDB. */
import type { ClaimResult, Delivery, DeliveryStore } from '../../chat/store.ts';
import { asThreadId } from '../../core/ids.ts';
import { ask } from './database.ts';
import { codeOf, duplicateKey } from './refusals.ts';
import type { MongoDatabase } from './database.ts';
import type { DeliveryDocument } from './documents.ts';

export function createMongoDeliveryStore(database: MongoDatabase): DeliveryStore {
  const { deliveries } = database;

  return {
    claim: (item, thread, worker, staleAfterMs): Promise<ClaimResult> =>
      ask(async () => {
        const now = await database.storeTime();
        try {
          await deliveries.insertOne({ _id: item, thread, state: 'posting', worker, claimedAt: now });
          return { kind: 'claimed' };
        } catch (error) {
          // When the answer is lost the claim stands under this worker's name and grows old; nobody posts twice.
          if (codeOf(error) !== duplicateKey) throw error;
        }
        const standing = await deliveries.findOne({ _id: item });
        if (standing?.state === 'shown') return { kind: 'shown', delivery: toDelivery(standing) };
        if (standing === null || standing.claimedAt > now - staleAfterMs) return { kind: 'busy' };
        const { modifiedCount } = await deliveries.updateOne(
          { _id: item, state: 'posting', claimedAt: standing.claimedAt, worker: standing.worker },
          { $set: { worker, claimedAt: now } },
        );
        return { kind: modifiedCount === 1 ? 'taken-over' : 'busy' };
      }),
    renew: (item, worker) =>
      ask(async () => {
        const own = { _id: item, state: 'posting', worker } as const;
        await deliveries.updateOne(own, { $set: { claimedAt: await database.storeTime() } });
      }),
    find: (item) =>
      ask(async () => {
        const standing = await deliveries.findOne({ _id: item });
        return standing === null ? undefined : toDelivery(standing);
      }),
    save: (item, reference, shownHash) =>
      ask(async () => {
        await deliveries.updateOne({ _id: item }, { $set: { state: 'shown', reference, shownHash } });
      }),
    saveOver: (item, reference, shownHash, before) =>
      ask(async () => {
        const { matchedCount } = await deliveries.updateOne(
          { _id: item, shownHash: before ?? { $exists: false } },
          { $set: { state: 'shown', reference, shownHash } },
        );
        return matchedCount === 1;
      }),
    abandon: (item, worker) =>
      ask(async () => {
        await deliveries.deleteOne({ _id: item, state: 'posting', worker });
      }),
  };
}

function toDelivery({ _id, thread, state, reference, shownHash }: DeliveryDocument): Delivery {
  return {
    item: _id,
    thread: asThreadId(thread),
    state,
    ...(reference !== undefined && { reference }),
    ...(shownHash !== undefined && { shownHash }),
  };
}
