/** Which MongoDB the tests use: that of MONGODB_URI, else the stand-in that speaks its wire. The run says which. */
import type { Clock } from '../../src/core/clock.ts';
import { newNonce } from '../../src/core/ids.ts';
import { createFakeMongo } from '../fakes/mongo/index.ts';
import type { FakeMongo } from '../fakes/mongo/index.ts';

export interface MongoLane {
  readonly name: string;
  /** A real server keeps its own time, whatever a test's clock says. */
  readonly isReal: boolean;
  /** Stand-ins that were started. */
  readonly fakes: readonly FakeMongo[];
  /** The address of an empty database; the stand-in goes by this clock. */
  open(clock?: Pick<Clock, 'now'>): Promise<string>;
  close(): Promise<void>;
}

export function aMongoLane(): MongoLane {
  const real = process.env['MONGODB_URI'];
  const name =
    real === undefined
      ? 'the stand-in for MongoDB'
      : (process.env['MONGODB_LANE'] ?? 'the MongoDB of MONGODB_URI');
  process.stdout.write(`mongo lane: ${name}\n`);
  const fakes: FakeMongo[] = [];
  return {
    name,
    isReal: real !== undefined,
    fakes,
    async open(clock) {
      if (real !== undefined) return inOwnDatabase(real);
      const fake = await createFakeMongo(clock === undefined ? {} : { now: () => clock.now() });
      fakes.push(fake);
      return fake.uri;
    },
    async close() {
      for (const fake of fakes) await fake.close();
    },
  };
}

function inOwnDatabase(uri: string): string {
  const address = new URL(uri);
  address.pathname = `/countersign_test_${newNonce()}`;
  return address.href;
}
