/** A clock that stands still until a test moves it. */
import type { Clock } from '../../src/core/clock.ts';

export interface ManualClock extends Clock {
  /** Moves time on and fires what has become due, in order. */
  advance(ms: number): void;
  /** The machine slept: what has become due meanwhile fires once. */
  sleep(ms: number): void;
}

interface Due {
  at: number;
  readonly everyMs?: number;
  readonly action: () => void;
}

export function aManualClock(start = new Date('2026-11-22T09:00:00.000Z')): ManualClock {
  const timers = new Set<Due>();
  let elapsed = 0;
  const add = (due: Due): { cancel(): void } => {
    timers.add(due);
    return { cancel: () => void timers.delete(due) };
  };
  return {
    now: () => new Date(start.getTime() + elapsed),
    monotonicMs: () => elapsed,
    after: (ms, action) => add({ at: elapsed + ms, action }),
    every: (ms, action) => add({ at: elapsed + ms, everyMs: ms, action }),
    advance(ms) {
      const end = elapsed + ms;
      for (;;) {
        const next = [...timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        elapsed = Math.max(elapsed, next.at);
        if (next.everyMs === undefined) timers.delete(next);
        else next.at += next.everyMs;
        next.action();
      }
      elapsed = end;
    },
    sleep(ms) {
      elapsed += ms;
      for (const timer of [...timers].filter((due) => due.at <= elapsed).sort((a, b) => a.at - b.at)) {
        if (timer.everyMs === undefined) timers.delete(timer);
        else timer.at = elapsed + timer.everyMs;
        timer.action();
      }
    },
  };
}
