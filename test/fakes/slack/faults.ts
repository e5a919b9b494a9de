/** Faults to order: what the next calls of a method meet, instead of or after their effect. */
export type Fault =
  /** An HTTP error; `isApplied` when the call took effect all the same. */
  | { readonly kind: 'status'; readonly status: number; readonly isApplied?: boolean }
  /** The connection breaks before anything happened, or after the effect and before the answer. */
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  /** A proxy's page with status 200. */
  | { readonly kind: 'html' }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'error'; readonly error: string }
  | { readonly kind: 'rate-limited'; readonly retryAfterSeconds: number };

export interface Faults {
  /** `*` is any method, `delivery` what Slack hands to the app over HTTP. The faults of several calls queue up. */
  next(method: string, fault: Fault, times?: number): void;
  clear(): void;
  take(method: string): Fault | undefined;
}

export function createFaults(): Faults {
  const ordered: { readonly method: string; readonly fault: Fault; left: number }[] = [];
  return {
    next(method, fault, times = 1) {
      ordered.push({ method, fault, left: times });
    },
    clear() {
      ordered.length = 0;
    },
    take(method) {
      const isAny = (one: string): boolean => one === '*' && method !== 'delivery';
      const found = ordered.find((one) => one.left > 0 && (one.method === method || isAny(one.method)));
      if (found === undefined) return undefined;
      found.left -= 1;
      return found.fault;
    },
  };
}
