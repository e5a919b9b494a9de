/** The real app with Slack's real client, against the local Slack; over HTTP its own server stands in between. */
import { slack } from '../../adapters/slack/index.ts';
import { createMetrics } from '../../src/api/metrics.ts';
import { createHttpServer } from '../../src/api/server.ts';
import type { AdapterDefinition } from '../../src/chat/adapter.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Logger } from '../../src/core/logger.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { parsePeople } from '../../src/people/parse-people.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import type { FakeSlack } from '../fakes/slack/index.ts';
import type { Person } from '../fakes/slack/person.ts';
import type { SeenMessage } from '../fakes/slack/seen.ts';
import { aHastyClock } from './hasty-clock.ts';
import { eventually } from './running-bot.ts';
import { aWorld } from './world.ts';
import type { World, WorldOptions } from './world.ts';

export const slackPeople = parsePeople(
  'people:\n  ana: { name: Ana, slack: [T01/U1] }\n  ben: { name: Ben, roles: [approver, finance], slack: [T01/U2] }\n  cho: { name: Cho, roles: [approver], slack: [T01/U3] }\n',
  'people.yaml',
);

export type SlackTransport = 'socket' | 'http';

export interface SlackWorld {
  readonly fake: FakeSlack;
  readonly world: World;
  /** What the adapter logged. */
  readonly log: readonly string[];
  readonly ana: Person;
  readonly ben: Person;
  readonly cho: Person;
  /** Not in people.yaml. */
  readonly dev: Person;
  /** Where Slack reaches the bot over HTTP. */
  readonly url: string;
  /** The approval card in a thread. */
  card(thread: string, channel?: string): Promise<SeenMessage>;
  /** Waits until something in the thread holds these words, and shows it as it stands then. */
  until(thread: string, words: string, channel?: string): Promise<SeenMessage>;
  /** Waits until a message has no buttons, and shows it. */
  settled(message: SeenMessage): Promise<SeenMessage>;
  /** Waits until a person reads this in private. */
  told(person: Person, words: string, channel?: string): Promise<SeenMessage>;
  close(): Promise<void>;
}

export interface SlackWorldOptions extends WorldOptions {
  readonly fake?: FakeSlack;
  readonly over?: SlackTransport;
  /** How many times as many messages the adapter may send as Slack takes; 1 for what is about rates. */
  readonly haste?: number;
}

/**
 * What stories wait for most is Slack's rate of one message a second and channel. The local Slack takes as many times
 * as much, so that no rate is exceeded unseen.
 */
const usualHaste = 8;

const channelOf = 'C1';

export async function aSlackWorld(options: SlackWorldOptions = {}): Promise<SlackWorld> {
  const over = options.over ?? 'socket';
  const fake = options.fake ?? (await createFakeSlack({ mode: over }));
  const log: string[] = [];
  const world = await aWorld({
    people: slackPeople,
    ...options,
    adapters: [slackDefinition(fake, over, log, options.haste), ...(options.adapters ?? [])],
  });
  const server = createHttpServer({
    backend: world.app.backend,
    mcp: world.app.mcp,
    host: '127.0.0.1',
    port: 0,
    pagesDir: '',
    logger: silentLogger,
    clock: systemClock,
    metrics: createMetrics(),
    extraRoutes: world.app.routes,
  });
  const { url } = await server.start();
  try {
    await world.app.start();
  } catch (error) {
    await server.stop();
    await world.close();
    throw error;
  }
  if (over === 'http') fake.setRequestUrl(`${url}/slack/events`);

  let isClosed = false;
  const whatIsThere = (wanted: string): string =>
    [
      `«${wanted}» is not there. Log:`,
      ...log,
      'Refused:',
      ...fake
        .calls()
        .filter((one) => one.answer?.['ok'] !== true)
        .map((one) => `${one.method} ${JSON.stringify(one.answer)}`),
      'Shown:',
      ...[...fake.workspace.channels.keys()].flatMap((id) =>
        fake
          .channel(id)
          .messages()
          .map((message) => `${id} ${message.ts}: ${message.text}`),
      ),
    ].join('\n');
  const find = (wanted: string, look: () => SeenMessage | undefined): Promise<SeenMessage> =>
    eventually(look, 20_000, () => whatIsThere(wanted));
  const inThread = (thread: string, channel: string): readonly SeenMessage[] =>
    fake.channel(channel).thread(thread);

  return {
    fake,
    world,
    log,
    url: `${url}/slack/events`,
    ana: fake.user('U1'),
    ben: fake.user('U2'),
    cho: fake.user('U3'),
    dev: fake.user('U4'),
    card: (thread, channel = channelOf) =>
      find('Approve', () => inThread(thread, channel).find((message) => message.labels.includes('Deny…'))),
    until: (thread, words, channel = channelOf) =>
      find(words, () => inThread(thread, channel).find((message) => message.text.includes(words))),
    settled: (message) =>
      find('no buttons', () =>
        fake
          .channel(message.channel)
          .messages()
          .find((entry) => entry.ts === message.ts && entry.labels.length === 0),
      ),
    told: (person, words, channel = channelOf) =>
      find(words, () =>
        person.sees(channel).find((message) => message.isEphemeral && message.text.includes(words)),
      ),
    async close() {
      if (isClosed) return;
      isClosed = true;
      await server.stop();
      await world.close();
      if (options.fake === undefined) await fake.close();
    },
  };
}

function watched(log: string[]): Logger {
  const write = (event: string, fields?: Record<string, unknown>): void => {
    log.push(`${event} ${JSON.stringify(fields ?? {})}`);
  };
  return { debug: write, info: write, warn: write, error: write };
}

/** The adapter with the local Slack's environment. */
export function slackDefinition(
  fake: FakeSlack,
  over: SlackTransport,
  log: string[],
  haste = usualHaste,
): AdapterDefinition {
  fake.hasten(haste);
  return {
    name: slack.name,
    env: slack.env,
    isConfigured: () => true,
    create: (_env, context) =>
      slack.create(
        {
          SLACK_BOT_TOKEN: fake.botToken,
          SLACK_API_URL: fake.apiUrl,
          ...(over === 'socket'
            ? { SLACK_APP_TOKEN: fake.appToken }
            : { SLACK_SIGNING_SECRET: fake.signingSecret }),
        },
        { ...context, logger: watched(log), clock: aHastyClock(context.clock, haste) },
      ),
  };
}
