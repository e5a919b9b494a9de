/**
 * Threads that a platform takes nothing in until an operator mends something: a revoked token, a missing scope, an
 * archived channel, a bot that was removed.
 *
 * What they must show waits in the ledger. Each is tried again now and then, others are not held up, and operators are
 * told once per cause. Lost with the process, which finds out again.
 */
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { ThreadId } from '../core/ids.ts';
import { surfaceOf } from '../core/surface-of.ts';

export interface ParkedThreads {
  /** Throws the cause again while it is too soon to try. */
  check(thread: ThreadId): void;
  /** A platform refused; true when it is for an operator to mend, so that the thread is parked now. */
  park(thread: ThreadId, error: unknown): boolean;
  /** Something was shown: whatever was wrong is mended. */
  free(thread: ThreadId): void;
  /** A platform says by itself that nothing goes there any more; told unless a thread told it already. */
  announce(surface: string, why: string): void;
  /** What is wrong on a surface, for health checks. */
  troubleOf(surface: string): string | undefined;
}

export interface ParkedThreadsOptions {
  readonly clock: Clock;
  /** Called once per cause, until it is mended; without a thread when the platform itself said it. */
  onParked(thread: ThreadId | undefined, why: string): void;
  onFreed(thread: ThreadId): void;
}

interface Parked {
  readonly surface: string;
  readonly error: AppError;
  tries: number;
  notBefore: number;
}

const againDelaysMs = [5_000, 15_000, 30_000, 60_000];

export function createParkedThreads(options: ParkedThreadsOptions): ParkedThreads {
  const { clock } = options;
  const parked = new Map<ThreadId, Parked>();
  /** What a platform said by itself, as `surface why`. */
  const announced = new Set<string>();
  const isParkedFor = (surface: string, why: string): boolean =>
    [...parked.values()].some((one) => one.surface === surface && one.error.message === why);

  return {
    check(thread) {
      const found = parked.get(thread);
      if (found !== undefined && clock.monotonicMs() < found.notBefore) throw found.error;
    },
    park(thread, error) {
      if (!(error instanceof AppError) || error.code !== 'chat.parked') return false;
      const surface = surfaceOf(thread);
      const known = parked.get(thread);
      const isTold = announced.has(`${surface} ${error.message}`) || isParkedFor(surface, error.message);
      const tries = known?.tries ?? 0;
      const delay = againDelaysMs[Math.min(tries, againDelaysMs.length - 1)] ?? 60_000;
      parked.set(thread, { surface, error, tries: tries + 1, notBefore: clock.monotonicMs() + delay });
      if (!isTold) options.onParked(thread, error.message);
      return true;
    },
    free(thread) {
      const known = parked.get(thread);
      if (known === undefined) return;
      parked.delete(thread);
      announced.delete(`${known.surface} ${known.error.message}`);
      options.onFreed(thread);
    },
    announce(surface, why) {
      announced.add(`${surface} ${why}`);
      if (!isParkedFor(surface, why)) options.onParked(undefined, why);
    },
    troubleOf(surface) {
      const mine = [...parked.values()].filter((entry) => entry.surface === surface);
      const [first] = mine;
      if (first === undefined) return undefined;
      const count = mine.length === 1 ? 'One thread waits' : `${String(mine.length)} threads wait`;
      return `${count}: ${first.error.message}`;
    },
  };
}
