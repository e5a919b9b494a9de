/**
 * The app in this process with the demonstration company's real tool servers, and its people on the console, on Slack
 * and on Discord: the same verbs for all three, each by what a person does there.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
// The build script is plain JavaScript; this is the one function of it that tests need.
import { buildIfNeeded } from '../../scripts/build.js';
import { createMetrics } from '../../src/api/metrics.ts';
import { createHttpServer } from '../../src/api/server.ts';
import { createApp } from '../../src/app.ts';
import type { App } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { silentMetrics } from '../../src/core/metrics.ts';
import { createDemoModel } from '../../src/models/demo/demo-model.ts';
import { parsePeople } from '../../src/people/parse-people.ts';
import type { People, Person } from '../../src/people/person.ts';
import { aFakeDiscord, buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import type { FakeSlack, FakeSlackOptions } from '../fakes/slack/index.ts';
import { discordDefinition, finance as discordChannel } from './discord-world.ts';
import { aFolder, eventually, removeFolder } from './running-bot.ts';
import { slackDefinition } from './slack-world.ts';
import type { Script } from './world.ts';
import { scriptedAnswer } from './world.ts';

/** One post in a thread, as a person sees it. */
export interface Post {
  readonly text: string;
  readonly labels: readonly string[];
  readonly files: readonly string[];
  press(by: string, label: string): Promise<void>;
  /** Opens the form behind a button and sends it: values by the labels of its fields. */
  fill(by: string, label: string, values: Readonly<Record<string, string>>): Promise<void>;
}

export interface Surface {
  readonly name: 'console' | 'slack' | 'discord';
  /** Where it all happens, in full. */
  readonly channel: string;
  /** Ana calls `/workflow` and says the rest where this surface takes it; without one, she sends the form as it is. */
  command(workflow: string, request: string): Promise<void>;
  /** Ana writes to the bot. */
  mention(text: string): Promise<void>;
  posts(thread: string): Promise<readonly Post[]>;
}

export interface CompanyWorld {
  readonly app: App;
  readonly folder: string;
  /** Where webhooks arrive. */
  readonly url: string;
  readonly slack: FakeSlack;
  readonly discord: FakeDiscord;
  readonly surfaces: readonly Surface[];
  /** The same, on Slack in another of its channels: counted from 1, as many as there are rooms. */
  surfacesIn(room: number): readonly Surface[];
  /** From now on the model says this; the demonstration model answers when it is undefined. */
  setScript(script: Script | undefined): void;
  close(): Promise<void>;
}

const people = parsePeople(
  [
    'people:',
    ...[
      ['ana', 'Ana', 1, ''],
      ['ben', 'Ben', 2, 'approver, finance'],
      ['cho', 'Cho', 3, 'approver, engineering'],
    ].map(
      ([id, name, number, roles]) =>
        `  ${String(id)}: { name: ${String(name)}, roles: [${String(roles)}], slack: [T01/U${String(number)}], discord: ["200${String(number)}"] }`,
    ),
    '',
  ].join('\n'),
  'people.yaml',
);

export interface CompanyWorldOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly folder?: string;
  /** Who is who in the file, when it is somebody else; the surfaces' own verbs are those of the usual three. */
  readonly people?: People;
  readonly clock?: Clock;
  readonly slack?: FakeSlack;
  readonly discord?: FakeDiscord;
  /** Channels on Slack, all with everybody in them; one when absent. */
  readonly rooms?: number;
}

export async function aCompanyWorld(options: CompanyWorldOptions = {}): Promise<CompanyWorld> {
  await buildIfNeeded();
  const folder = options.folder ?? aFolder();
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const [slack, discord] = await Promise.all([
    options.slack ?? createFakeSlack({ mode: 'socket', ...roomsOf(options.rooms) }),
    options.discord ?? aFakeDiscord(),
  ]);
  const clock = options.clock ?? systemClock;
  const demo = createDemoModel();
  let script: Script | undefined;
  const app = await createApp({
    config: {
      ...readConfig(root, { MEMORY_EXTRACTION: 'off', PATH: process.env['PATH'], ...options.env }),
      dataDir: folder,
    },
    clock,
    logger: silentLogger,
    metrics: silentMetrics,
    dist: join(root, 'dist'),
    parts: {
      people: options.people ?? people,
      model: {
        name: 'demo or scripted',
        ask: (request) => (script === undefined ? demo.ask(request) : scriptedAnswer(script, request)),
      },
      adapters: [slackDefinition(slack, 'socket', []), discordDefinition(discord, [])],
    },
  });
  const server = createHttpServer({
    ...{ backend: app.backend, mcp: app.mcp, host: '127.0.0.1', port: 0, pagesDir: '' },
    ...{ logger: silentLogger, clock: systemClock, metrics: createMetrics(), extraRoutes: app.routes },
  });
  const { url } = await server.start();
  await app.start();
  const surfacesIn = (room: number): readonly Surface[] => [
    consoleOf(app),
    slackOf(slack, `C${String(room)}`),
    discordOf(discord),
  ];
  return {
    ...{ app, folder, url, slack, discord, surfacesIn },
    surfaces: surfacesIn(1),
    setScript(next) {
      script = next;
    },
    async close() {
      await server.stop();
      await app.stop();
      await Promise.all([slack.close(), discord.close()]);
      if (options.folder === undefined) removeFolder(folder);
    },
  };
}

/** Many at once are a day's work in a minute, so a minute has the day's quota; each channel keeps its own pace. */
function roomsOf(rooms: number | undefined): Pick<FakeSlackOptions, 'channels' | 'limits'> {
  if (rooms === undefined) return {};
  return {
    channels: Array.from({ length: rooms }, (_, index) => ({ id: `C${String(index + 1)}` })),
    limits: { perMinute: { 'chat.update': 2_000, 'chat.postEphemeral': 2_000 } },
  };
}

function personOf(id: string): Person {
  const found = people.findPerson(id);
  if (found === undefined) throw new Error(`There is no ${id}.`);
  return found;
}

function consoleOf({ backend }: App): Surface {
  const say = async (text: string): Promise<void> => {
    const taken = await backend.sendMessage(personOf('ana'), { channel: 'finance', text });
    if (taken.kind !== 'taken') throw new Error(taken.detail);
  };
  return {
    ...{ name: 'console', channel: 'console:finance' },
    command: (workflow, request) => say(`/${workflow} ${request}`.trim()),
    mention: say,
    async posts(thread) {
      // Everybody may do what his own copy offers, so each looks for himself.
      const read = async (by: string) => (await backend.readThread(personOf(by), thread))?.items ?? [];
      const act = async (by: string, post: string, label: string, fields = {}): Promise<void> => {
        const own = (await read(by)).find(({ id }) => id === post);
        const action = own?.actions?.find((entry) => entry.label === label)?.id;
        if (action === undefined) throw new Error(`${by} has no button ${label}.`);
        const done = await backend.act(personOf(by), { action, fields });
        if (done.kind === 'refused') throw new Error(done.detail);
      };
      const [items, others] = await Promise.all([read('ana'), read('ben')]);
      return items.map(({ id, text, actions = [], file }) => ({
        ...{ text, files: file === undefined ? [] : [file.name] },
        labels: [...actions, ...(others.find((item) => item.id === id)?.actions ?? [])].map(
          ({ label }) => label,
        ),
        press: (by: string, label: string) => act(by, id, label),
        async fill(by: string, label: string, values: Readonly<Record<string, string>>) {
          const action = (await read(by))
            .find((item) => item.id === id)
            ?.actions?.find((entry) => entry.label === label);
          const form = await backend.findForm(personOf(by), action?.id ?? '');
          const fields = Object.entries(values).map(([name, value]): readonly [string, string] => {
            const field = form?.fields.find((entry) => entry.label === name);
            if (field === undefined)
              throw new Error(`The form has no field ${name}: ${JSON.stringify(form)}`);
            return [field.id, value];
          });
          await act(by, id, label, Object.fromEntries(fields));
        },
      }));
    },
  };
}

function slackOf(slack: FakeSlack, channel: string): Surface {
  const personOn = { ana: 'U1', ben: 'U2', cho: 'U3' } as const;
  const user = (by: string) => {
    const id = Object.entries(personOn).find(([name]) => name === by)?.[1];
    if (id === undefined) throw new Error(`${by} is not on Slack.`);
    return slack.user(id);
  };
  return {
    ...{ name: 'slack', channel: `slack:T01/${channel}` },
    async command(workflow, request) {
      const ana = user('ana');
      await ana.command(`/${workflow}`, request, channel);
      if (request === '') await ana.submit(await eventually(() => ana.modal()), {});
    },
    async mention(text) {
      await user('ana').mention(channel, text).settled;
    },
    posts: (thread) =>
      Promise.resolve(
        slack
          .channel(channel)
          .thread(lastPart(thread))
          .map((message) => ({
            ...{ text: message.text, labels: message.labels, files: message.files.map(({ name }) => name) },
            async press(by, label) {
              await user(by).press(message, label);
            },
            async fill(by, label, values) {
              const person = user(by);
              await person.press(message, label);
              const form = await eventually(() => person.modal());
              const { errors } = await person.submit(form, values);
              if (Object.keys(errors).length > 0) throw new Error(JSON.stringify(errors));
            },
          })),
      ),
  };
}

function discordOf(discord: FakeDiscord): Surface {
  const user = (by: string) => {
    const { name, discord: accounts } = personOf(by);
    return discord.user(accounts[0] ?? '', name);
  };
  return {
    ...{ name: 'discord', channel: `discord:${discord.state.guild}/${discordChannel}` },
    async command(workflow, request) {
      const ana = user('ana');
      const answer = await ana.command(workflow, request === '' ? {} : { request }, discordChannel);
      if (answer.kind === 'failed') throw new Error(answer.why);
      if (answer.kind === 'form') await ana.submitModal({});
    },
    mention(text) {
      user('ana').mention(discordChannel, text);
      return Promise.resolve();
    },
    posts: (thread) =>
      Promise.resolve(
        discord.shown(lastPart(thread)).map((message) => ({
          // Without the backslashes that keep text from being read as formatting.
          text: wordsOf(message).replaceAll('\\', ''),
          labels: buttonsOf(message),
          files: message.attachments.map(({ filename }) => filename),
          async press(by, label) {
            const answer = await user(by).press(message, label);
            if (answer.kind === 'failed') throw new Error(answer.why);
          },
          async fill(by, label, values) {
            const person = user(by);
            const opened = await person.press(message, label);
            if (opened.kind !== 'form') throw new Error(`No form opened: ${JSON.stringify(opened)}`);
            const fields = Object.entries(values).map(([name, value]): readonly [string, string] => {
              const field = opened.form.components.find((part) => part.label === name)?.component;
              if (field?.custom_id === undefined)
                throw new Error(`No field ${name}: ${JSON.stringify(opened.form)}`);
              // What people choose from has names for them and values for us.
              const options = z
                .array(z.object({ label: z.string(), value: z.string() }))
                .safeParse(field['options']);
              const chosen = options.data?.find((option) => option.label === value);
              return [field.custom_id, chosen?.value ?? value];
            });
            await person.submitModal(Object.fromEntries(fields));
          },
        })),
      ),
  };
}

/** What a thread is called where it lies: the last part of its id. */
function lastPart(thread: string): string {
  return thread.slice(thread.lastIndexOf('/') + 1);
}
