/** A clock that begins where one wants and lets less time pass: what is written does not depend on how long it took, within minutes. */
import { systemClock } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';

const slower = 4;

export interface SlowClock extends Clock {
  advance(ms: number): void;
}

/** Waits take as long as they do; only the calendar is slow. */
export function aSlowClock(start: Date): SlowClock {
  const began = systemClock.monotonicMs();
  let aheadMs = 0;
  return {
    ...systemClock,
    now: () => new Date(start.getTime() + aheadMs + Math.floor((systemClock.monotonicMs() - began) / slower)),
    advance(ms) {
      aheadMs += ms;
    },
  };
}
