/**
 * Time, as a dependency. Nothing outside this folder asks the system what time it is.
 */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  now(): Date;
  /** Milliseconds that only ever grow; for measuring and for deadlines inside one process. */
  monotonicMs(): number;
  /** Runs `action` once after `ms`; the timer does not keep the process alive. */
  after(ms: number, action: () => void): Timer;
  /** Runs `action` every `ms`; the timer does not keep the process alive. */
  every(ms: number, action: () => void): Timer;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms);
    timer.unref();
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
  every(ms, action) {
    const timer = setInterval(action, ms);
    timer.unref();
    return {
      cancel: () => {
        clearInterval(timer);
      },
    };
  },
};

/** A promise that settles after `ms` of the clock's time. */
export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}

/** Resolves once everything that this turn of the event loop still does is done. */
export function endOfTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
