/** The short form of `npm run faults`: people ask and decide while two processes are killed at moments nobody chose. */
import { describe, it } from '@jest/globals';
import { expectCalmAfter } from './expect-calm.ts';

/** Always the same faults, so that a change is judged by the same storm; `npm run faults` draws others. It tells a process to end while its disk is full. */
const seed = 380_593;

describe(`given two processes on one store while everything fails (--seed ${String(seed)})`, () => {
  it('then nothing acknowledged is lost, nothing happens twice or unasked, and every chain adds up', async () => {
    await expectCalmAfter({
      seed,
      store: 'sqlite',
      processes: 2,
      kills: 3,
      requests: 10,
      flakyRate: 0.15,
      refundIs: seed % 2 === 0 ? 'keyed' : 'probeable',
      longestStopMs: 4_000,
      pauseMs: 400,
      trials: 4,
      settleMs: 120_000,
      longestMs: 120_000,
    });
  }, 400_000);
});
