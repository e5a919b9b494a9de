/**
 * Somebody's clock of which what is measured passes so many times as fast: a rate that is kept by measuring is used up
 * later. Timers, and what time it is, stay, so that whatever must be there in time has as long as ever.
 */
import type { Clock } from '../../src/core/clock.ts';

export function aHastyClock(clock: Clock, times: number): Clock {
  const start = clock.monotonicMs();
  return {
    ...clock,
    now: () => clock.now(),
    monotonicMs: () => start + (clock.monotonicMs() - start) * times,
  };
}
