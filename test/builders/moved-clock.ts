/** The system's clock, put forward by hand as if time had passed: short timers still fire by themselves, and hours need not be waited for. */
import { systemClock } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';

export interface MovedClock extends Clock {
  advance(ms: number): void;
}

export function aMovedClock(): MovedClock {
  let aheadMs = 0;
  return {
    ...systemClock,
    now: () => new Date(systemClock.now().getTime() + aheadMs),
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    advance(ms) {
      aheadMs += ms;
    },
  };
}
