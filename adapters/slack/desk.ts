/** One workspace: everything that speaks and listens there, with that workspace's token and no other. */
import type { AdapterContext, InboundSink } from '../../src/chat/adapter.ts';
import { createDrafts } from '../../src/chat/drafts.ts';
import type { Drafts } from '../../src/chat/drafts.ts';
import type { SlackApi } from './api.ts';
import { createDescribeChannel } from './describe-channel.ts';
import type { DescribeChannel } from './describe-channel.ts';
import { createDraftMessages } from './draft-messages.ts';
import type { DraftMessage } from './draft-messages.ts';
import { createFiles } from './files.ts';
import type { Files } from './files.ts';
import { createHistory } from './history.ts';
import type { SlackHistory } from './history.ts';
import { createHome } from './home.ts';
import type { Home } from './home.ts';
import { createInbound } from './inbound.ts';
import { createInteractions } from './interactions.ts';
import { createPosts } from './posts.ts';
import type { Posts } from './posts.ts';
import { createQuotes } from './quotes.ts';
import { createReactions } from './reactions.ts';
import { createReceive } from './receive.ts';
import type { Receive } from './receive.ts';
import { createRequests } from './requests.ts';
import { createSessions } from './sessions.ts';
import type { Sessions } from './sessions.ts';
import { createUploads } from './uploads.ts';
import { createUsers } from './users.ts';

export interface Desk {
  readonly api: SlackApi;
  readonly team: string;
  /** The workspace's own, as people know it. */
  readonly name: string;
  readonly posts: Posts;
  readonly files: Files;
  readonly describeChannel: DescribeChannel;
  readonly drafts: Drafts<DraftMessage>;
  readonly sessions: Sessions;
  readonly history: SlackHistory;
  /** `https://acme.slack.com/`; empty for a workspace that is gone. */
  readonly home: string;
  readonly homeTab: Home;
  readonly receive: Receive;
  stop(): Promise<void>;
}

export interface DeskOptions {
  readonly api: SlackApi;
  readonly context: AdapterContext;
  readonly sink: InboundSink;
  readonly team: string;
  readonly name: string;
  /** The bot's own account, and what Slack calls the bot. */
  readonly me: string;
  readonly bot: string;
  /** `https://acme.slack.com/` */
  readonly url: string;
  /** Slack says that the app lost its right to act here. Throws when that could not be kept. */
  onRevoked(): Promise<void>;
}

export function createDesk(options: DeskOptions): Desk {
  const { api, context, sink, team, me, bot } = options;
  const { clock, logger, watched, listened, redact } = context;
  const posts = createPosts(api, createUploads(api, me, logger), team, me);
  const users = createUsers(api, clock);
  const describeChannel = createDescribeChannel(api, clock, team);
  const about = { api, clock, logger, users, team, me, watched, sink };
  const quotes = createQuotes({ ...about, describeChannel, redact });
  const home = createHome(about);
  const history = createHistory({ api, users, team, me, home: options.url });
  const shared = { ...about, posts, bot, quotes, home, history, listened, workflows: context.workflows };
  const requests = createRequests({ ...shared, redact });
  const sessions = createSessions(shared);
  const drafts = createDrafts({
    clock,
    growEveryMs: 1_000,
    notes: context.draftNotes,
    surface: createDraftMessages(shared),
  });
  return {
    api,
    team,
    name: options.name,
    posts,
    files: createFiles(api, team),
    describeChannel,
    drafts,
    sessions,
    history,
    home: options.url,
    homeTab: home,
    receive: createReceive({
      sessions,
      home,
      inbound: createInbound(shared),
      reactions: createReactions(shared),
      interactions: createInteractions({ ...shared, requests }),
      requests,
      logger,
      team,
      onRevoked: () => options.onRevoked(),
    }),
    async stop() {
      home.stop();
      await drafts.stop();
      api.stop();
    },
  };
}
