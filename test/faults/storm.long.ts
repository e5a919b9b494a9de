/**
 * `npm run faults`: minutes of failing processes, stores, tool servers and messages on both stores.
 *
 *   SEED=7 FAULTS=100 REQUESTS=300 PROCESSES=3 TRIALS=1000 STORE=mongo npm run faults
 */
import { describe, it } from '@jest/globals';
import { expectCalmAfter } from './expect-calm.ts';

const number = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
const seed = number('SEED', Date.now() % 1_000_000);
const stores = (['sqlite', 'mongo'] as const).filter((store) => store === (process.env['STORE'] ?? store));

describe.each(stores)('given several processes on %s', (store) => {
  it.each(['keyed', 'probeable'] as const)(
    'when everything fails and refunds are %s, then nothing is lost and nothing happens twice',
    async (refundIs) => {
      await expectCalmAfter({
        seed: seed + (refundIs === 'keyed' ? 0 : 1),
        store,
        refundIs,
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
