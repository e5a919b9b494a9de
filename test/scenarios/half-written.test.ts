/** A bot that is killed in the middle of an answer: the next one takes the half away and answers once. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { aBentClock } from '../builders/bent-clock.ts';
import type { BentClock } from '../builders/bent-clock.ts';
import { aFolder, eventually, removeFolder, startBot } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';
import { finance } from '../builders/discord-world.ts';
import { aFakeDiscord, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';
import { createFakeOpenAi, fakeOpenAiKey } from '../fakes/openai/index.ts';
import { say } from '../fakes/scripted-answer.ts';
import type { FakeModelServer } from '../fakes/scripted-server.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import type { FakeSlack } from '../fakes/slack/index.ts';

const folder = aFolder();
const half = 'This is the half';
const stalled = `${half} that nobody will ever finish`;
let slack: FakeSlack;
let discord: FakeDiscord;
let model: FakeModelServer;
let clock: BentClock;
let bot: RunningBot;

const start = (): Promise<RunningBot> =>
  startBot({
    dataDir: folder,
    cwd: folder,
    env: {
      ...clock.env,
      ...{ MODEL: 'openai/gpt-5', OPENAI_BASE_URL: model.url, OPENAI_API_KEY: fakeOpenAiKey },
      ...{ SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken, SLACK_API_URL: slack.apiUrl },
      ...{ DISCORD_TOKEN: discord.token, DISCORD_APPLICATION_ID: discord.state.application },
      ...{ DISCORD_API_URL: discord.apiUrl },
    },
  });

beforeAll(async () => {
  clock = aBentClock(folder);
  [slack, discord, model] = await Promise.all([
    createFakeSlack({ mode: 'socket' }),
    aFakeDiscord(),
    createFakeOpenAi(),
  ]);
  writeFileSync(
    `${folder}/people.yaml`,
    'people:\n  ana: { name: Ana, roles: [operator], slack: [T01/U1], discord: ["2001"] }\n',
  );
  bot = await start();
}, 90_000);
afterAll(async () => {
  await bot.stop();
  await Promise.all([slack.close(), discord.close(), model.close()]);
  removeFolder(folder);
});

it('when it is killed while it writes, then no half answer stays and the whole one stands there once', async () => {
  const onSlack = (ts: string): readonly string[] =>
    slack
      .channel('C1')
      .thread(ts)
      .map(({ text }) => text);
  const onDiscord = (id: string): readonly string[] => discord.shown(id).map(wordsOf);
  const count = (texts: readonly string[], words: string): number =>
    texts.filter((text) => text.includes(words)).length;

  model.next({ kind: 'stall', text: stalled }, { kind: 'stall', text: stalled });
  const ana = discord.user('2001', 'Ana');
  const there = await eventually(() => slack.user('U1').mention('C1', 'tell me all'), 20_000);
  const beside = ana.mention(finance, 'tell me all');
  await eventually(
    () =>
      count(onSlack(there.ts), half) === 1 && count(onDiscord(beside.id), half) === 1 ? true : undefined,
    30_000,
    () => [...onSlack(there.ts), ...onDiscord(beside.id), bot.output()].join('\n'),
  );

  await bot.kill9();
  model.next(say('The whole of it.'), say('The whole of it.'));
  clock.advance(120_000);
  bot = await start();

  await eventually(
    () =>
      count(onSlack(there.ts), 'The whole of it') === 1 &&
      count(onDiscord(beside.id), 'The whole of it') === 1
        ? true
        : undefined,
    40_000,
    () => [...onSlack(there.ts), ...onDiscord(beside.id), bot.output()].join('\n'),
  );
  expect([count(onSlack(there.ts), half), count(onDiscord(beside.id), half)]).toEqual([0, 0]);
  expect(slack.workspace.messages.some(({ streamUntil }) => streamUntil !== undefined)).toBe(false);
});
