/** How large a storm is, and what it is made of. */
import { setTimeout } from 'node:timers/promises';

export interface StormOptions {
  readonly seed: number;
  readonly store: 'sqlite' | 'mongo';
  readonly processes: number;
  /** It goes on until so many processes were killed; the other faults come between. */
  readonly kills: number;
  readonly requests: number;
  /** Share of writing calls that their server spoils. */
  readonly flakyRate: number;
  /** What the refund tool is: sent again with its key, or asked about. */
  readonly refundIs: 'keyed' | 'probeable';
  /** How long some processes are stopped: longer than their lease in the long form. */
  readonly longestStopMs: number;
  /** Every fault is a process that dies right before or right after one of its writes. */
  readonly onlyAtWrites?: boolean;
  /** At most so long between two faults. */
  readonly pauseMs: number;
  /** Trials of one call decided in the same moment on two processes, after the storm. */
  readonly trials: number;
  readonly settleMs: number;
  /** No more faults after that, however few there were. */
  readonly longestMs: number;
}

/** One that nobody waits for any more keeps no process. */
export async function pause(ms: number, until?: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, until === undefined ? {} : { signal: until }).catch(() => undefined);
}

export async function waitUntil(look: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    if (await look()) return true;
    await pause(200);
  }
  return false;
}

/** Until nothing is left, or nothing of it became less for so long. */
export async function waitWhileLess(left: () => number, ms: number): Promise<void> {
  let least = left();
  let since = Date.now();
  while (least > 0 && Date.now() - since < ms) {
    await pause(500);
    const now = left();
    if (now < least) [least, since] = [now, Date.now()];
  }
}
