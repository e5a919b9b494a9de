/** Discord: messages and direct messages by the gateway, buttons, forms and commands by the gateway or over HTTP. */
import type { AdapterContext, AdapterDefinition, ChatAdapter, InboundSink } from '../../src/chat/adapter.ts';
import { AppError, describeError } from '../../src/core/errors.ts';
import type { SaidHistory } from '../../src/core/said-message.ts';
import { checkDiscord } from './check.ts';
import { discordSlashCommands, planCommands } from './commands.ts';
import { createDrafts } from '../../src/chat/drafts.ts';
import type { Drafts } from '../../src/chat/drafts.ts';
import { createDraftMessages, growEveryMs } from './draft-messages.ts';
import type { DraftMessage } from './draft-messages.ts';
import { createDescribeChannel } from './describe-channel.ts';
import type { DescribeChannel } from './describe-channel.ts';
import { discordEnv } from './env.ts';
import type { DiscordEnv } from './env.ts';
import { createChosen } from './chosen.ts';
import { createFiles } from './files.ts';
import type { Files } from './files.ts';
import { createGateway } from './gateway.ts';
import type { Gateway } from './gateway.ts';
import { createChanges } from './changes.ts';
import { createHistory } from './history.ts';
import { createHomes } from './homes.ts';
import { interactionsRoute } from './http.ts';
import { createInbound } from './inbound.ts';
import type { Inbound } from './inbound.ts';
import { createInteractions } from './interactions.ts';
import type { Interactions } from './interactions.ts';
import { createKeep } from './keep.ts';
import { createMessageForms } from './message-form.ts';
import { createPosts } from './posts.ts';
import type { Posts } from './posts.ts';
import { openRest } from './open-rest.ts';
import type { OpenRest } from './open-rest.ts';
import { forwardEvents } from './events.ts';
import { readApplication, readSelf } from './self.ts';
import { createCatchUp } from './catch-up.ts';
import { createReactions } from './reactions.ts';
import { readersAmong } from './readers.ts';
import { createRefusedRequests } from './refused-requests.ts';
import { createRoles } from './roles.ts';
import { loadDiscord } from './vendor.ts';

export const discord: AdapterDefinition<typeof discordEnv> = {
  name: 'discord',
  env: discordEnv,
  isConfigured: (values) => values.DISCORD_TOKEN !== undefined,
  missing: (values) => {
    const key = (['DISCORD_APPLICATION_ID', 'DISCORD_PUBLIC_KEY'] as const).find(
      (name) => values[name] !== undefined,
    );
    return key === undefined
      ? undefined
      : `not connected: ${key} is set and DISCORD_TOKEN is not. Fix: set DISCORD_TOKEN too, or unset ${key}.`;
  },
  create: createDiscord,
  slashCommands: discordSlashCommands,
  check: checkDiscord,
  async planCommands(values, offered, guild) {
    const open = openRest(await loadDiscord(), {
      token: values.DISCORD_TOKEN ?? '',
      apiUrl: values.DISCORD_API_URL,
    });
    try {
      const applicationId = values.DISCORD_APPLICATION_ID ?? (await readApplication(open.rest)).id;
      return await planCommands(open.rest, { applicationId, offered, ...(guild !== undefined && { guild }) });
    } finally {
      open.close();
    }
  },
};

interface Started {
  /** The bot's own. */
  readonly name: string;
  readonly gateway: Gateway;
  readonly open: OpenRest;
  readonly posts: Posts;
  readonly files: Files;
  readonly history: SaidHistory;
  readonly interactions: Interactions;
  readonly describeChannel: DescribeChannel;
  readonly drafts: Drafts<DraftMessage>;
}

function createDiscord(values: DiscordEnv, context: AdapterContext): ChatAdapter {
  const { clock, logger, redact } = context;
  let started: Started | undefined;
  /** Why nothing arrives any more, until a restart. */
  let stopped: string | undefined;
  const refused = createRefusedRequests({ clock, logger, onTrouble: context.tellOperators });

  function running(): Started {
    if (started === undefined) throw new AppError('chat.unavailable', 'Discord is not connected yet.');
    return started;
  }

  /** For what people would see: whoever could not answer there is not asked there. */
  function showing(): Started {
    if (stopped !== undefined) throw new AppError('chat.parked', stopped);
    return running();
  }

  /** Commands are a convenience: without them mentions and buttons still work, so a failure is only told. */
  async function offerCommands(rest: OpenRest['rest']): Promise<void> {
    try {
      const applicationId = values.DISCORD_APPLICATION_ID ?? (await readApplication(rest)).id;
      const plan = await planCommands(rest, { applicationId, offered: context });
      await plan.apply();
      logger.info('commands.registered', { changes: plan.changes.length });
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
      const open = openRest(library, { token, clock, refused, apiUrl: values.DISCORD_API_URL });
      const { rest } = open;
      let self: string;
      let name: string;
      try {
        ({ id: self, username: name } = await readSelf(rest));
      } catch (error) {
        open.close();
        throw error;
      }
      const me = (): string => self;
      const forms = createMessageForms(values.DISCORD_CARDS, logger);
      const shared = { rest, clock, logger, me, forms, sink: () => sink };
      const posts = createPosts({ rest, me, forms, redact });
      const chosen = createChosen(clock);
      const interactions = createInteractions({
        ...{ ...shared, posts, chosen, redact },
        ...{ formNotes: context.formNotes, workflows: context.workflows },
      });
      const watched = context.watched.filter(({ channel }) => channel.startsWith('discord:'));
      const arriving = {
        ...{ ...shared, posts, watched },
        ...{ homeOf: createHomes(rest), keep: createKeep(clock, logger) },
      };
      const history = createHistory({ ...arriving, chosen });
      const listened = () => context.listened().filter((channel) => channel.startsWith('discord:'));
      const changes = createChanges({ ...arriving, history, listened });
      const inbound: Inbound = createInbound(arriving);
      const reactions = createReactions(arriving);
      const catchUp = createCatchUp({ ...arriving, inbound, reactions });
      const gateway = createGateway({
        library,
        token,
        rest: open.options,
        clock,
        logger,
        watches: {
          words: watched.length + listened().length > 0,
          reactions: watched.some(({ reaction }) => reaction !== undefined),
        },
        shards: values.DISCORD_SHARDS ?? 'auto',
        onStopped(why) {
          stopped = why;
          context.announceTrouble?.('discord', why);
        },
        onEvent: forwardEvents({ inbound, reactions, catchUp, changes, interactions, rest, logger }),
      });
      started = {
        name,
        gateway,
        open,
        posts,
        files: createFiles(rest, chosen, values.DISCORD_API_URL),
        history,
        interactions,
        drafts: createDrafts({
          clock,
          growEveryMs,
          notes: context.draftNotes,
          surface: createDraftMessages(posts, logger),
        }),
        describeChannel: createDescribeChannel(rest, clock),
      };
      await gateway.connect();
      await offerCommands(rest);
    },
    async stop() {
      await started?.drafts.stop();
      await started?.gateway.stop();
      started?.open.close();
    },
    async post(thread, item, marker) {
      const { posts, drafts } = showing();
      const draft = await drafts.take(thread, item);
      if (draft === undefined) return posts.post(thread, item, marker);
      const reference = await posts.adopt(thread, draft.reference, item, marker);
      drafts.adopted(thread);
      return reference;
    },
    sayDirectly: (account, text, marker) => showing().posts.sayDirectly(account, text, marker),
    openDirect: (account) => showing().posts.openDirect(account),
    readersAmong: (channel, accounts) => readersAmong(running().open.rest, channel, accounts),
    showDraft(thread, draft) {
      started?.drafts.show(thread, draft);
    },
    edit: (thread, reference, item) => showing().posts.edit(thread, reference, item),
    findPosted: (thread, marker) => showing().posts.findPosted(thread, marker),
    takeBack: (thread, reference, kept) => showing().posts.takeBack(thread, reference, kept),
    open: (channel, title, marker) => showing().posts.open(channel, title, marker),
    describeChannel: (channel) => running().describeChannel(channel),
    readFile: (reference, mostBytes) => running().files.read(reference, mostBytes),
    history: {
      find: (written) => running().history.find(written),
      readMessage: (source) => running().history.readMessage(source),
      readThread: (thread) => running().history.readThread(thread),
      readPage: (channel, from) => running().history.readPage(channel, from),
    },
    groups: createRoles(() => running().open.rest),
    status() {
      if (started === undefined) return { state: 'warning', detail: 'not connected; it is tried again' };
      const { gateway, name } = started;
      const connection = gateway.status();
      const status = connection.state === 'failed' ? connection : (refused.trouble() ?? connection);
      return { ...status, where: `${name} on ${servers(gateway.servers())}, by the gateway` };
    },
  };
}

/** The first of them by name. */
const mostNamed = 3;

function servers(names: readonly string[]): string {
  if (names.length === 0) return 'no server yet';
  if (names.length === 1) return `server ${names.join('')}`;
  const first = names.slice(0, mostNamed).join(', ');
  return `${String(names.length)} servers (${first}${names.length > mostNamed ? ', …' : ''})`;
}
