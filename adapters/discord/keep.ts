/** Discord does not repeat what it delivered, so what cannot be kept is tried again here. */
import type { PrivateAnswer } from '../../src/chat/adapter.ts';
import { pause } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';
import { AppError, describeError } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/logger.ts';

/** Answers with what the sink says, or with a refusal when it could not be kept at all. */
export type Keep = <T>(key: string, action: () => Promise<T>) => Promise<T | PrivateAnswer>;

const keepDelaysMs = [500, 2_000, 10_000, 30_000];

export function createKeep(clock: Clock, logger: Logger): Keep {
  return async (key, action) => {
    for (let tried = 0; ; tried += 1) {
      const delay = keepDelaysMs[tried];
      try {
        return await action();
      } catch (error) {
        logger.warn('message.not-kept', { key, why: describeError(error) });
        const isFinal = delay === undefined || (error instanceof AppError && !error.isRetryable);
        if (isFinal)
          return { text: error instanceof AppError ? error.tell : 'I could not keep this.', isRefusal: true };
        await pause(clock, delay);
      }
    }
  };
}
