/** The store on MongoDB: every port on one database, shared by any number of processes. */
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { newNonce } from '../../core/ids.ts';
import type { Logger } from '../../core/logger.ts';
import type { Store } from '../store.ts';
import { createMongoActivityStore } from './activity-store.ts';
import { createMongoChatStore } from './chat-store.ts';
import { ask, openMongoDatabase } from './database.ts';
import { codeOf, describePlace, duplicateKey } from './refusals.ts';
import type { MongoDatabase } from './database.ts';
import { createMongoDeliveryStore } from './delivery-store.ts';
import { createMongoLedgerStore } from './ledger-store.ts';
import { createMongoMemoryStore } from './memory-store.ts';
import { refuseHalfMoved } from './move-in.ts';
import { createOutage } from './outage.ts';
import { createMongoPassageStore } from './passage-store.ts';
import { createMongoRunStore } from './run-store.ts';
import { createMongoScheduleStore } from './schedule-store.ts';
import { createSearchIndexes } from './search-indexes.ts';
import { createSightedRows, listSources, listWorkspaces } from './sighted-rows.ts';
import { createMongoInstallationStore } from './installation-store.ts';
import { createMongoSignalStore } from './signal-store.ts';

export interface MongoStore extends Store {
  /** Does what processes that died left undone; happens by itself every few seconds. */
  sweep(): Promise<void>;
}

const sweepEveryMs = 5_000;
const leftAloneMs = 4_000;
const forgetEveryMs = 3_600_000;

export async function openMongoStore(options: {
  readonly uri: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Search indexes are neither made nor changed. */
  readonly isLookedAtOnly?: boolean;
}): Promise<MongoStore> {
  const { clock, logger } = options;
  const database = await openMongoDatabase(options);
  let organisation: string;
  try {
    await ask(() => refuseHalfMoved(database));
    organisation = await ask(() => findOrganisation(database));
  } catch (error) {
    await database.close();
    throw error;
  }
  const ledger = createMongoLedgerStore(database);
  const chat = createMongoChatStore(database, ledger);
  const search = createSearchIndexes(database, {
    clock,
    logger,
    isLookedAtOnly: options.isLookedAtOnly === true,
  });
  const memories = createSightedRows({ database, search, sort: 'memory' });
  const passages = createMongoPassageStore(database, search);
  const outage = createOutage({ place: describePlace(options.uri), clock, logger });
  const sweep = async (): Promise<void> => {
    await ledger.saveLeftRows();
    await chat.completeBeginnings();
    await ask(() => memories.completeSuccessors(database.now() - leftAloneMs));
    await passages.sweepPassages();
  };
  const regularly = (ms: number, action: () => Promise<void>): { cancel(): void } => {
    let isUnderWay = false;
    return clock.every(ms, () => {
      // A database that answers late is not asked the same again meanwhile.
      if (isUnderWay) return;
      isUnderWay = true;
      action()
        .then(outage.answered, outage.failed)
        .finally(() => {
          isUnderWay = false;
        });
    });
  };
  const timers = [regularly(sweepEveryMs, sweep), regularly(forgetEveryMs, () => chat.forgetOldKeys())];
  return {
    ledger,
    runs: createMongoRunStore(database),
    activity: createMongoActivityStore(database),
    chat,
    deliveries: createMongoDeliveryStore(database),
    memories: createMongoMemoryStore(memories),
    passages,
    sources: {
      listSources: (workspace) => ask(() => listSources(database, workspace)),
      listWorkspaces: () => ask(() => listWorkspaces(database)),
    },
    installations: createMongoInstallationStore(database),
    signals: createMongoSignalStore(database),
    schedules: createMongoScheduleStore(database),
    organisation,
    clock: { ...clock, now: () => new Date(database.now()) },
    place: describePlace(options.uri),
    sweep,
    checkSearch: () => ask(() => search.check()),
    backUp: () =>
      Promise.reject(
        new AppError(
          'config.invalid',
          'MONGODB_URI: a database is backed up with its own tools. Fix: run `mongodump --uri=… --oplog`, or take a snapshot where it is hosted; docs/backup.md says what to do after restoring.',
        ),
      ),
    async close() {
      search.close();
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
