/** What every schedule store promises: a name once, due ones in order, and of two changes to one row one wins. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asActorId, asChannelId, newNonce } from '../../src/core/ids.ts';
import type { ScheduleRow } from '../../src/schedule/store.ts';
import { storeOf } from './store-subject.ts';
import type { StoreSubject, StoreUnderTest } from './store-subject.ts';

const aRow = (nextAt: number, isPaused = false): ScheduleRow => ({
  ...{ name: `s-${newNonce()}`, cron: '0 9 * * 1-5', zone: 'Europe/Berlin', workflow: 'assistant' },
  ...{ input: { $odd: [null, 'ä'], 'a.b': 1 }, channel: asChannelId('console:ops'), missed: 'once' },
  ...{ by: asActorId('ana'), origin: 'person', isPaused, nextAt },
});

export function describeScheduleContract(subject: StoreSubject): void {
  describe(`given schedules on ${subject.name}`, () => {
    let under: StoreUnderTest;
    beforeAll(async () => {
      under = await subject.open();
    });
    afterAll(() => under.close());

    it('when they are kept, then each name is kept once, due ones come oldest first, and resting ones do not', async () => {
      const [late, early, resting, future] = [aRow(20), aRow(10), aRow(5, true), aRow(9_000)];

      const added = await Promise.all(
        [late, late, late, early, resting, future].map((row, index) =>
          storeOf(under, index).schedules.add(row),
        ),
      );

      expect(added.filter((isNew) => isNew)).toHaveLength(4);
      expect(await under.other.schedules.findDue(100, 10)).toEqual([early, late]);
      expect(await under.store.schedules.findDue(100, 1)).toEqual([early]);
      expect(await under.store.schedules.find(future.name)).toEqual(future);
      const names = (await under.store.schedules.list()).map(({ name }) => name);
      expect(names).toEqual([late, early, resting, future].map(({ name }) => name).toSorted());
    });

    const raced = subject.changesInTwoSteps === true ? it.skip : it;
    raced('when two processes change one row, then one wins, and a removed row is gone', async () => {
      const row = aRow(50_000);
      await under.store.schedules.add(row);
      const moved = (nextAt: number): ScheduleRow => ({ ...row, nextAt });

      const won = await Promise.all(
        [1, 2, 3, 4].map((step) => storeOf(under, step).schedules.replace(row, moved(50_000 + step))),
      );

      expect(won.filter((isDone) => isDone)).toHaveLength(1);
      expect(await under.other.schedules.remove(row.name)).toBe(true);
      expect(await under.store.schedules.remove(row.name)).toBe(false);
      expect(await under.store.schedules.find(row.name)).toBeUndefined();
    });
  });
}
