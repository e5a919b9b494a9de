/** Buckets of requests per route, told in headers; beyond them 429 with the time to wait. */

export interface RateLimits {
  /** Headers for this request, and the seconds to wait when it is one too many. */
  take(bucket: string): { readonly headers: Record<string, string>; readonly retryAfter?: number };
  /** From now on each bucket takes so many per window. */
  set(limit: number, windowMs: number): void;
  /** How many requests were refused. */
  refused(): number;
}

export function createRateLimits(): RateLimits {
  const buckets = new Map<string, { left: number; resetAt: number }>();
  let limit = 50;
  let windowMs = 1_000;
  let refused = 0;
  return {
    take(name) {
      const now = Date.now();
      const known = buckets.get(name);
      const bucket =
        known !== undefined && known.resetAt > now ? known : { left: limit, resetAt: now + windowMs };
      buckets.set(name, bucket);
      const resetAfter = (bucket.resetAt - now) / 1_000;
      bucket.left -= 1;
      const headers = {
        'x-ratelimit-limit': String(limit),
        'x-ratelimit-remaining': String(Math.max(0, bucket.left)),
        'x-ratelimit-reset': String(bucket.resetAt / 1_000),
        'x-ratelimit-reset-after': resetAfter.toFixed(3),
        'x-ratelimit-bucket': Buffer.from(name).toString('hex').slice(0, 32),
      };
      if (bucket.left >= 0) return { headers };
      refused += 1;
      return {
        headers: { ...headers, 'retry-after': String(Math.ceil(resetAfter)), 'x-ratelimit-scope': 'user' },
        retryAfter: resetAfter,
      };
    },
    set(newLimit, newWindowMs) {
      limit = newLimit;
      windowMs = newWindowMs;
      buckets.clear();
    },
    refused: () => refused,
  };
}
