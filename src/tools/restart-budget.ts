/**
 * How often a tool server may be started: at most five times a minute, and ever later after it failed.
 *
 * The first start after a failure is immediate, the next ones wait 1, 2, 4 … 30 seconds. A server that lived for a
 * minute has a clean record again.
 */
import type { Clock } from '../core/clock.ts';

const windowMs = 60_000;
const maxStarts = 5;
const maxDelayMs = 30_000;

export interface RestartBudget {
  /** Milliseconds until a start is allowed; 0 when it is. */
  waitMs(): number;
  started(): void;
  /** The start failed, or the running server went away by itself. */
  failed(): void;
}

export function createRestartBudget(clock: Clock): RestartBudget {
  let starts: number[] = [];
  let failures = 0;
  let failedAt = 0;
  return {
    waitMs() {
      const now = clock.monotonicMs();
      starts = starts.filter((at) => now - at < windowMs);
      const oldest = starts[0];
      const untilWindow = starts.length >= maxStarts && oldest !== undefined ? oldest + windowMs - now : 0;
      const delay = failures < 2 ? 0 : Math.min(maxDelayMs, 1000 * 2 ** (failures - 2));
      return Math.max(0, untilWindow, failures === 0 ? 0 : failedAt + delay - now);
    },
    started() {
      starts.push(clock.monotonicMs());
    },
    failed() {
      const now = clock.monotonicMs();
      const lived = now - (starts.at(-1) ?? now);
      failures = lived >= windowMs ? 1 : failures + 1;
      failedAt = now;
    },
  };
}
