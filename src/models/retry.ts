/**
 * One question, asked again while that is safe and useful.
 *
 * Both providers share these rules: how often, how long to wait, when silence counts as failure. A server's
 * wish to wait (Retry-After) is granted up to a limit, so that no header can hold a run for an hour.
 */
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { ModelAnswer, ModelRequest } from './model.ts';

export interface RetryLimits {
  /** The first try included. */
  readonly attempts: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  readonly longestRetryAfterMs: number;
  /** One attempt, from the request to the end of the stream. */
  readonly attemptMs: number;
  /** Without a single byte from the server. */
  readonly silenceMs: number;
}

export const defaultRetryLimits: RetryLimits = {
  attempts: 4,
  firstWaitMs: 500,
  longestWaitMs: 8_000,
  longestRetryAfterMs: 30_000,
  attemptMs: 600_000,
  silenceMs: 120_000,
};

export interface Failure {
  readonly code: Extract<ErrorCode, `model.${string}`>;
  readonly message: string;
  readonly cause: Error;
  readonly mayRetry: boolean;
  readonly retryAfterMs?: number;
}

export type Attempt =
  | { readonly kind: 'answered'; readonly answer: ModelAnswer }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** What one attempt reports to, and what ends it. */
export interface Watch {
  readonly signal: AbortSignal;
  /** Bytes arrived. */
  heard(): void;
  /** The answer is complete; only the end of the stream is missing, and nobody waits long for that. */
  completed(): void;
  /** Text for the reader. */
  text(delta: string): void;
  /** Why the watch ended the attempt, or undefined while it has not. */
  expired(): string | undefined;
}

export interface RetryParts {
  readonly model: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: RetryLimits;
  readonly request: ModelRequest;
  readonly attempt: (watch: Watch) => Promise<Attempt>;
}

const drainMs = 2_000;

export async function askWithRetries(parts: RetryParts): Promise<ModelAnswer> {
  const { model, clock, logger, limits, request } = parts;
  for (let attempt = 1; ; attempt += 1) {
    request.signal.throwIfAborted();
    if (attempt > 1) request.onRestart?.();
    const result = await watchAttempt(parts);
    if (result.kind === 'answered') return result.answer;
    request.signal.throwIfAborted();
    const { code, message, cause, mayRetry } = result.failure;
    if (!mayRetry || attempt >= limits.attempts) {
      const tries = attempt > 1 ? ` Tried ${String(attempt)} times.` : '';
      throw new AppError(code, `${message}${tries}`, { cause });
    }
    const waitMs = waitBefore(attempt, result.failure.retryAfterMs, limits);
    logger.warn('model.retried', { model, attempt, code, problem: message, waitMs });
    await pauseUnlessAborted(clock, waitMs, request.signal);
  }
}

/** Grows twofold from try to try, less up to a quarter, so that many runs do not come back at one moment. */
function waitBefore(attempt: number, retryAfterMs: number | undefined, limits: RetryLimits): number {
  if (retryAfterMs !== undefined && retryAfterMs > 0)
    return Math.min(retryAfterMs, limits.longestRetryAfterMs);
  const full = Math.min(limits.firstWaitMs * 2 ** (attempt - 1), limits.longestWaitMs);
  return Math.round(full * (1 - Math.random() * 0.25));
}

async function watchAttempt({
  clock,
  limits,
  logger,
  model,
  request,
  attempt,
}: RetryParts): Promise<Attempt> {
  const ender = new AbortController();
  let reason: string | undefined;
  const expire = (why: string): void => {
    reason ??= why;
    ender.abort();
  };
  const onAbort = (): void => {
    ender.abort(request.signal.reason);
  };
  request.signal.addEventListener('abort', onAbort, { once: true });
  const seconds = (ms: number): string => `${String(Math.round(ms / 1000))} s`;
  const onSilence = (): void => {
    expire(`nothing arrived for ${seconds(limits.silenceMs)}`);
  };
  const whole = clock.after(limits.attemptMs, () => {
    expire(`the answer was not finished after ${seconds(limits.attemptMs)}`);
  });
  let silence = clock.after(limits.silenceMs, onSilence);
  let heardAtMs = clock.monotonicMs();
  let isComplete = false;
  try {
    return await attempt({
      signal: ender.signal,
      heard: () => {
        // A timer per chunk would be thousands per answer; one per second is as good.
        if (isComplete || clock.monotonicMs() - heardAtMs < 1_000) return;
        heardAtMs = clock.monotonicMs();
        silence.cancel();
        silence = clock.after(limits.silenceMs, onSilence);
      },
      completed: () => {
        isComplete = true;
        silence.cancel();
        silence = clock.after(drainMs, () => {
          expire('the stream stayed open after its end');
        });
      },
      text: (delta) => {
        // Text on the way is for show: a reader that fails must not cost the answer.
        try {
          request.onText?.(delta);
        } catch (error) {
          logger.warn('model.reader-failed', { model, problem: String(error) });
        }
      },
      expired: () => reason,
    });
  } finally {
    whole.cancel();
    silence.cancel();
    request.signal.removeEventListener('abort', onAbort);
  }
}

function pauseUnlessAborted(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      timer.cancel();
      // Whoever aborts gives an Error as the reason, as the platform does.
      reject(signal.reason as Error);
    };
    const timer = clock.after(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

/** Reads `retry-after-ms` and `retry-after` (seconds or a date), in milliseconds. */
export function readRetryAfter(headers: Headers | undefined, now: Date): number | undefined {
  const ms = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (Number.isFinite(ms)) return ms;
  const text = headers?.get('retry-after') ?? '';
  if (/^\s*\d+(\.\d+)?\s*$/u.test(text)) return Number.parseFloat(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
