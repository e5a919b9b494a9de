/** The system's clock, so many times as fast: waits of minutes pass in seconds, and nothing else is different. */
import { systemClock } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';

export function aFasterClock(times: number): Clock {
  const began = systemClock.now().getTime();
  const start = systemClock.monotonicMs();
  const passedMs = (): number => (systemClock.monotonicMs() - start) * times;
  return {
    now: () => new Date(began + passedMs()),
    monotonicMs: () => start + passedMs(),
    after: (ms, action) => systemClock.after(ms / times, action),
    every: (ms, action) => systemClock.every(ms / times, action),
  };
}
