/** Processes of one store whose clocks are wrong, by ten minutes: who has a run, and for how long. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';
import { newWorkerId } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { RunRow } from '../../src/runs/store.ts';
import { openLocalStore } from '../../src/stores/local/local-store.ts';
import { openMongoStore } from '../../src/stores/mongo/mongo-store.ts';
import type { Store } from '../../src/stores/store.ts';
import { aFolder, removeFolder } from '../builders/running-bot.ts';
import { aDraft, aRunRow, writeOfRun } from '../builders/store-entries.ts';
import { createFakeMongo } from '../fakes/mongo/index.ts';

const tenMinutes = 600_000;
const leaseMs = 15_000;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Time {
  /** What a process with this clock's error reads. */
  clock(wrongByMs: () => number): Clock;
  pass(ms: number): void;
}

function aTime(): Time {
  const start = Date.now();
  let passed = 0;
  return {
    clock: (wrongByMs) => ({
      ...systemClock,
      now: () => new Date(start + passed + wrongByMs()),
      monotonicMs: () => passed,
    }),
    pass: (ms) => (passed += ms),
  };
}

interface Shared {
  readonly time: Time;
  /** One process: its store, and how its clock is set anew. */
  open(wrongByMs?: number): Promise<{ readonly store: Store; set(wrongByMs: number): void }>;
}

const shared: Readonly<Record<'SQLite' | 'MongoDB', () => Promise<Shared>>> = {
  SQLite() {
    const folder = aFolder();
    closing.push(() => {
      removeFolder(folder);
    });
    return Promise.resolve(opener((clock) => openLocalStore({ folder, clock })));
  },
  async MongoDB() {
    const time = aTime();
    const mongo = await createFakeMongo({ now: time.clock(() => 0).now });
    closing.push(() => mongo.close());
    return opener((clock) => openMongoStore({ uri: mongo.uri, clock, logger: silentLogger }), time);
  },
};

function opener(openStore: (clock: Clock) => Promise<Store>, time = aTime()): Shared {
  return {
    time,
    async open(wrongByMs = 0) {
      let wrong = wrongByMs;
      const store = await openStore(time.clock(() => wrong));
      closing.push(() => store.close());
      return { store, set: (ms) => (wrong = ms) };
    },
  };
}

/** A run that this store's process has begun and works on. */
async function begin(store: Store): Promise<RunRow> {
  const run = aRunRow({ status: 'running', lease: { worker: newWorkerId(), lastsMs: leaseMs } });
  const begun = await store.ledger.append(aDraft({ stream: `run/${run.id}` }), [writeOfRun(run)]);
  if (begun.kind !== 'landed') throw new Error('It did not begin.');
  return run;
}

const claim = ({ runs }: Store, lastsMs = 10 * leaseMs): ReturnType<Store['runs']['claimDue']> =>
  runs.claimDue(newWorkerId(), lastsMs, 10);

describe.each(['SQLite', 'MongoDB'] as const)('given processes on one %s', (kind) => {
  it('when the one that begins a run is ten minutes behind the others, then nobody takes it from it', async () => {
    const { open } = await shared[kind]();
    const [right, behind] = [await open(), await open(-tenMinutes)];
    await begin(right.store);

    const run = await begin(behind.store);

    expect(await claim(right.store)).not.toContain(run.id);
  });

  it('when one that is ten minutes ahead dies over a run, then another has it within two leases', async () => {
    const { open, time } = await shared[kind]();
    const [right, ahead] = [await open(), await open(tenMinutes)];

    const run = await begin(ahead.store);

    const claimed: string[] = [];
    for (let sweep = 0; sweep < 7; sweep += 1) {
      time.pass(5_000);
      claimed.push(...(await claim(right.store)));
    }
    expect(claimed).toEqual([run.id]);
  });
});

describe('given processes on one MongoDB, and the clock of one of them is set ten minutes ahead while it runs', () => {
  it('when it looks for runs, then it takes none that another one works on', async () => {
    const { open } = await shared.MongoDB();
    const [right, other] = [await open(), await open()];
    const run = await begin(right.store);

    other.set(tenMinutes);

    expect(await claim(other.store)).not.toContain(run.id);
  });

  it('when it takes one and dies, then another has it after one lease', async () => {
    const { open, time } = await shared.MongoDB();
    const [right, other] = [await open(), await open()];
    const run = await begin(right.store);
    time.pass(leaseMs);
    other.set(tenMinutes);
    expect(await claim(other.store, leaseMs)).toEqual([run.id]);

    time.pass(leaseMs);

    expect(await claim(right.store)).toEqual([run.id]);
  });

  it('when it reads the time, then it is what it was for it before, and the time that has passed', async () => {
    const { open, time } = await shared.MongoDB();
    const { store, set } = await open();
    const before = store.clock.now().getTime();

    set(tenMinutes);
    time.pass(1_234);

    expect(store.clock.now().getTime() - before).toBe(1_234);
  });
});
