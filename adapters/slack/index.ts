/** Slack: messages, buttons, forms and commands, by Socket Mode or over signed HTTP, in one workspace or in many. */
import type { AdapterContext, AdapterDefinition, ChatAdapter, InboundSink } from '../../src/chat/adapter.ts';
import { AppError } from '../../src/core/errors.ts';
import type { ThreadId } from '../../src/core/ids.ts';
import { createSlackApi } from './api.ts';
import { checkSlack } from './check.ts';
import type { Desk } from './desk.ts';
import { openDesks } from './desks.ts';
import type { Desks, InstalledWorkspaces } from './desks.ts';
import { env } from './env.ts';
import type { SlackEnv } from './env.ts';
import { createExchange } from './exchange.ts';
import { teamOfFile } from './files.ts';
import { createGroups } from './groups.ts';
import { teamOfSource } from './history.ts';
import { eventsRoute } from './http.ts';
import { createInstallations } from './installations.ts';
import { installPath } from './install-refusals.ts';
import { oauthRoutes } from './oauth.ts';
import { unpaced } from './pace.ts';
import { parseChannel, parseTarget, requireUser } from './places.ts';
import { readersAmong } from './readers.ts';
import { teamsOf } from './receive.ts';
import type { Receive } from './receive.ts';
import { slackSlashCommands } from './slash-commands.ts';
import { createSocketLinks } from './socket.ts';
import type { SocketLinks } from './socket.ts';
import { fixedToken } from './tokens.ts';
import { loadSlack } from './vendor.ts';
import type { SlackLibrary } from './vendor.ts';

export const slack: AdapterDefinition<typeof env> = {
  name: 'slack',
  env,
  isConfigured: (values) => values.SLACK_BOT_TOKEN !== undefined || values.SLACK_CLIENT_ID !== undefined,
  missing: (values) => {
    const key = (['SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET', 'SLACK_CLIENT_SECRET'] as const).find(
      (name) => values[name] !== undefined,
    );
    return key === undefined
      ? undefined
      : `not connected: ${key} is set and SLACK_BOT_TOKEN is not. Fix: set SLACK_BOT_TOKEN (xoxb-…) too, or unset ${key}.`;
  },
  create: createSlack,
  slashCommands: slackSlashCommands,
  check: checkSlack,
};

interface Started {
  readonly library: SlackLibrary;
  readonly desks: Desks;
  readonly installed: InstalledWorkspaces | undefined;
  readonly receive: Receive;
  readonly links: SocketLinks | undefined;
}

interface Client {
  readonly id: string;
  readonly secret: string;
}

function createSlack(values: SlackEnv, context: AdapterContext): ChatAdapter {
  const { clock, logger, publicUrl } = context;
  const { SLACK_APP_TOKEN: appToken, SLACK_SIGNING_SECRET: signingSecret, SLACK_API_URL: apiUrl } = values;
  if (appToken === undefined && signingSecret === undefined)
    throw new AppError(
      'config.invalid',
      'Slack is set up, but not how it reaches the bot. Fix: set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP.',
    );
  const client = clientOf(values);
  let started: Started | undefined;

  function running(): Started {
    if (started === undefined) throw new AppError('chat.unavailable', 'Slack is not connected yet.');
    return started;
  }

  async function deskOf(team: string | undefined): Promise<Desk> {
    const desk = team === undefined ? undefined : await running().desks.find(team);
    if (desk === undefined)
      throw new AppError('chat.refused', `The app is not installed in the Slack workspace ${team ?? ''}.`);
    return desk;
  }

  const deskOfThread = (thread: ThreadId): Promise<Desk> => deskOf(parseTarget(thread)?.team);
  const openDesk = (thread: ThreadId): Desk | undefined =>
    started?.desks.open.get(parseTarget(thread)?.team ?? '');

  /** The workspace that a link or an id leads to; a bot of one workspace takes every link for its own. */
  async function deskOfWritten(written: string): Promise<Desk | undefined> {
    const { desks } = running();
    const team = teamOfSource(written);
    if (team !== undefined) return desks.find(team);
    const all = [...desks.open.values()];
    return all.length === 1 ? all[0] : all.find(({ home }) => written.replace(/^</u, '').startsWith(home));
  }

  function receiveWith(desks: Desks): Receive {
    return async (payload) => {
      const teams = teamsOf(payload);
      for (const team of teams) {
        const desk = await desks.find(team);
        if (desk !== undefined) return desk.receive(payload);
      }
      logger.warn('event.ignored', { teams });
      return {};
    };
  }

  async function start(sink: InboundSink): Promise<void> {
    const library = await loadSlack();
    const installed: InstalledWorkspaces | undefined =
      client === undefined || context.installations === undefined
        ? undefined
        : {
            installations: createInstallations(context.installations, client.secret),
            exchange: createExchange({ library, apiUrl, clientId: client.id, clientSecret: client.secret }),
            installUrl: publicUrl === undefined ? installPath : new URL(installPath, publicUrl).href,
          };
    const desks = await openDesks({
      ...{ library, apiUrl, context, sink, installed },
      token: values.SLACK_BOT_TOKEN,
    });
    const receive = receiveWith(desks);
    const links =
      appToken === undefined
        ? undefined
        : createSocketLinks({ library, appToken, apiUrl, clock, logger, receive });
    started = { library, desks, installed, receive, links };
    await links?.connect();
  }

  const installing =
    client === undefined
      ? []
      : oauthRoutes({
          ...{ apiUrl, publicUrl, clock, logger, clientId: client.id, clientSecret: client.secret },
          started() {
            if (started?.installed === undefined) return undefined;
            const { library, desks, installed } = started;
            return {
              ...installed,
              apiFor: (token) =>
                createSlackApi({ library, tokens: fixedToken(token), apiUrl, pace: unpaced }),
              async installed(team, name, missing) {
                await desks.find(team);
                logger.info('slack.installed', { team, missing: missing.join(', ') });
                const lack = missing.length === 0 ? '' : ` It lacks ${missing.join(', ')}.`;
                context.tellOperators?.(`The Slack workspace ${name} (${team}) installed me.${lack}`);
              },
            };
          },
        });

  return {
    name: 'slack',
    routes: [
      ...(signingSecret === undefined
        ? []
        : [eventsRoute({ signingSecret, clock, logger, receive: () => started?.receive })]),
      ...installing,
    ],
    start,
    async stop() {
      await started?.links?.stop();
      await started?.desks.stop();
    },
    async post(thread, item, marker) {
      const { posts, drafts } = await deskOfThread(thread);
      const draft = await drafts.take(thread, item);
      if (draft === undefined) return posts.post(thread, item, marker);
      const reference = await posts.adopt(thread, draft.ts, item, marker);
      drafts.adopted(thread);
      return reference;
    },
    showDraft(thread, draft) {
      openDesk(thread)?.drafts.show(thread, draft);
    },
    async sayDirectly(account, text) {
      const desk = await deskOf(account.split('/')[0]);
      await desk.posts.sayDirectly(requireUser(account, desk.team), text);
    },
    async openDirect(account) {
      const desk = await deskOf(account.split('/')[0]);
      return desk.posts.openDirect(requireUser(account, desk.team));
    },
    async readersAmong(channel, accounts) {
      const { api, team } = await deskOf(parseChannel(channel)?.team);
      return readersAmong(api, team, channel, accounts);
    },
    inboxChanged() {
      for (const { homeTab } of started?.desks.open.values() ?? []) homeTab.changed();
    },
    showPresence(thread, presence) {
      openDesk(thread)?.sessions.show(thread, presence);
    },
    async open(channel, title, marker) {
      const { posts } = await deskOf(parseChannel(channel)?.team);
      return posts.open(channel, title, marker);
    },
    edit: async (thread, reference, item) => (await deskOfThread(thread)).posts.edit(thread, reference, item),
    findPosted: async (thread, marker) => (await deskOfThread(thread)).posts.findPosted(thread, marker),
    takeBack: async (thread, reference, kept) =>
      (await deskOfThread(thread)).posts.takeBack(thread, reference, kept),
    async describeChannel(channel, as) {
      const desk = await running().desks.find(parseChannel(channel)?.team ?? '');
      return desk?.describeChannel(channel, as);
    },
    async readFile(reference, mostBytes) {
      // What a bot of one workspace wrote down names none.
      const team = teamOfFile(reference) ?? [...running().desks.open.keys()][0];
      return (await deskOf(team)).files.read(reference, mostBytes);
    },
    history: {
      find: async (written) => (await deskOfWritten(written))?.history.find(written),
      async readMessage(source) {
        return (await deskOf(teamOfSource(source))).history.readMessage(source);
      },
      readThread: async (thread) => (await deskOfThread(thread)).history.readThread(thread),
      async readPage(channel, from) {
        return (await deskOf(parseChannel(channel)?.team)).history.readPage(channel, from);
      },
    },
    groups: createGroups((team) => running().desks.find(team), clock),
    status() {
      if (started === undefined) return { state: 'warning', detail: 'not connected; it is tried again' };
      const { desks, links } = started;
      const trouble = desks.trouble();
      if (trouble !== undefined) return { state: 'failed', detail: trouble };
      const way = links === undefined ? 'over HTTP at /slack/events' : 'by Socket Mode';
      return {
        ...(links?.status() ?? { state: 'ok', detail: 'waits for Slack' }),
        where: `${workspaces([...desks.open.values()])}, ${way}`,
      };
    },
  };
}

/** The first of them by name. */
const mostNamed = 3;

function workspaces(desks: readonly Desk[]): string {
  const names = desks.slice(0, mostNamed).map(({ name }) => name);
  if (desks.length === 1) return `workspace ${names.join('')}`;
  if (desks.length === 0) return 'no workspace yet, installed at /slack/install';
  return `${String(desks.length)} workspaces (${names.join(', ')}${desks.length > mostNamed ? ', …' : ''})`;
}

/** The app's own id and secret, where workspaces install it. Throws `config.invalid` for half of them. */
function clientOf({
  SLACK_CLIENT_ID: id,
  SLACK_CLIENT_SECRET: secret,
  SLACK_BOT_TOKEN: token,
}: SlackEnv): Client | undefined {
  if (id !== undefined && secret !== undefined) return { id, secret };
  // Beside a token of its own a half of them has always been ignored.
  if (token !== undefined) return undefined;
  throw new AppError(
    'config.invalid',
    'SLACK_CLIENT_SECRET is missing beside SLACK_CLIENT_ID. Fix: copy both from «Basic Information».',
  );
}
