/** The list of model providers, and the model that `MODEL` names. */
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { createAnthropicModel } from './anthropic.ts';
import { createFallbackModel } from './fallback.ts';
import type { Model } from './model.ts';
import { createOpenAiModel } from './openai.ts';
import { checkPrices, costUsd } from './prices.ts';
import type { PriceTable } from './prices.ts';
import type { RetryLimits } from './retry.ts';

export interface ModelOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly anthropic: { readonly apiKey?: string; readonly baseUrl?: string; readonly thinking?: 'adaptive' };
  readonly openai: { readonly apiKey?: string; readonly baseUrl?: string; readonly images?: boolean };
  readonly demo?: () => Model;
  /** Prices that the shipped list lacks or has differently, as configured now. */
  readonly prices?: () => PriceTable;
  readonly limits?: Partial<RetryLimits>;
  /** The setting that names the models, for errors: `MODEL` when absent. */
  readonly setting?: string;
}

export interface ModelProvider {
  /** The part of `MODEL` before the slash. */
  readonly name: string;
  /** An example for error messages. */
  readonly example: string;
  create(modelId: string, options: ModelOptions): Model;
}

export const modelProviders: readonly ModelProvider[] = [
  {
    name: 'anthropic',
    example: 'anthropic/claude-sonnet-5-5',
    create(modelId, { clock, logger, limits, anthropic, setting = 'MODEL' }) {
      const { apiKey, baseUrl, thinking } = anthropic;
      if (apiKey === undefined || apiKey === '') {
        const fix = `Set ANTHROPIC_API_KEY, or ${setting}=demo to try Countersign without a key.`;
        throw new AppError(
          'config.invalid',
          `${setting} names anthropic/${modelId}, but there is no key for it. ${fix}`,
        );
      }
      return createAnthropicModel({
        modelId,
        apiKey,
        clock,
        logger,
        ...(baseUrl === undefined ? {} : { baseUrl }),
        ...(thinking === undefined ? {} : { thinking }),
        ...(limits === undefined ? {} : { limits }),
      });
    },
  },
  {
    name: 'openai',
    example: 'openai/gpt-5',
    create(modelId, { clock, logger, limits, openai, setting = 'MODEL' }) {
      const { apiKey, baseUrl, images } = openai;
      if ((apiKey === undefined || apiKey === '') && baseUrl === undefined) {
        const fix = 'Set OPENAI_API_KEY, or OPENAI_BASE_URL for a server that needs no key.';
        throw new AppError(
          'config.invalid',
          `${setting} names openai/${modelId}, but there is no key for it. ${fix}`,
        );
      }
      return createOpenAiModel({
        modelId,
        clock,
        logger,
        ...(apiKey === undefined || apiKey === '' ? {} : { apiKey }),
        ...(baseUrl === undefined ? {} : { baseUrl }),
        ...(images === undefined ? {} : { images }),
        ...(limits === undefined ? {} : { limits }),
      });
    },
  },
  {
    name: 'demo',
    example: 'demo',
    create(modelId, { demo, setting = 'MODEL' }) {
      if (modelId !== '') {
        throw new AppError(
          'config.invalid',
          `${setting} names demo/${modelId}. The demonstration model is just «demo».`,
        );
      }
      if (demo === undefined) {
        throw new AppError(
          'config.invalid',
          `${setting} names demo, but the demonstration model is not part of this program.`,
        );
      }
      return demo();
    },
  },
];

/** Creates what `MODEL` names: one model, or several with commas, where each stands in for the one before. */
export function createModel(spec: string, options: ModelOptions): Model {
  checkPrices(options.prices?.() ?? {});
  const names = spec.split(',').map((name) => name.trim());
  const models = names.map((name) => withCost(createOne(name, options), options.prices));
  const [first, ...others] = models;
  if (first === undefined || others.length === 0) return first ?? createFallbackModel([], options.logger);
  return createFallbackModel(models, options.logger);
}

function createOne(name: string, options: ModelOptions): Model {
  const { setting = 'MODEL' } = options;
  // Only the first slash divides: names of models may contain more.
  const slash = name.indexOf('/');
  const providerName = slash === -1 ? name : name.slice(0, slash);
  const modelId = slash === -1 ? '' : name.slice(slash + 1).trim();
  const provider = modelProviders.find((candidate) => candidate.name === providerName);
  const examples = modelProviders.map((candidate) => candidate.example).join(', ');
  if (provider === undefined) {
    const problem =
      name === '' ? `${setting} has an empty name` : `${setting} names «${name}», whose provider is unknown`;
    throw new AppError('config.invalid', `${problem}. Use for example: ${examples}.`);
  }
  if (modelId === '' && provider.example.includes('/')) {
    throw new AppError(
      'config.invalid',
      `${setting} names «${name}» without a model. Use for example: ${provider.example}.`,
    );
  }
  return provider.create(modelId, options);
}

function withCost(model: Model, prices: ModelOptions['prices']): Model {
  return {
    ...model,
    async ask(request) {
      const answer = await model.ask(request);
      const cost = costUsd(answer.model, answer.usage, prices?.());
      return cost === undefined ? answer : { ...answer, costUsd: cost };
    },
  };
}
