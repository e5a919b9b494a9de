/** Slack: messages, buttons, forms and commands, by Socket Mode or over signed HTTP. */
import type { AdapterContext, AdapterDefinition, ChatAdapter, InboundSink } from '../../src/chat/adapter.ts';
import { AppError } from '../../src/core/errors.ts';
import type { SaidHistory } from '../../src/core/said-message.ts';
import { createSlackApi } from './api.ts';
import type { SlackApi } from './api.ts';
import { checkSlack } from './check.ts';
import { env } from './env.ts';
import type { SlackEnv } from './env.ts';
import { createDrafts } from '../../src/chat/drafts.ts';
import type { Drafts } from '../../src/chat/drafts.ts';
import { createDraftMessages } from './draft-messages.ts';
import type { DraftMessage } from './draft-messages.ts';
import { createDescribeChannel } from './describe-channel.ts';
import type { DescribeChannel } from './describe-channel.ts';
import { createFiles } from './files.ts';
import type { Files } from './files.ts';
import { createGroups } from './groups.ts';
import { eventsRoute } from './http.ts';
import { createHistory } from './history.ts';
import { createHome } from './home.ts';
import type { Home } from './home.ts';
import { createInbound } from './inbound.ts';
import { createInteractions } from './interactions.ts';
import { createPace } from './pace.ts';
import { requireUser } from './places.ts';
import { createPosts } from './posts.ts';
import type { Posts } from './posts.ts';
import { createQuotes } from './quotes.ts';
import { createReactions } from './reactions.ts';
import { readersAmong } from './readers.ts';
import { createReceive } from './receive.ts';
import type { Receive } from './receive.ts';
import { createRequests } from './requests.ts';
import { readSelf } from './self.ts';
import { createSessions } from './sessions.ts';
import type { Sessions } from './sessions.ts';
import { createSocketLinks } from './socket.ts';
import type { SocketLinks } from './socket.ts';
import { createUploads } from './uploads.ts';
import { createUsers } from './users.ts';
import { loadSlack } from './vendor.ts';

export const slack: AdapterDefinition<typeof env> = {
  name: 'slack',
  env,
  isConfigured: (values) => values.SLACK_BOT_TOKEN !== undefined,
  create: createSlack,
  check: checkSlack,
};

interface Started {
  readonly api: SlackApi;
  readonly team: string;
  readonly posts: Posts;
  readonly files: Files;
  readonly history: SaidHistory;
  readonly describeChannel: DescribeChannel;
  readonly drafts: Drafts<DraftMessage>;
  readonly sessions: Sessions;
  readonly home: Home;
  readonly receive: Receive;
  readonly links: SocketLinks | undefined;
}

function createSlack(values: SlackEnv, context: AdapterContext): ChatAdapter {
  const { clock, logger } = context;
  const { SLACK_APP_TOKEN: appToken, SLACK_SIGNING_SECRET: signingSecret, SLACK_API_URL: apiUrl } = values;
  if (appToken === undefined && signingSecret === undefined)
    throw new AppError(
      'config.invalid',
      'SLACK_BOT_TOKEN is set, but not how Slack reaches the bot. Fix: set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP.',
    );
  let started: Started | undefined;
  let isRevoked = false;

  function running(): Started {
    if (started === undefined) throw new AppError('chat.unavailable', 'Slack is not connected yet.');
    return started;
  }

  async function start(sink: InboundSink): Promise<void> {
    const library = await loadSlack();
    const api = createSlackApi({
      library,
      token: values.SLACK_BOT_TOKEN ?? '',
      apiUrl,
      pace: createPace(clock),
    });
    const { team_id: team, user_id: me, bot_id: bot, url } = await readSelf(api);
    const posts = createPosts(api, createUploads(api, me, logger), team, me);
    const users = createUsers(api, clock);
    const describeChannel = createDescribeChannel(api, clock, team);
    const { watched, listened } = context;
    const history = createHistory({ api, users, team, me, home: url });
    const about = { api, clock, logger, users, team, me, watched, sink };
    const quotes = createQuotes({ ...about, describeChannel });
    const home = createHome(about);
    const shared = { ...about, posts, bot, quotes, home, history, listened, workflows: context.workflows };
    const requests = createRequests(shared);
    const sessions = createSessions(shared);
    const receive = createReceive({
      sessions,
      home,
      inbound: createInbound(shared),
      reactions: createReactions(shared),
      interactions: createInteractions({ ...shared, requests }),
      requests,
      logger,
      team,
      onRevoked() {
        isRevoked = true;
        logger.error('slack.revoked', {
          fix: 'Install the app again, set the new SLACK_BOT_TOKEN and restart.',
        });
      },
    });
    const links =
      appToken === undefined
        ? undefined
        : createSocketLinks({ library, appToken, apiUrl, clock, logger, receive });
    started = {
      api,
      team,
      posts,
      files: createFiles(api),
      history,
      receive,
      links,
      sessions,
      drafts: createDrafts({
        clock,
        growEveryMs: 1_000,
        notes: context.draftNotes,
        surface: createDraftMessages(shared),
      }),
      describeChannel,
      home,
    };
    await links?.connect();
  }

  return {
    name: 'slack',
    routes:
      signingSecret === undefined
        ? []
        : [eventsRoute({ signingSecret, clock, logger, receive: () => started?.receive })],
    start,
    async stop() {
      started?.home.stop();
      await started?.drafts.stop();
      await started?.links?.stop();
      started?.api.stop();
    },
    async post(thread, item, marker) {
      const { posts, drafts } = running();
      const draft = await drafts.take(thread, item);
      if (draft === undefined) return posts.post(thread, item, marker);
      const reference = await posts.adopt(thread, draft.ts, item, marker);
      drafts.adopted(thread);
      return reference;
    },
    showDraft(thread, draft) {
      started?.drafts.show(thread, draft);
    },
    async sayDirectly(account, text) {
      const { posts, team } = running();
      await posts.sayDirectly(requireUser(account, team), text);
    },
    async openDirect(account) {
      const { posts, team } = running();
      return posts.openDirect(requireUser(account, team));
    },
    readersAmong(channel, accounts) {
      const { api, team } = running();
      return readersAmong(api, team, channel, accounts);
    },
    inboxChanged() {
      started?.home.changed();
    },
    showPresence(thread, presence) {
      started?.sessions.show(thread, presence);
    },
    edit: (thread, reference, item) => running().posts.edit(thread, reference, item),
    findPosted: (thread, marker) => running().posts.findPosted(thread, marker),
    describeChannel: (channel, as) => running().describeChannel(channel, as),
    readFile: (reference, mostBytes) => running().files.read(reference, mostBytes),
    history: {
      find: (written) => running().history.find(written),
      readMessage: (source) => running().history.readMessage(source),
      readThread: (thread) => running().history.readThread(thread),
      readPage: (channel, from) => running().history.readPage(channel, from),
    },
    groups: createGroups(running),
    status() {
      if (started === undefined) return { state: 'warning', detail: 'not connected; it is tried again' };
      if (isRevoked) return { state: 'failed', detail: 'The app was uninstalled or its token revoked.' };
      return started.links?.status() ?? { state: 'ok', detail: 'waits for Slack over HTTP' };
    },
  };
}
