/** The store contracts on MongoDB: the server of MONGODB_URI when it is set, else the stand-in that speaks its wire. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { newNonce } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { openMongoStore } from '../../src/stores/mongo/mongo-store.ts';
import { createFakeMongo } from '../fakes/mongo/index.ts';
import type { FakeMongo } from '../fakes/mongo/index.ts';
import { describeActivityContract } from './activity-store.contract.ts';
import { describeChatContract } from './chat-store.contract.ts';
import { describeDeliveryContract } from './delivery-store.contract.ts';
import { describeLedgerContract } from './ledger-store.contract.ts';
import { describeMemoryContract } from './memory-store.contract.ts';
import { describePassageContract } from './passage-store.contract.ts';
import { describeRunContract } from './run-store.contract.ts';
import { describeScheduleContract } from './schedule-store.contract.ts';
import { describeSignalContract } from './signal-store.contract.ts';
import type { StoreSubject } from './store-subject.ts';

const real = process.env['MONGODB_URI'];
const lane = real === undefined ? 'the stand-in for MongoDB' : 'the MongoDB of MONGODB_URI';
process.stdout.write(`mongo lane: ${lane}\n`);

const fakes: FakeMongo[] = [];
afterAll(() => Promise.all(fakes.map((fake) => fake.close())));

const mongo: StoreSubject = {
  name: lane,
  async open() {
    const fake = real === undefined ? await createFakeMongo() : undefined;
    if (fake !== undefined) fakes.push(fake);
    const uri = fake?.uri ?? inOwnDatabase(String(real));
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
      },
    };
  },
};

function inOwnDatabase(uri: string): string {
  const address = new URL(uri);
  address.pathname = `/countersign_test_${newNonce()}`;
  return address.href;
}

describeLedgerContract(mongo);
describeRunContract(mongo);
describeChatContract(mongo);
describeDeliveryContract(mongo);
describeSignalContract(mongo);
describeScheduleContract(mongo);
describeActivityContract(mongo);
describeMemoryContract(mongo);
describePassageContract(mongo);

describe('given the stand-in, when commits are written, then', () => {
  it('no document is over 1 MiB', () => {
    for (const fake of fakes)
      for (const collection of fake.database.collections())
        expect(collection.largest()).toBeLessThan(1024 * 1024);
  });
});
