import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { slackSlashCommands } from '../../adapters/slack/slash-commands.ts';
import type { AdapterContext, AdapterDefinition, InboundSink } from '../../src/chat/adapter.ts';
import { AppError } from '../../src/core/errors.ts';
import type { ErrorCode } from '../../src/core/errors.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { createPlatforms } from '../../src/platforms.ts';
import { createSurfaces } from '../../src/surfaces.ts';
import type { Surfaces } from '../../src/surfaces.ts';
import { aManualClock } from '../builders/manual-clock.ts';
import { aPlainPlatform } from '../fakes/plain-adapter.ts';

/** Adapters only keep it. */
const sink = {} as InboundSink;

/** A platform whose first starts fail with the given codes. */
function aPlatform(...failures: ErrorCode[]): { definition: AdapterDefinition; starts: () => number } {
  const { definition } = aPlainPlatform('plain');
  let starts = 0;
  return {
    starts: () => starts,
    definition: {
      ...definition,
      env: z.object({}),
      create(env, context) {
        const adapter = definition.create(env, context);
        return {
          ...adapter,
          async start(inbound) {
            const failure = failures[starts];
            starts += 1;
            if (failure !== undefined) throw new AppError(failure, 'The platform does not answer.');
            await adapter.start(inbound);
          },
        };
      },
    },
  };
}

function open(
  definition: AdapterDefinition,
  clock = aManualClock(),
  { workflows = [], logger = silentLogger }: Partial<Pick<AdapterContext, 'workflows' | 'logger'>> = {},
): Surfaces {
  const config = { environment: {}, platforms: [] };
  const context = {
    clock,
    logger,
    redact: (text: string) => text,
    workflows,
    commands: [],
    watched: [],
    listened: () => [],
  };
  return createSurfaces([definition], config, context);
}

describe('given a platform that cannot be reached when the bot starts', () => {
  it('when it can be reached later, then the adapter connects by itself', async () => {
    const clock = aManualClock();
    const platform = aPlatform('chat.unavailable', 'chat.unavailable');
    const surfaces = open(platform.definition, clock);

    await surfaces.start(sink);
    expect(platform.starts()).toBe(1);
    for (const ms of [5_000, 15_000, 600_000]) {
      clock.advance(ms);
      await new Promise(setImmediate);
    }

    expect(platform.starts()).toBe(3);
  });

  it('when the bot stops meanwhile, then nothing connects any more', async () => {
    const clock = aManualClock();
    const platform = aPlatform('chat.unavailable');
    const surfaces = open(platform.definition, clock);

    await surfaces.start(sink);
    await surfaces.stop();
    clock.advance(600_000);

    expect(platform.starts()).toBe(1);
  });

  it('when its token is refused, then the start ends with that', async () => {
    const surfaces = open(aPlatform('config.invalid').definition);

    await expect(surfaces.start(sink)).rejects.toMatchObject({ code: 'config.invalid' });
  });
});

describe('given a workflow that asks for a command by a name that the platform does not take', () => {
  it('when the bot starts, or the doctor looks, then it is named with the fix', async () => {
    const names = ['refund', 'a-name-of-exactly-thirty-two-lon'];
    const workflows = names.map((name) => ({ name, title: 'Some work', fields: [] }));
    const definition = { ...aPlatform().definition, slashCommands: slackSlashCommands };
    const warned: unknown[] = [];
    const logger = {
      ...silentLogger,
      warn: (event: string, fields?: object) => warned.push([event, fields]),
    };

    open(definition, aManualClock(), { workflows, logger });
    const environment = { environment: {}, platforms: ['slack' as const] };
    const named = { ...definition, name: 'slack' };
    const checks = await createPlatforms([named], environment, { workflows, commands: [] }).check();

    const why = expect.stringMatching(
      /^No slash command for the workflow a-name-of-exactly-thirty-two-lon: .*up to 31 .*Fix: choose another name/u,
    );
    expect(warned).toEqual([['commands.left-out', { platform: 'plain', why }]]);
    expect(checks).toContainEqual({ platform: 'slack', level: 'warn', detail: why });
  });
});
