/** Discord: messages and direct messages by the gateway, buttons, forms and commands by the gateway or over HTTP. */
import { z } from 'zod';
import type { AdapterContext, AdapterDefinition, ChatAdapter, InboundSink } from '../../src/chat/adapter.ts';
import { AppError, describeError } from '../../src/core/errors.ts';
import { registerCommands } from './commands.ts';
import { createGateway } from './gateway.ts';
import type { Gateway } from './gateway.ts';
import { interactionsRoute } from './http.ts';
import { createInbound } from './inbound.ts';
import type { Inbound } from './inbound.ts';
import { createInteractions } from './interactions.ts';
import type { Interactions } from './interactions.ts';
import { createPosts } from './posts.ts';
import type { Posts } from './posts.ts';
import { openRest } from './open-rest.ts';
import type { OpenRest } from './open-rest.ts';
import { forwardEvents } from './events.ts';
import { DiscordRefusal } from './rest.ts';
import { createRoles } from './roles.ts';
import { loadDiscord } from './vendor.ts';

const env = z.object({
  DISCORD_TOKEN: z.string().optional(),
  DISCORD_APPLICATION_ID: z
    .string()
    .regex(/^\d{1,20}$/u, 'is not an application id; copy the number from the application page')
    .optional(),
  DISCORD_PUBLIC_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/iu, 'is not a public key; copy the 64 characters from the application page')
    .optional(),
  DISCORD_API_URL: z
    .url({ protocol: /^https?$/u, error: 'is not a web address; unset it for Discord itself' })
    .optional(),
});
type DiscordEnv = z.infer<typeof env>;

export const discord: AdapterDefinition<typeof env> = {
  name: 'discord',
  env,
  isConfigured: (values) => values.DISCORD_TOKEN !== undefined,
  create: createDiscord,
};

interface Started {
  readonly gateway: Gateway;
  readonly open: OpenRest;
  readonly posts: Posts;
  readonly interactions: Interactions;
}

function createDiscord(values: DiscordEnv, context: AdapterContext): ChatAdapter {
  const { clock, logger } = context;
  let started: Started | undefined;

  function running(): Started {
    if (started === undefined) throw new AppError('chat.unavailable', 'Discord is not connected yet.');
    return started;
  }

  /** Commands are a convenience: without them mentions and buttons still work, so a failure is only told. */
  async function offerCommands(rest: OpenRest['rest']): Promise<void> {
    try {
      const applicationId = values.DISCORD_APPLICATION_ID ?? (await readApplication(rest));
      const count = await registerCommands(rest, { applicationId, workflows: context.workflows });
      logger.info('commands.registered', { count });
    } catch (error) {
      logger.warn('commands.not-registered', { why: describeError(error) });
    }
  }

  return {
    name: 'discord',
    routes:
      values.DISCORD_PUBLIC_KEY === undefined
        ? []
        : [
            interactionsRoute({
              publicKey: values.DISCORD_PUBLIC_KEY,
              clock,
              logger,
              interactions: () => started?.interactions,
            }),
          ],
    async start(sink: InboundSink) {
      const token = values.DISCORD_TOKEN ?? '';
      const library = await loadDiscord();
      const open = openRest(library, { token, apiUrl: values.DISCORD_API_URL });
      const { rest } = open;
      let self: string;
      try {
        self = await readSelf(rest);
      } catch (error) {
        open.close();
        throw error;
      }
      const me = (): string => self;
      const shared = { rest, clock, logger, me, sink: () => sink };
      const posts = createPosts(rest, me);
      const interactions = createInteractions({ ...shared, posts });
      const inbound: Inbound = createInbound({ ...shared, posts });
      const gateway = createGateway({
        library,
        token,
        rest: open.options,
        clock,
        logger,
        onEvent: forwardEvents({ inbound, interactions, rest, logger }),
      });
      started = { gateway, open, posts, interactions };
      await gateway.connect();
      await offerCommands(rest);
    },
    async stop() {
      await started?.gateway.stop();
      started?.open.close();
    },
    post: (thread, item, marker) => running().posts.post(thread, item, marker),
    edit: (thread, reference, item) => running().posts.edit(thread, reference, item),
    findPosted: (thread, marker) => running().posts.findPosted(thread, marker),
    groups: createRoles(() => running().open.rest),
    status: () =>
      started?.gateway.status() ?? { state: 'warning', detail: 'not connected; it is tried again' },
  };
}

async function readApplication(rest: OpenRest['rest']): Promise<string> {
  return z.object({ id: z.string() }).parse(await rest.send('GET', '/applications/@me')).id;
}

/** Who the bot is; a token that does not work is told here, before anything connects. */
async function readSelf(rest: OpenRest['rest']): Promise<string> {
  try {
    return z.object({ id: z.string() }).parse(await rest.send('GET', '/users/@me')).id;
  } catch (error) {
    if (!(error instanceof DiscordRefusal) || error.status !== 401) throw error;
    throw new AppError(
      'config.invalid',
      `DISCORD_TOKEN: Discord does not accept it (HTTP ${String(error.status)}). Fix: copy the bot token again.`,
      { cause: error },
    );
  }
}
