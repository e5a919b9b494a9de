/** The system's clock, put forward by hand as if time had passed: short timers still fire by themselves, and hours need not be waited for. */
import { systemClock } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';

export interface MovedClock extends Clock {
  advance(ms: number): void;
}

/** With `ticks`, what comes every few seconds comes at once whenever time is put forward. */
export function aMovedClock({ ticks = false } = {}): MovedClock {
  let aheadMs = 0;
  const regular = new Set<() => void>();
  return {
    ...systemClock,
    now: () => new Date(systemClock.now().getTime() + aheadMs),
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    every(ms, action) {
      const timer = systemClock.every(ms, action);
      regular.add(action);
      return {
        cancel() {
          regular.delete(action);
          timer.cancel();
        },
      };
    },
    advance(ms) {
      aheadMs += ms;
      if (ticks) for (const action of [...regular]) action();
    },
  };
}
