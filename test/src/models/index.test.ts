import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/core/errors.ts';
import type { ErrorCode } from '../../../src/core/errors.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { createFallbackModel } from '../../../src/models/fallback.ts';
import { createModel } from '../../../src/models/index.ts';
import type { ModelOptions } from '../../../src/models/index.ts';
import type { Model, ModelAnswer } from '../../../src/models/model.ts';
import { costUsd } from '../../../src/models/prices.ts';
import type { PriceTable } from '../../../src/models/prices.ts';
import { aModelRequest } from '../../contracts/model.contract.ts';
import { createHurriedClock } from '../../fakes/hurried-clock.ts';

const usage = { inputTokens: 1_000_000, cachedInputTokens: 0, outputTokens: 1_000_000 };

function aModel(name: string, failsWith?: ErrorCode): Model & { asked: number } {
  const model = {
    name,
    asked: 0,
    ask: (): Promise<ModelAnswer> => {
      model.asked += 1;
      if (failsWith !== undefined) return Promise.reject(new AppError(failsWith, `${name} failed`));
      return Promise.resolve({ text: 'Hi', calls: [], stop: 'end', usage, model: name });
    },
  };
  return model;
}

function options(fields: Partial<ModelOptions> = {}): ModelOptions {
  return { clock: createHurriedClock(), logger: silentLogger, anthropic: {}, openai: {}, ...fields };
}

describe('createModel', () => {
  it.each([
    ['gemini/pro', 'Use for example: anthropic/'],
    ['', 'MODEL has an empty name'],
    ['anthropic', 'without a model'],
    ['openai/', 'without a model'],
    ['anthropic/claude-x', 'ANTHROPIC_API_KEY'],
    ['openai/gpt-x', 'OPENAI_BASE_URL'],
    ['demo', 'demonstration'],
    ['demo/big', 'demo/big'],
    ['demo,', 'MODEL has an empty name'],
  ])('given «%s» without what it needs, says what to do', (spec, part) => {
    const demo = spec.startsWith('demo') && spec !== 'demo' ? { demo: () => aModel('demo') } : {};
    expect(() => createModel(spec, options(demo))).toThrow(
      expect.objectContaining({ code: 'config.invalid', message: expect.stringContaining(part) }),
    );
  });

  it('given an address with a password, refuses it without showing it', () => {
    const create = (baseUrl: string) => () => createModel('openai/x', options({ openai: { baseUrl } }));
    expect(create('https://me:hunter22@host/v1')).toThrow(
      expect.objectContaining({ code: 'config.invalid' }),
    );
    expect(create('https://me:hunter22@host/v1')).not.toThrow('hunter22');
    expect(create('localhost:11434')).toThrow('OPENAI_BASE_URL');
  });

  it('given a list, names it in order and takes names with slashes', () => {
    const model = createModel(
      'anthropic/a, openai/org/model-b ,demo',
      options({
        anthropic: { apiKey: 'k' },
        openai: { baseUrl: 'http://127.0.0.1:1/v1' },
        demo: () => aModel('demo'),
      }),
    );
    expect(model.name).toBe('anthropic/a,openai/org/model-b,demo');
  });

  it('puts the cost into the answer when the price is known', async () => {
    const known = createModel('demo', options({ demo: () => aModel('demo') }));
    expect((await known.ask(aModelRequest())).costUsd).toBe(0);
    const unknown = createModel('demo', options({ demo: () => aModel('other') }));
    expect(await unknown.ask(aModelRequest())).not.toHaveProperty('costUsd');
  });

  it('given a price that is no number of dollars, refuses to start', () => {
    const prices = (): PriceTable => ({ 'openai/x': { input: -1, output: 2 } });
    expect(() => createModel('demo', options({ demo: () => aModel('demo'), prices }))).toThrow('openai/x');
  });
});

describe('a list of models', () => {
  it.each<ErrorCode>(['model.overloaded', 'model.unavailable', 'model.garbled'])(
    'given %s from the first, asks the next, and the answer says who gave it',
    async (code) => {
      let restarts = 0;
      const onRestart = (): void => {
        restarts += 1;
      };
      const model = createFallbackModel([aModel('a', code), aModel('b')], silentLogger);
      expect((await model.ask(aModelRequest({ onRestart }))).model).toBe('b');
      expect(restarts).toBe(1);
    },
  );

  it.each<ErrorCode>(['model.rejected', 'model.refused'])(
    'given %s from the first, asks nobody else',
    async (code) => {
      const second = aModel('b');
      const model = createFallbackModel([aModel('a', code), second], silentLogger);
      await expect(model.ask(aModelRequest())).rejects.toMatchObject({ code });
      expect(second.asked).toBe(0);
    },
  );

  it('given no model that answers, throws the error of the last', async () => {
    const models = [aModel('a', 'model.overloaded'), aModel('b', 'model.unavailable')];
    const asked = createFallbackModel(models, silentLogger).ask(aModelRequest());
    await expect(asked).rejects.toMatchObject({ code: 'model.unavailable', message: 'b failed' });
  });
});

describe('costUsd', () => {
  it('counts plain, cached, written and answered tokens at their own prices', () => {
    const tokens = {
      inputTokens: 1_000_000,
      cachedInputTokens: 500_000,
      cacheWriteTokens: 100_000,
      outputTokens: 10_000,
    };
    expect(costUsd('anthropic/claude-sonnet-5-5', tokens)).toBeCloseTo(
      0.4 * 2 + 0.5 * 0.2 + 0.1 * 2.5 + 0.01 * 10,
      10,
    );
  });

  it('knows dated versions, but never prices one model as another', () => {
    expect(costUsd('anthropic/claude-haiku-4-5-20251001', usage)).toBe(6);
    expect(costUsd('openai/gpt-4o-2024-08-06', usage)).toBe(12.5);
    expect(costUsd('openai/gpt-5-mini', usage)).toBe(2.25);
    expect(costUsd('openai/gpt-5-huge', usage)).toBeUndefined();
    expect(costUsd('openai/constructor', usage)).toBeUndefined();
  });

  it('given long prompts with a price of their own, uses it for the whole request', () => {
    const short = { ...usage, inputTokens: 100_000 };
    expect(costUsd('anthropic/claude-haiku-5-5', short)).toBeCloseTo(0.51, 10);
    expect(costUsd('anthropic/claude-haiku-5-5', usage)).toBeCloseTo(3, 10);
  });

  it('given configured prices, prefers them, and the longest beginning among those with a star', () => {
    const price = (input: number): { input: number; output: number } => ({ input, output: 0 });
    const more = { 'openai/llama*': price(1), 'openai/llama-4*': price(2), 'openai/gpt-4o': price(3) };
    expect(costUsd('openai/llama-3-70b', usage, more)).toBe(1);
    expect(costUsd('openai/llama-4-x', usage, more)).toBe(2);
    expect(costUsd('openai/gpt-4o', usage, more)).toBe(3);
  });
});
