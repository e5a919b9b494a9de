/** What budgets promise on every store: no room is promised twice, and none is lost with a process. */
import { describe, expect, it } from '@jest/globals';
import { asRunId } from '../../src/core/ids.ts';
import { createBudgets } from '../../src/gate/budgets.ts';
import type { AccountLine, Budgets } from '../../src/gate/budgets.ts';
import { createRunsBeside } from '../../src/runs/runs-beside.ts';
import type { Store } from '../../src/stores/store.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import type { MovedClock } from '../builders/moved-clock.ts';
import { noonZone } from '../builders/noon-zone.ts';
import { storeOf } from './store-subject.ts';
import type { StoreSubject } from './store-subject.ts';

const day: AccountLine = { scope: 'day', name: 'day', limit: { tokens: 3_000 } };
const person = (name: string): AccountLine => ({
  scope: 'person',
  name: `person/${name}`,
  limit: { tokens: 1_000_000, usd: 1 },
});

function aWorker(store: Store, clock: MovedClock): Budgets {
  const runs = createRunsBeside({ ledger: store.ledger, clock });
  return createBudgets({ ledger: store.ledger, runs, clock, timeZone: noonZone() });
}

export function describeBudgetContract(subject: StoreSubject): void {
  describe(`given a budget of 300 answers on ${subject.name}, and four workers with 250 each`, () => {
    it('when all reserve at once, then 300 do, and what dies unsettled is given back', async () => {
      const under = await subject.open();
      const clock = aMovedClock();
      const workers = [0, 1, 2, 3].map((index) => aWorker(storeOf(under, index), clock));
      const [first, second] = [workers[0], workers[1]];
      if (first === undefined || second === undefined) throw new Error('There are four.');
      const reserveAll = (round: string): Promise<readonly string[]> =>
        Promise.all(
          Array.from({ length: 1_000 }, async (_, index) => {
            const want = {
              run: asRunId(`run_${round}_${String(index)}`),
              place: 'plan#1',
              lines: [person(`p${String(index % 7)}`), day],
              need: { tokens: 10, microUsd: 100 },
            };
            return (await workers[index % 4]?.reserve(want))?.kind ?? 'none';
          }),
        );

      const got = await reserveAll('a');
      const held = await first.today();
      clock.advance(11_000);
      await second.sweep();
      const swept = await first.today();
      const again = await reserveAll('b');

      expect(got.filter((kind) => kind === 'reserved')).toHaveLength(300);
      expect([held.open.size, held.accounts.get('day')?.held]).toEqual([
        300,
        { tokens: 3_000, microUsd: 30_000 },
      ]);
      expect([swept.open.size, swept.accounts.get('day')?.held]).toEqual([0, { tokens: 0, microUsd: 0 }]);
      expect(again.filter((kind) => kind === 'reserved')).toHaveLength(300);
      const used = { tokens: 4, microUsd: 7 };
      const want = { run: asRunId('run_c'), place: 'plan#1', lines: [person('p9')], need: used };
      const reserved = await first.reserve(want);
      if (reserved.kind !== 'reserved') throw new Error('There is room.');
      await first.settle(reserved, want.lines, used);
      await second.settle(reserved, want.lines, used);
      expect((await second.today()).accounts.get('person/p9')).toMatchObject({
        spent: used,
        held: { tokens: 0, microUsd: 0 },
      });
      await under.close();
    }, 60_000);
  });
}
