/**
 * A list of models as one: when the first cannot be had, the next is asked.
 *
 * Only outages move on. A request that one model rejects is wrong for all, and a refusal is an answer: asking
 * around until somebody agrees would defeat it.
 */
import { AppError } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Model } from './model.ts';

const outages: readonly ErrorCode[] = ['model.overloaded', 'model.unavailable', 'model.garbled'];

/** The answer's `model` says who answered. The last model's error is the one that is thrown. */
export function createFallbackModel(models: readonly Model[], logger: Logger): Model {
  return {
    name: models.map((model) => model.name).join(','),
    // Whoever stands in must be able to read what was sent.
    takesImages: models.every((model) => model.takesImages === true),
    async ask(request) {
      for (const [at, model] of models.entries()) {
        try {
          return await model.ask(request);
        } catch (error) {
          const next = models[at + 1];
          const isOutage = error instanceof AppError && outages.includes(error.code);
          if (!isOutage || next === undefined) throw error;
          request.signal.throwIfAborted();
          logger.warn('model.replaced', {
            from: model.name,
            to: next.name,
            code: error.code,
            problem: error.message,
          });
          request.onRestart?.();
        }
      }
      throw new AppError('config.invalid', 'The list of models is empty. Name at least one in MODEL.');
    },
  };
}
