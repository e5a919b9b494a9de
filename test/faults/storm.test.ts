/** The short form of `npm run faults`: people ask and decide while two processes are killed at moments nobody chose. */
import { describe, it } from '@jest/globals';
import { expectCalmAfter } from './expect-calm.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

describe(`given two processes on one store while everything fails (SEED=${String(seed)})`, () => {
  it('then nothing acknowledged is lost, nothing happens twice or unasked, and every chain adds up', async () => {
    await expectCalmAfter({
      seed,
      store: 'sqlite',
      processes: 2,
      faults: 4,
      requests: 6,
      flakyRate: 0.15,
      refundIs: seed % 2 === 0 ? 'keyed' : 'probeable',
      hasLongPauses: false,
      pauseMs: 400,
      trials: 4,
      settleMs: 120_000,
    });
  }, 400_000);
});
