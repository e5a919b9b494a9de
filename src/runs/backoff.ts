/** How long to wait before something is tried again. Pure, and the same for the same try of the same thing. */
import { sha256OfParts } from '../core/hash.ts';

export interface Retries {
  /** All tries, the first included. */
  readonly attempts: number;
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * The pause after the try `times` (from 1): doubling from `firstMs` up to `maxMs`, then between half of that and all of
 * it. The seed spreads runs that failed in the same moment.
 */
export function backoffMs(retries: Retries, times: number, seed: readonly string[]): number {
  const full = Math.min(retries.maxMs, retries.firstMs * 2 ** Math.min(times - 1, 40));
  const share = Number.parseInt(sha256OfParts([...seed, String(times)]).slice(0, 8), 16) / 0xffff_ffff;
  return Math.round(full / 2 + (full / 2) * share);
}
