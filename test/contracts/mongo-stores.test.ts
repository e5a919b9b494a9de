/** The store contracts on MongoDB: the server of MONGODB_URI when it is set, else the stand-in that speaks its wire. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { collectionNames } from '../../src/stores/mongo/documents.ts';
import { indexes } from '../../src/stores/mongo/indexes.ts';
import { openMongoStore } from '../../src/stores/mongo/mongo-store.ts';
import { aMongoLane } from '../builders/mongo-lane.ts';
import { createFakeMongo } from '../fakes/mongo/index.ts';
import { shardKeys } from '../fakes/mongo/sharding.ts';
import { describeActivityContract } from './activity-store.contract.ts';
import { describeAskContract } from './asks.contract.ts';
import { describeBudgetContract } from './budgets.contract.ts';
import { describeChatContract } from './chat-store.contract.ts';
import { describeDeliveryContract } from './delivery-store.contract.ts';
import { describeInstallationContract } from './installation-store.contract.ts';
import { describeLedgerContract } from './ledger-store.contract.ts';
import { describeMemoryContract } from './memory-store.contract.ts';
import { describePassageContract } from './passage-store.contract.ts';
import { describeRunContract } from './run-store.contract.ts';
import { describeScheduleContract } from './schedule-store.contract.ts';
import { describeSignalContract } from './signal-store.contract.ts';
import type { StoreSubject } from './store-subject.ts';

const lane = aMongoLane();
afterAll(() => lane.close());

/** Two connections to one database, as two processes have them. */
async function openTwice(
  uri: string,
  end: () => Promise<void> = () => Promise.resolve(),
): ReturnType<StoreSubject['open']> {
  const open = (): ReturnType<typeof openMongoStore> =>
    openMongoStore({ uri, clock: systemClock, logger: silentLogger });
  const [store, other] = [await open(), await open()];
  return {
    store,
    other,
    // A server's time passes by itself.
    passes: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    async close() {
      await store.close();
      await other.close();
      await end();
    },
  };
}

const mongo: StoreSubject = {
  name: lane.name,
  // FerretDB 1 reads, changes and writes back, without a lock in between.
  changesInTwoSteps: lane.name.startsWith('FerretDB'),
  open: async () => openTwice(await lane.open()),
};

/** A search server beside the database; the stand-in alone is sure to have one. */
const searched: StoreSubject = {
  name: 'the stand-in with a search server',
  async open() {
    const fake = await createFakeMongo({ hasSearch: true });
    return openTwice(fake.uri, () => fake.close());
  },
};

describeLedgerContract(mongo);
describeRunContract(mongo);
describeChatContract(mongo);
describeDeliveryContract(mongo);
describeInstallationContract(mongo);
describeSignalContract(mongo);
describeScheduleContract(mongo);
describeActivityContract(mongo);
describeMemoryContract(mongo);
describePassageContract(mongo);
describeMemoryContract(searched);
describePassageContract(searched);
describeAskContract(mongo);
describeBudgetContract(mongo);

describe('given the stand-in, when commits are written, then', () => {
  it('no document is over 1 MiB', () => {
    for (const fake of lane.fakes)
      for (const collection of fake.database.collections())
        expect(collection.largest()).toBeLessThan(1024 * 1024);
  });
});

describe('given the shard keys that docs/mongodb.md names, when the stores are used, then', () => {
  const documented = readFileSync(new URL('../../docs/mongodb.md', import.meta.url), 'utf8');
  const rows = [...documented.matchAll(/^\| `(\w+)` +\| ([^|]+?) +\|/gmu)].map(
    ([, collection = '', fields = '']) =>
      [collection, [...fields.matchAll(/`(\w+)`/gu)].map(([, field]) => field)] as const,
  );

  it('each is a field of an index of its collection, or the key itself', () => {
    expect([...shardKeys.keys()].toSorted()).toEqual(
      collectionNames
        .filter(
          (name) =>
            !['documents', 'installations', 'sources', 'readings', 'schedules', 'meta'].includes(name),
        )
        .toSorted(),
    );
    for (const [collection, field] of shardKeys)
      expect([
        '_id',
        ...indexes.filter(([name]) => name === collection).map(([, key]) => Object.keys(key)[0]),
      ]).toContain(field);
  });

  it('what goes to every shard is documented, and nothing else does', () => {
    const seen = new Set(lane.fakes.flatMap(({ database }) => [...database.scattered]));
    const undocumented = [...seen].filter((query) => {
      const [collection, ...fields] = query.split(' ');
      return !rows.some(([name, by]) => name === collection && fields.some((field) => by.includes(field)));
    });
    expect(undocumented).toEqual([]);
  });
});
