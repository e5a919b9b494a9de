/** Says once that the database is away, and once that it is back; what happens meanwhile is no news. */
import type { Clock } from '../../core/clock.ts';
import { AppError, describeError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';

export interface Outage {
  /** A regular request failed. */
  failed(error: unknown): void;
  answered(): void;
}

export function createOutage(options: {
  readonly place: string;
  readonly clock: Clock;
  readonly logger: Logger;
}): Outage {
  const { place, clock, logger } = options;
  let since: Date | undefined;
  return {
    failed(error) {
      const why = describeError(error);
      if (!(error instanceof AppError && error.code === 'store.unavailable')) {
        logger.warn('store.sweep-failed', { why });
        return;
      }
      if (since !== undefined) return;
      since = clock.now();
      logger.error('store.lost', {
        place,
        why,
        hint: 'People get 503 or wait, and nothing is acknowledged. Check that the database runs and can be reached from here; the bot goes on by itself.',
      });
    },
    answered() {
      if (since === undefined) return;
      logger.info('store.regained', { place, awayMs: clock.now().getTime() - since.getTime() });
      since = undefined;
    },
  };
}
