/** An approver on one platform is away, and whoever stands in for him decides on another. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parsePeople } from '../../src/people/parse-people.ts';
import { discordDefinition, finance } from '../builders/discord-world.ts';
import { eventually } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { call, lastResult, words, worldPolicy } from '../builders/world.ts';
import { aFakeDiscord, buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';
import type { FakeMessage } from '../fakes/discord/state.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import type { FakeSlack } from '../fakes/slack/index.ts';
import type { SeenMessage } from '../fakes/slack/seen.ts';
import { directChannel } from '../fakes/slack/workspace.ts';

// Ana is on both; each approver and each stand-in on one alone.
const people = parsePeople(
  `people:
  ana: { name: Ana, slack: [T01/U1], discord: ["2001"] }
  ben: { name: Ben, roles: [finance], slack: [T01/U2] }
  dan: { name: Dan, discord: ["2002"] }
  gus: { name: Gus, roles: [board], discord: ["2003"] }
  eve: { name: Eve, slack: [T01/U4] }
channels: { finance: {} }
`,
  'people.yaml',
);
const policy = worldPolicy
  .replace('approvers: [finance], title', 'title')
  .replace(
    /  - \{ id: large[^\n]*\n/u,
    `  - { id: small, tool: books/pay, when: "args.amount < 500", verdict: ask, approvers: [finance] }
  - { id: large, tool: books/pay, when: "args.amount >= 500", verdict: ask, approvers: [board] }
`,
  )
  .replace('verdict: ask, title', 'title');

let slack: FakeSlack;
let discord: FakeDiscord;
let bot: SlackWorld;
beforeAll(async () => {
  slack = await createFakeSlack({ mode: 'socket' });
  discord = await aFakeDiscord();
  for (const [id, name] of [
    ['2001', 'Ana'],
    ['2002', 'Dan'],
    ['2003', 'Gus'],
  ] as const)
    discord.user(id, name);
  bot = await aSlackWorld({
    fake: slack,
    people,
    policy,
    adapters: [discordDefinition(discord, [])],
    model: (turn, request) => {
      const amount = JSON.stringify(request.messages[0]).includes('900') ? 900 : 120;
      return turn === 0
        ? call('books__pay', { amount, to: 'acme' })
        : words(`Result: ${lastResult(request)}`);
    },
  });
}, 60_000);
afterAll(async () => {
  await bot.close();
  await slack.close();
  await discord.close();
});

/** What somebody reads directly on Discord. */
const onDiscord = (thread: string, said: string): Promise<FakeMessage> =>
  eventually(
    () => discord.shown(thread).findLast((message) => wordsOf(message).includes(said)),
    20_000,
    () => discord.shown(thread).map(wordsOf).join('\n---\n'),
  );
const directOnSlack = (user: string, said: string): Promise<SeenMessage> =>
  eventually(() => {
    const { id } = directChannel(slack.workspace, user);
    return slack
      .channel(id)
      .messages()
      .findLast(({ text }) => text.includes(said));
  }, 20_000);

describe('given an approver on Slack who is away, and a stand-in on Discord', () => {
  it('then the stand-in reads it, decides there, and the card on Slack settles with both names', async () => {
    await bot.ben.command('/countersign', 'away until 2d delegate @dan', 'C1');
    await bot.told(bot.ben, 'Dan decides for you');
    expect(wordsOf(await onDiscord('772002', 'Ben is away until'))).toContain(
      'has named you to decide for Ben',
    );

    const { thread } = bot.ana.mention('C1', 'pay acme');
    const card = await bot.card(thread);
    expect(card.text).toContain('Dan decides for Ben');
    const copy = await onDiscord('772002', 'Pay 120 to acme');
    await discord.user('2002', 'Dan').press(copy, 'Approve');
    await bot.until(thread, 'Paid, receipt');

    expect((await bot.settled(card)).text).toContain('Approved by Dan (for Ben)');
    const settled = await eventually(() => {
      const [now] = discord.shown('772002').filter(({ id }) => id === copy.id);
      return now !== undefined && buttonsOf(now).length === 0 ? now : undefined;
    });
    expect(wordsOf(settled)).toContain('Approved by Dan');
    expect(bot.world.sent).toHaveLength(1);
  });
});

describe('given an approver on Discord who is away, and a stand-in on Slack', () => {
  it('then the stand-in reads it, decides there, and the card on Discord settles with both names', async () => {
    const gus = discord.user('2003', 'Gus');
    const answer = await gus.command('countersign away', { details: 'until 2d delegate @eve' });
    expect(JSON.stringify(answer)).toContain('Eve decides for you');
    await directOnSlack('U4', 'Gus is away until');

    const thread = discord.user('2001', 'Ana').mention(finance, 'pay acme 900').id;
    const card = await onDiscord(thread, 'Eve decides for Gus');
    const copy = await directOnSlack('U4', 'Pay 900 to acme');
    await bot.fake.user('U4').press(copy, 'Approve');
    await onDiscord(thread, 'Result\\: Paid');

    const settled = await eventually(() => {
      const now = discord.shown(thread).find(({ id }) => id === card.id);
      return now !== undefined && buttonsOf(now).length === 0 ? now : undefined;
    });
    expect(wordsOf(settled)).toContain('Approved by Eve');
    expect(wordsOf(settled)).toContain('for Gus');
    expect((await bot.settled(copy)).text).toContain('Approved by Eve');
    expect(bot.world.sent).toHaveLength(2);
  });

  it('when he is back, then his stand-in decides no more', async () => {
    await discord.user('2003', 'Gus').command('countersign back');
    const thread = discord.user('2001', 'Ana').mention(finance, 'pay acme 900 again').id;
    const card = await onDiscord(thread, 'Approve');

    expect(wordsOf(card)).not.toContain('Eve');
    await discord.user('2003', 'Gus').press(card, 'Approve');
    await onDiscord(thread, 'Result\\: Paid');
    expect(bot.world.sent).toHaveLength(3);
  });
});
