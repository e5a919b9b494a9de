import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parsePeople } from '../../src/people/parse-people.ts';
import { aSlackAndDiscord } from '../builders/both-platforms.ts';
import type { BothPlatforms } from '../builders/both-platforms.ts';
import { discordDefinition } from '../builders/discord-world.ts';
import { aFasterClock } from '../builders/faster-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { call, lastResult, words } from '../builders/world.ts';
import { buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';
import type { FakeMessage } from '../fakes/discord/state.ts';
import type { FakeSlack } from '../fakes/slack/index.ts';
import type { SeenMessage } from '../fakes/slack/seen.ts';
import { directChannel } from '../fakes/slack/workspace.ts';

/** Ben reads the channel; Cho decides without it, and Dora on Discord. */
const people = parsePeople(
  [
    'people:',
    '  ana: { name: Ana, slack: [T01/U1] }',
    '  ben: { name: Ben, roles: [finance, approver], slack: [T01/U2] }',
    '  cho: { name: Cho, roles: [finance, approver], slack: [T01/U3] }',
    '  dora: { name: Dora, roles: [finance, approver], discord: ["2004"] }',
  ].join('\n'),
  'people.yaml',
);

const folder = aFolder();
/** What joins a card that stands already is brought by a sweep. */
const clock = aFasterClock(4);
let platforms: BothPlatforms;
let slack: FakeSlack;
let discord: FakeDiscord;
let bot: SlackWorld;

beforeAll(async () => {
  platforms = await aSlackAndDiscord({ channels: [{ id: 'C1', name: 'finance', members: ['U1', 'U2'] }] });
  ({ slack, discord } = platforms);
  await start();
});

afterAll(async () => {
  await bot.close();
  await platforms.close();
  removeFolder(folder);
});

async function start(): Promise<void> {
  bot = await aSlackWorld({
    fake: slack,
    people,
    folder,
    clock,
    adapters: [discordDefinition(discord, [])],
    // «pay acme 7» and «look dora».
    model: (turn, request) => {
      const { what = '', to = '' } =
        /(?<what>pay acme|look) (?<to>\w+)/u.exec(JSON.stringify(request.messages))?.groups ?? {};
      if (turn > 0) return words(`Result: ${lastResult(request)}`);
      return what === 'look'
        ? call('books__paid', { to })
        : call('books__pay', { amount: Number(to), to: 'acme' });
    },
  });
}

const toCho = (): SeenMessage[] => slack.channel(directChannel(slack.workspace, 'U3').id).messages();
const cardsOfCho = (): SeenMessage[] => toCho().filter(({ labels }) => labels.length > 0);
const toDora = (): readonly FakeMessage[] => discord.shown('772004');
const pingsOf = (user: string): number =>
  slack
    .channel('C1')
    .pings()
    .filter(({ target }) => target === user).length;

/** Asks for something in a thread of its own, and waits until it is asked there. */
async function ask(text: string): Promise<string> {
  const { ts } = slack.user('U1').mention('C1', text);
  await bot.card(ts);
  return ts;
}

const shows = (message: SeenMessage, ...amounts: readonly number[]): boolean =>
  amounts.every((amount) => message.text.includes(`Pay ${String(amount)} to acme`));

describe('given somebody who asks for more than people can look at', () => {
  const threads: string[] = [];

  it('when eight questions come, then nobody is brought more than five cards, those of one tool combine, and the last waits', async () => {
    for (let amount = 1; amount <= 7; amount += 1) {
      threads.push(await ask(`pay acme ${String(amount)}`));
      const place = amount;
      // Each stands before Cho before the next one comes.
      await eventually(
        () =>
          toCho().some((message) => shows(message, place)) &&
          toDora().some((message) => wordsOf(message).includes(`Pay ${String(place)} to acme`))
            ? true
            : undefined,
        20_000,
      );
    }
    threads.push(await ask('look dora'));
    const told = await eventually(
      () => toCho().find(({ text }) => text.includes('waits for you to decide')),
      40_000,
    );

    expect(cardsOfCho()).toHaveLength(5);
    expect(told.text).toContain('books/paid');
    expect(told.labels).toEqual([]);
    const onDiscord = toDora().filter((message) => buttonsOf(message).length > 0);
    expect(onDiscord).toHaveLength(5);
    expect(onDiscord.some((message) => buttonsOf(message).length === 14)).toBe(true);
    expect(pingsOf('U2')).toBe(5);
    // Every thread has its card, whoever was told of it.
    expect(threads).toHaveLength(8);
    expect(bot.world.sent).toEqual([]);
    const combined = cardsOfCho().find((message) => shows(message, 5, 6, 7));
    expect(combined?.labels).toEqual([
      ...['Approve 1', 'Deny 1…', 'Edit 1…', 'Ask 1 a question…'],
      ...['Approve 2', 'Deny 2…', 'Edit 2…', 'Ask 2 a question…'],
      ...['Approve 3', 'Deny 3…', 'Edit 3…', 'Ask 3 a question…'],
      ...['Approve all', 'Deny all…'],
    ]);
  });

  it('when one of a combined card is decided by itself and the rest together after a restart, then each is as it was decided', async () => {
    const cho = slack.user('U3');
    const combined = (): SeenMessage => {
      const found = toCho().find((message) => shows(message, 5, 6, 7));
      if (found === undefined) throw new Error('There is no combined card.');
      return found;
    };
    await cho.press(combined(), 'Deny 2…');
    const asked = await slack.until(() => cho.modal());
    await cho.submit(asked, { text: 'twice' });
    await bot.until(threads[5] ?? '', 'Denied by Cho');
    await eventually(() => (combined().labels.includes('Approve 2') ? undefined : true), 20_000);
    expect(combined().text).toContain('2 of 3 still to be decided');

    await bot.close();
    await start();
    await cho.press(combined(), 'Approve all');
    await bot.until(threads[4] ?? '', 'Result: Paid');
    await bot.until(threads[6] ?? '', 'Result: Paid');
    await eventually(() => (combined().labels.length === 0 ? true : undefined), 20_000);

    expect(combined().text).toContain('2 approved, 1 denied');
    expect(bot.world.sent.map(({ argsJson }) => argsJson).toSorted()).toEqual([
      '{"amount":5,"to":"acme"}',
      '{"amount":7,"to":"acme"}',
    ]);
    expect(cardsOfCho()).toHaveLength(4);
    // The hour is not over: the next question waits too, and tells nobody by name.
    const next = await ask('pay acme 9');
    expect(pingsOf('U2')).toBe(5);
    // In its thread, and from his inbox, it is decided like any other.
    await slack.user('U2').press(await bot.card(next), 'Approve');
    await bot.until(next, 'Result: Paid');
  });
});
