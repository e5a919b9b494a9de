/** A run that is over costs nothing any more: nobody holds it, and nothing looks at it again. */
import { describe, expect, it } from '@jest/globals';
import { asRunId, newWorkerId } from '../../src/core/ids.ts';
import type { RunId } from '../../src/core/ids.ts';
import { openLocalStore } from '../../src/stores/local/local-store.ts';
import type { Store } from '../../src/stores/store.ts';
import { aWorkflow, atRest, later, someBots } from '../builders/errands.ts';
import { aMovedClock } from '../builders/moved-clock.ts';

const { aStoreFolder, close, open } = someBots();
const hour = 3_600_000;
const workflows = [aWorkflow((ctx) => ctx.say('Done.'))];

describe('given a run that is over', () => {
  async function aFinishedRun() {
    const clock = aMovedClock();
    const folder = aStoreFolder();
    const world = await open({ workflows, folder, clock });
    const { run } = await world.say('ana', '/errand');
    await world.until(run, 'done');
    await atRest(world);
    await close(world);
    return { clock, folder, run };
  }

  async function inStore<T>(
    { clock, folder }: Awaited<ReturnType<typeof aFinishedRun>>,
    work: (store: Store) => Promise<T>,
  ): Promise<T> {
    const store = await openLocalStore({ folder, clock });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  const dueLater = (there: Awaited<ReturnType<typeof aFinishedRun>>): Promise<readonly RunId[]> => {
    there.clock.advance(hour);
    return inStore(there, (store) => store.runs.claimDue(newWorkerId(), 1_000, 10));
  };

  it('when its lease would have run out, then it is not due', async () => {
    const there = await aFinishedRun();

    expect(await dueLater(there)).toEqual([]);
  });

  it('when a store says that somebody holds it, then it is looked at once and let go for good', async () => {
    const there = await aFinishedRun();
    await inStore(there, async ({ runs, ledger }) => {
      const row = await runs.find(asRunId(there.run));
      if (row === undefined) throw new Error('It is not there.');
      const lease = { worker: newWorkerId(), lastsMs: 15_000 };
      await ledger.saveRows([{ table: 'runs', key: row.id, seq: row.seq, row: { ...row, lease } }]);
    });

    const world = await open({ workflows, ...there });
    await later(world, there.clock, 60_000);
    await close(world);

    expect(await dueLater(there)).toEqual([]);
  });
});
