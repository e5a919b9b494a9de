/**
 * What the steps of one pass through a workflow share: who is at work, who waits, and when to give up.
 *
 * A pass ends when the workflow returns, or when nobody is at work and every open step waits: then the run is
 * let go and holds nothing. A step that waits is a promise that settles only if its answer comes while the pass
 * still lives; otherwise the next pass finds the answer recorded.
 */
import { endOfTurn } from '../core/clock.ts';
import type { RunState } from './run-state.ts';

export interface StepControl {
  /** Aborted when the run is stopped or this pass is over. */
  readonly signal: AbortSignal;
  /** Runs work that keeps the pass alive. */
  work<T>(action: () => Promise<T>): Promise<T>;
  /** Resolves with the first answer that `check` finds in the state, now or after a later change. */
  waitFor<T>(check: (state: RunState) => T | undefined): Promise<T>;
}

export interface Pass extends StepControl {
  /** Resolves once nobody is at work while somebody waits. */
  readonly quiet: Promise<void>;
  /** Something was appended: whoever waits looks again. False when this pass is over. */
  notify(): boolean;
  abort(reason: Error): void;
}

interface Waiter {
  /** True once it found its answer. */
  look(state: RunState): boolean;
}

export function createPass(state: () => RunState): Pass {
  const controller = new AbortController();
  const waiters = new Set<Waiter>();
  let active = 0;
  let isOver = false;
  let settleQuiet: () => void = () => undefined;
  const quiet = new Promise<void>((resolve) => {
    settleQuiet = resolve;
  });

  function lookForQuiet(): void {
    if (active > 0 || isOver) return;
    // What follows from a step that just ended runs before this does.
    void endOfTurn().then(() => {
      if (active > 0 || isOver || waiters.size === 0) return;
      isOver = true;
      settleQuiet();
    });
  }

  return {
    signal: controller.signal,
    quiet,
    async work(action) {
      active += 1;
      try {
        return await action();
      } finally {
        active -= 1;
        lookForQuiet();
      }
    },
    waitFor(check) {
      const found = check(state());
      if (found !== undefined) return Promise.resolve(found);
      return new Promise((resolve) => {
        const waiter: Waiter = {
          look(current) {
            const answer = check(current);
            if (answer === undefined) return false;
            waiters.delete(waiter);
            active += 1;
            resolve(answer);
            return true;
          },
        };
        waiters.add(waiter);
        active -= 1;
        lookForQuiet();
      });
    },
    notify() {
      if (isOver) return false;
      for (const waiter of [...waiters]) waiter.look(state());
      return true;
    },
    abort(reason) {
      isOver = true;
      controller.abort(reason);
    },
  };
}
