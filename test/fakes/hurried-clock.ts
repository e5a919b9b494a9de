/**
 * A clock for code that waits: short timers fire at once, long ones (deadlines) only when a test says so.
 */
import type { Clock } from '../../src/core/clock.ts';

export interface HurriedClock extends Clock {
  /** Fires every long timer that is still set. */
  expire(): void;
}

export function createHurriedClock(longFromMs = 60_000): HurriedClock {
  const deadlines = new Set<() => void>();
  const start = new Date('2026-11-22T09:00:00.000Z');
  return {
    now: () => start,
    monotonicMs: () => 0,
    after(ms, action) {
      if (ms >= longFromMs) {
        deadlines.add(action);
        return { cancel: () => void deadlines.delete(action) };
      }
      const immediate = setImmediate(action);
      return {
        cancel: () => {
          clearImmediate(immediate);
        },
      };
    },
    every: () => ({ cancel: () => undefined }),
    expire() {
      for (const action of [...deadlines]) {
        deadlines.delete(action);
        action();
      }
    },
  };
}
