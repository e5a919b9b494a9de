/**
 * Slows down whoever guesses tokens: too many wrong ones from an address, and its next is not even looked at.
 *
 * A token that was right from that address before is still looked at, so that one program with an old token
 * does not lock out the people beside it. Memory is bounded: the oldest addresses and tokens are forgotten first.
 */
import type { Clock } from '../core/clock.ts';
import { sha256 } from '../core/hash.ts';

export interface FailureLimit {
  /** Seconds to wait before this token is looked at, or undefined when it may be. */
  findWait(address: string, token: string): number | undefined;
  noteFailure(address: string): void;
  noteSuccess(address: string, token: string): void;
}

const remembered = 10_000;

/** Neighbours in one /64 of version 6 are one household. */
function neighbourhood(address: string): string {
  if (address.startsWith('::ffff:') || !address.includes(':')) return address;
  return address.split(':').slice(0, 4).join(':');
}

function forgetOldest(entries: Map<string, unknown> | Set<string>): void {
  if (entries.size <= remembered) return;
  const [oldest] = entries.keys();
  if (oldest !== undefined) entries.delete(oldest);
}

/** `burst` wrong tokens at once, then one more each second. */
export function createFailureLimit(clock: Clock, burst: number): FailureLimit {
  const failures = new Map<string, { left: number; at: number }>();
  const known = new Set<string>();
  const keyOf = (address: string, token: string): string => `${neighbourhood(address)} ${sha256(token)}`;

  function leftAt(address: string): number {
    const entry = failures.get(neighbourhood(address));
    if (entry === undefined) return burst;
    return Math.min(burst, entry.left + (clock.monotonicMs() - entry.at) / 1000);
  }

  return {
    findWait(address, token) {
      const left = leftAt(address);
      if (left >= 1 || known.has(keyOf(address, token))) return undefined;
      return Math.ceil(1 - left);
    },
    noteFailure(address) {
      const left = Math.max(0, leftAt(address) - 1);
      const key = neighbourhood(address);
      failures.delete(key);
      failures.set(key, { left, at: clock.monotonicMs() });
      forgetOldest(failures);
    },
    noteSuccess(address, token) {
      known.add(keyOf(address, token));
      forgetOldest(known);
    },
  };
}
