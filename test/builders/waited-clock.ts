/** The system's clock, whose waits can be put behind one: what was measured counts as that much longer. */
import { systemClock } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';

export interface WaitedClock extends Clock {
  advance(ms: number): void;
}

export function aWaitedClock(): WaitedClock {
  let aheadMs = 0;
  return {
    ...systemClock,
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    advance(ms) {
      aheadMs += ms;
    },
  };
}
