/**
 * `npm run faults`: minutes of failing processes, stores, tool servers and messages on both stores.
 *
 *   SEED=7 FAULTS=100 REQUESTS=300 PROCESSES=3 TRIALS=1000 STORE=mongo npm run faults
 *
 * `npm run faults:kills` only kills: 200 times on each store, each right before or right after a write to the store.
 */
import { describe, it } from '@jest/globals';
import { expectCalmAfter } from './expect-calm.ts';

const number = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
const seed = number('SEED', Date.now() % 1_000_000);
const stores = (['sqlite', 'mongo'] as const).filter((store) => store === (process.env['STORE'] ?? store));

const kills = number('KILLS', 0);

describe.each(stores)('given several processes on %s', (store) => {
  it.each(['keyed', 'probeable'] as const)(
    'when everything fails and refunds are %s, then nothing is lost and nothing happens twice',
    async (refundIs) => {
      const ours = { seed: seed + (refundIs === 'keyed' ? 0 : 1), store, refundIs };
      if (kills > 0)
        await expectCalmAfter({
          ...ours,
          onlyKills: true,
          processes: number('PROCESSES', 2),
          faults: Math.ceil(kills / 2),
          requests: number('REQUESTS', kills),
          flakyRate: 0,
          hasLongPauses: false,
          pauseMs: 500,
          trials: 5,
          settleMs: 300_000,
        });
      else
        await expectCalmAfter({
          ...ours,
          processes: number('PROCESSES', 3),
          faults: number('FAULTS', 30),
          requests: number('REQUESTS', 60),
          flakyRate: 0.2,
          hasLongPauses: true,
          pauseMs: 1_500,
          trials: number('TRIALS', 50),
          settleMs: 300_000,
        });
    },
    3_600_000,
  );
});
