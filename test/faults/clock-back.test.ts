/** Somebody sets the clock of the machine back by ten minutes, and a process dies. */
import { afterEach, expect, it } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';
import { newWorkerId } from '../../src/core/ids.ts';
import { openLocalStore } from '../../src/stores/local/local-store.ts';
import type { LocalStore } from '../../src/stores/local/local-store.ts';

import { aFolder, removeFolder } from '../builders/running-bot.ts';
import { aDraft, aRunRow, writeOfRun } from '../builders/store-entries.ts';

const tenMinutes = 600_000;
const leaseMs = 30_000;

const folder = aFolder();
const stores: LocalStore[] = [];
afterEach(async () => {
  for (const store of stores) await store.close();
  removeFolder(folder);
});

/** What it shows, and what has really passed. */
function aTurnedClock(): { clock: Clock; pass(ms: number): void; turn(ms: number): void } {
  const start = Date.now();
  let passed = 0;
  let turned = 0;
  return {
    clock: {
      ...systemClock,
      now: () => new Date(start + passed + turned),
      monotonicMs: () => passed,
    },
    pass: (ms) => (passed += ms),
    turn: (ms) => (turned += ms),
  };
}

it('when it held a run, then another process has it within two leases, and times never went back', async () => {
  const time = aTurnedClock();
  const open = async (): Promise<LocalStore> => {
    const store = await openLocalStore({ folder, clock: time.clock });
    stores.push(store);
    return store;
  };
  const [dead, next] = [await open(), await open()];
  const run = aRunRow();
  const stream = `run/${run.id}`;
  time.turn(tenMinutes);
  const begun = await dead.ledger.append(aDraft({ stream }), [writeOfRun(run)]);
  expect(await dead.runs.claimDue(newWorkerId(), leaseMs, 10)).toEqual([run.id]);
  if (begun.kind !== 'landed') throw new Error('It did not begin.');

  time.turn(-tenMinutes);
  const claimed: string[] = [];
  for (let sweep = 0; sweep < 13; sweep += 1) {
    claimed.push(...(await next.runs.claimDue(newWorkerId(), leaseMs, 10)));
    time.pass(5_000);
  }
  const later = await next.ledger.append(aDraft(), []);

  expect(claimed).toEqual([run.id]);
  if (later.kind !== 'landed') throw new Error('It did not land.');
  expect(later.commit.landedAt.getTime()).toBeGreaterThan(begun.commit.landedAt.getTime());
});
