/** The store on MongoDB: the ports of the ledger, runs, chat and deliveries, shared by any number of processes. */
import type { ChatStore, DeliveryStore } from '../../chat/store.ts';
import type { Clock } from '../../core/clock.ts';
import { describeError } from '../../core/errors.ts';
import { newNonce } from '../../core/ids.ts';
import type { Logger } from '../../core/logger.ts';
import type { LedgerStore } from '../../ledger/store.ts';
import type { RunStore } from '../../runs/store.ts';
import { createMongoChatStore } from './chat-store.ts';
import { ask, codeOf, describePlace, duplicateKey, openMongoDatabase } from './database.ts';
import type { MongoDatabase } from './database.ts';
import { createMongoDeliveryStore } from './delivery-store.ts';
import { createMongoLedgerStore } from './ledger-store.ts';
import { createMongoRunStore } from './run-store.ts';

export interface MongoStore {
  readonly ledger: LedgerStore;
  readonly runs: RunStore;
  readonly chat: ChatStore;
  readonly deliveries: DeliveryStore;
  /** The organisation's id: made once, when the store is. */
  readonly organisation: string;
  /** Hosts and database, without any password. */
  readonly place: string;
  /** Does what processes that died left undone; happens by itself every few seconds. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

const sweepEveryMs = 5_000;
const forgetEveryMs = 3_600_000;

export async function openMongoStore(options: {
  readonly uri: string;
  readonly clock: Clock;
  readonly logger: Logger;
}): Promise<MongoStore> {
  const { clock, logger } = options;
  const database = await openMongoDatabase(options);
  const organisation = await ask(() => findOrganisation(database));
  const ledger = createMongoLedgerStore(database);
  const chat = createMongoChatStore(database, ledger);
  const sweep = async (): Promise<void> => {
    await ledger.saveLeftRows();
    await chat.completeBeginnings();
  };
  const regularly = (ms: number, action: () => Promise<void>): { cancel(): void } =>
    clock.every(ms, () => {
      action().catch((error: unknown) => {
        logger.warn('store.sweep-failed', { why: describeError(error) });
      });
    });
  const timers = [regularly(sweepEveryMs, sweep), regularly(forgetEveryMs, () => chat.forgetOldKeys())];
  return {
    ledger,
    runs: createMongoRunStore(database),
    chat,
    deliveries: createMongoDeliveryStore(database),
    organisation,
    place: describePlace(options.uri),
    sweep,
    async close() {
      for (const timer of timers) timer.cancel();
      await ledger.settle();
      await database.close();
    },
  };
}

async function findOrganisation({ meta }: MongoDatabase): Promise<string> {
  const value = `org_${newNonce()}`;
  try {
    await meta.updateOne({ _id: 'organisation' }, { $setOnInsert: { value } }, { upsert: true });
  } catch (error) {
    if (codeOf(error) !== duplicateKey) throw error;
  }
  return (await meta.findOne({ _id: 'organisation' }))?.value ?? value;
}
