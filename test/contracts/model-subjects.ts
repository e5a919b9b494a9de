/** The models that the contract is run against, each beside a stand-in for its provider. */
import type { Logger } from '../../src/core/logger.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { createModel } from '../../src/models/index.ts';
import type { ModelOptions } from '../../src/models/index.ts';
import { createFakeAnthropic, fakeAnthropicKey } from '../fakes/anthropic/index.ts';
import { createHurriedClock } from '../fakes/hurried-clock.ts';
import { createFakeOpenAi, fakeOpenAiKey } from '../fakes/openai/index.ts';
import type { ModelSubject, ScriptableProvider } from './model.contract.ts';

/** A log that keeps what it was told about failed tries. */
export function createRetryLog(): { logger: Logger; retries: { code: string; waitMs: number }[] } {
  const retries: { code: string; waitMs: number }[] = [];
  const warn = (event: string, fields: Record<string, unknown> = {}): void => {
    if (event === 'model.retried')
      retries.push({ code: String(fields['code']), waitMs: Number(fields['waitMs']) });
  };
  return { logger: { ...silentLogger, warn }, retries };
}

export const anthropicSubject: ModelSubject = {
  name: 'anthropic',
  async open() {
    const server = await createFakeAnthropic();
    const clock = createHurriedClock();
    const { logger, retries } = createRetryLog();
    const options: ModelOptions = {
      clock,
      logger,
      anthropic: { apiKey: fakeAnthropicKey, baseUrl: server.url },
      openai: {},
    };
    const provider: ScriptableProvider = {
      server,
      clock,
      secret: fakeAnthropicKey,
      retries,
      busyType: 'overloaded_error',
    };
    return {
      model: createModel('anthropic/claude-sonnet-5-5', options),
      close: () => server.close(),
      provider,
    };
  },
};

export const openAiSubject: ModelSubject = {
  name: 'openai',
  async open() {
    const server = await createFakeOpenAi();
    const clock = createHurriedClock();
    const { logger, retries } = createRetryLog();
    const options: ModelOptions = {
      clock,
      logger,
      anthropic: {},
      openai: { apiKey: fakeOpenAiKey, baseUrl: server.url },
    };
    const provider: ScriptableProvider = {
      server,
      clock,
      secret: fakeOpenAiKey,
      retries,
      busyType: 'server_overloaded',
    };
    return { model: createModel('openai/org/model-x', options), close: () => server.close(), provider };
  },
};
