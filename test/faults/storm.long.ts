/**
 * `npm run faults`: hundreds of killed processes and thousands of runs on both stores, while stores, tool servers and
 * platforms fail.
 *
 *   KILLS=100 REQUESTS=300 PROCESSES=3 TRIALS=1000 MINUTES=20 STORE=mongo npm run faults -- --seed 7
 *
 * `npm run faults:kills` only kills: 200 times on each store, each right before or right after a write to the store.
 */
import { describe, it, jest } from '@jest/globals';
import { expectCalmAfter } from './expect-calm.ts';

const number = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
const seed = Math.abs(jest.getSeed()) % 1_000_000;
const onlyAtWrites = process.env['AT_WRITES'] !== undefined;
const stores = (['sqlite', 'mongo'] as const).filter((store) => store === (process.env['STORE'] ?? store));

describe.each(stores)(`given several processes on %s (--seed ${String(seed)})`, (store) => {
  it(
    'when everything fails, then nothing is lost and nothing happens twice',
    async () => {
      await expectCalmAfter({
        seed,
        store,
        refundIs: store === 'sqlite' ? 'keyed' : 'probeable',
        processes: number('PROCESSES', 3),
        kills: number('KILLS', 500),
        requests: number('REQUESTS', 5_000),
        onlyAtWrites,
        flakyRate: onlyAtWrites ? 0 : 0.05,
        longestStopMs: 60_000,
        pauseMs: number('PAUSE_MS', 800),
        trials: number('TRIALS', 50),
        settleMs: 1_200_000,
        longestMs: number('MINUTES', 180) * 60_000,
      });
    },
    4 * 3_600_000,
  );
});
