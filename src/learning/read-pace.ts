/** How fast a platform is asked for what was said before: a burst, then so many questions a minute. */
import type { Clock } from '../core/clock.ts';
import { pause } from '../core/clock.ts';

export type ReadPace = () => Promise<void>;

/** Below what Slack and Discord take, so that answers to people are never held up by it. */
const burst = 15;
const everyMs = 1_500;

export function createReadPace(clock: Clock): ReadPace {
  let left = burst;
  let countedAt = clock.monotonicMs();
  return async () => {
    const now = clock.monotonicMs();
    left = Math.min(burst, left + (now - countedAt) / everyMs) - 1;
    countedAt = now;
    if (left < 0) await pause(clock, -left * everyMs);
  };
}
