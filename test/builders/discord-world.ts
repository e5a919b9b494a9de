/** The real app with the real Discord client, against the local Discord. */
import { discord } from '../../adapters/discord/index.ts';
import type { DiscordEnv } from '../../adapters/discord/env.ts';
import type { AdapterDefinition } from '../../src/chat/adapter.ts';
import type { Logger } from '../../src/core/logger.ts';
import { parsePeople } from '../../src/people/parse-people.ts';
import { aFakeDiscord, buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';
import type { Deliver, FakePerson } from '../fakes/discord/persons.ts';
import type { FakeMessage } from '../fakes/discord/state.ts';
import { eventually } from './running-bot.ts';
import { aWorld } from './world.ts';
import type { World, WorldOptions } from './world.ts';

export const discordPeople = parsePeople(
  'people:\n  ana: { name: Ana, discord: ["2001"] }\n  ben: { name: Ben, roles: [approver, finance], discord: ["2002"] }\n  cho: { name: Cho, roles: [approver], discord: ["2003"] }\n',
  'people.yaml',
);

export const finance = '1100';

export interface DiscordWorld {
  readonly fake: FakeDiscord;
  readonly world: World;
  /** What the adapter logged. */
  readonly log: readonly string[];
  readonly ana: FakePerson;
  readonly ben: FakePerson;
  /** Not in people.yaml. */
  readonly eve: FakePerson;
  /** The approval card in a thread. */
  card(thread: string): Promise<FakeMessage>;
  /** Waits until something in the thread holds these words. */
  until(thread: string, words: string): Promise<FakeMessage>;
  close(): Promise<void>;
}

export interface DiscordWorldOptions extends WorldOptions {
  readonly fake?: FakeDiscord;
  readonly over?: 'gateway' | 'http';
  /** Platforms beside Discord. */
  readonly beside?: readonly AdapterDefinition[];
  /** What else stands in the adapter's environment. */
  readonly discordEnv?: Partial<DiscordEnv>;
}

export async function aDiscordWorld(options: DiscordWorldOptions = {}): Promise<DiscordWorld> {
  const fake = options.fake ?? (await aFakeDiscord());
  const log: string[] = [];
  const world = await aWorld({
    people: discordPeople,
    ...options,
    adapters: [discordDefinition(fake, log, options.discordEnv), ...(options.beside ?? [])],
  });
  await world.app.start();
  fake.interactionsOver(options.over === 'http' ? deliverTo(world) : undefined);
  const until = (thread: string, words: string): Promise<FakeMessage> =>
    eventually(
      () => fake.shown(thread).find((message) => wordsOf(message).includes(words)),
      20_000,
      () => whatIsThere(words),
    );
  const whatIsThere = (wanted: string): string =>
    [
      `«${wanted}» is not there. Log:`,
      ...log,
      'Shown:',
      ...[...fake.state.messages.values()].map((message) => `${message.channel_id}: ${wordsOf(message)}`),
    ].join('\n');
  return {
    fake,
    world,
    log,
    ana: fake.user('2001', 'Ana'),
    ben: fake.user('2002', 'Ben'),
    eve: fake.user('2009', 'Eve'),
    card: (thread) =>
      eventually(
        () => fake.shown(thread).find((message) => buttonsOf(message).includes('Approve')),
        20_000,
        () => whatIsThere('Approve'),
      ),
    until,
    async close() {
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

/** The adapter with the local Discord's environment. */
export function discordDefinition(
  fake: FakeDiscord,
  log: string[],
  env: Partial<DiscordEnv> = {},
): AdapterDefinition {
  return {
    name: discord.name,
    env: discord.env,
    isConfigured: () => true,
    create: (_env, context) =>
      discord.create(
        {
          DISCORD_TOKEN: fake.token,
          DISCORD_APPLICATION_ID: fake.state.application,
          DISCORD_PUBLIC_KEY: fake.signer.publicKey,
          DISCORD_API_URL: fake.apiUrl,
          ...env,
        },
        { ...context, logger: watched(log) },
      ),
  };
}

export function deliverTo(world: World): Deliver {
  return async ({ headers, rawBody }) => {
    const route = world.app.routes.find((entry) => entry.path === '/discord/interactions');
    if (route === undefined) throw new Error('There is no route for interactions.');
    const { status, body } = await route.handle({
      headers: { ...headers },
      rawBody,
      query: {},
      url: route.path,
      signal: new AbortController().signal,
    });
    return { status, body: typeof body === 'string' ? body : '' };
  };
}
