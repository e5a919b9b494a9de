/** Whether each model that a setting names has its key and answers: one short question to each, within ten seconds. */
import type { Config } from '../config.ts';
import type { Clock } from '../core/clock.ts';
import { AppError, describeError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { createModel } from '../models/index.ts';

const answerWithinMs = 10_000;

export async function askModels(
  setting: 'MODEL' | 'REVIEW_MODEL',
  names: string,
  parts: {
    readonly config: Pick<Config, 'anthropic' | 'openai'>;
    readonly clock: Clock;
    readonly logger: Logger;
  },
): Promise<string> {
  const { clock, logger, config } = parts;
  for (const name of names.split(',')) {
    if (name.trim() === 'demo') continue;
    const model = createModel(name, {
      ...{ clock, logger, setting, anthropic: config.anthropic, openai: config.openai },
      limits: { attempts: 1, attemptMs: answerWithinMs, silenceMs: answerWithinMs },
    });
    try {
      await model.ask({
        system: 'Answer with one word.',
        messages: [{ role: 'user', text: 'Are you there?' }],
        tools: [],
        maxOutputTokens: 64,
        signal: new AbortController().signal,
      });
    } catch (error) {
      throw new AppError(
        'model.unavailable',
        `${setting}: ${name.trim()} does not answer: ${describeError(error)} Fix: look at its key and address, or name another model.`,
        { cause: error },
      );
    }
  }
  return names;
}
