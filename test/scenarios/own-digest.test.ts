/** A person's own digest: written to him alone, with what he can decide and answer there. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { parsePeople } from '../../src/people/parse-people.ts';
import { defineWorkflow } from '../../src/workflow-kit.ts';
import { aSlackAndDiscord } from '../builders/both-platforms.ts';
import type { BothPlatforms } from '../builders/both-platforms.ts';
import { discordDefinition } from '../builders/discord-world.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { eventually } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';
import type { FakeSlack } from '../fakes/slack/index.ts';
import type { SeenMessage } from '../fakes/slack/seen.ts';
import { directChannel } from '../fakes/slack/workspace.ts';

const people = parsePeople(
  [
    'people:',
    '  ana: { name: Ana, slack: [T01/U1] }',
    '  ben: { name: Ben, roles: [finance], slack: [T01/U2] }',
    '  dora: { name: Dora, roles: [finance], discord: ["2004"] }',
    '  eli: { name: Eli }',
  ].join('\n'),
  'people.yaml',
);
/** Asks finance one thing. */
const survey = defineWorkflow({
  name: 'survey',
  title: 'Survey',
  input: z.object({}),
  start: { mention: 'survey' },
  async run(ctx) {
    const form = z.object({ colour: z.string() });
    const answer = await ctx.ask('it', { title: 'Which colour?', form, who: ['finance'] });
    await ctx.say(answer.kind === 'answered' ? `It is ${answer.value.colour}.` : 'Nobody knows.');
  },
});
const twoHoursMs = 2 * 3_600_000;
const clock = aMovedClock({ ticks: true });
let platforms: BothPlatforms;
let slack: FakeSlack;
let discord: FakeDiscord;
let bot: SlackWorld;
beforeAll(async () => {
  platforms = await aSlackAndDiscord({ channels: [{ id: 'C1', name: 'finance', members: ['U1', 'U2'] }] });
  ({ slack, discord } = platforms);
  bot = await aSlackWorld({
    ...{ fake: slack, people, clock, env: { TZ_NAME: 'UTC', PUBLIC_URL: 'https://bot.example' } },
    workflows: [survey],
    adapters: [discordDefinition(discord, [])],
  });
});
afterAll(async () => {
  await bot.close();
  await platforms.close();
});

const direct = (user: string): readonly SeenMessage[] =>
  slack.channel(directChannel(slack.workspace, user).id).messages();
const inDirect = (user: string, words: string): Promise<SeenMessage> =>
  eventually(
    () => direct(user).findLast(({ text }) => text.includes(words)),
    20_000,
    () =>
      `${user} reads: ${direct(user)
        .map(({ text }) => text)
        .join('\n---\n')}\n${bot.log.join('\n')}`,
  );
const digestsOf = async (person: string): Promise<number> => {
  const rows = await bot.world.app.store.runs.list({ workflow: 'daily-digest', limit: 50 });
  return rows.filter(({ startedBy }) => startedBy === person).length;
};
/** The next time a sweep looks, two hours have gone by. */
const pass = async (person: string): Promise<void> => {
  const before = (await bot.world.app.store.schedules.find(`digest-of-${person}`))?.nextAt ?? 0;
  clock.advance(twoHoursMs);
  await eventually(
    async () =>
      ((await bot.world.app.store.schedules.find(`digest-of-${person}`))?.nextAt ?? 0) > before || undefined,
    20_000,
  );
};

describe('given somebody who wants his own digest every two hours', () => {
  it('when nothing happened, then nothing comes, and in his quiet hours it waits', async () => {
    await slack.user('U2').command('/countersign', 'digest every 2 hours', 'C1');
    await bot.told(slack.user('U2'), 'Your digest comes in your direct messages on Slack', 'C1');
    await inDirect('U2', 'Your digest comes here: every 2 hours (UTC).');

    await pass('ben');
    expect(await digestsOf('ben')).toBe(0);

    await slack.user('U2').command('/countersign', 'mute for 3h', 'C1');
    await bot.told(slack.user('U2'), 'I write nothing to you for 3 h', 'C1');
    const asked = bot.ana.mention('C1', 'pay acme 120 for the chairs');
    await bot.card(asked.ts);
    const due = (await bot.world.app.store.schedules.find('digest-of-ben'))?.nextAt;
    // One sweep takes both, this one last.
    const wish = { channel: '~eli', text: 'digest every 2 hours' };
    const set = await bot.world.app.backend.command(bot.world.person('eli'), wish);
    expect(set).toMatchObject({ text: expect.stringContaining('in the console, under «only-you»') });
    await pass('eli');
    expect((await bot.world.app.store.schedules.find('digest-of-ben'))?.nextAt).toBe(due);
    expect(await digestsOf('ben')).toBe(0);

    await slack.user('U2').command('/countersign', 'mute off', 'C1');
    await inDirect('U2', 'Waiting for Ben: 1.');
  });

  it('when something waits, then it comes once, and what he decides and answers there settles everywhere', async () => {
    const card = await eventually(() => direct('U2').find(({ labels }) => labels.includes('Approve')));
    const said = bot.ana.mention('C1', 'survey');
    const original = await bot.until(said.ts, 'Which colour?');
    await pass('ben');
    await inDirect('U2', 'Unanswered: 1.');
    const form = await eventually(() => direct('U2').find(({ labels }) => labels.includes('Answer…')));

    expect(await digestsOf('ben')).toBe(2);
    expect(card.text).toContain('Pay 120 to acme');
    const link = card.buttons.find(({ label }) => label === 'Open in console');
    expect(link?.url).toMatch(/^https:\/\/bot\.example\/approvals#apr_\w+$/u);
    expect((await slack.user('U2').press(card, 'Open in console')).outcome).toBe('acknowledged');
    await slack.user('U2').press(card, 'Approve');
    expect((await bot.settled(card)).text).toContain('Approved by Ben');
    await slack.user('U2').press(form, 'Answer…');
    const view = await eventually(() => slack.user('U2').modal());
    await slack.user('U2').submit(view, { Colour: 'green' });
    await bot.until(said.ts, 'It is green.');
    expect((await bot.settled(original)).text).toContain('green');
    // What was answered belongs to the channel.
    const settled = await bot.settled(form);
    expect(settled.text).toContain('Answered by Ben');
    expect(settled.text).not.toContain('green');
  });

  it('when «digest of me» is said in a channel, then it comes directly, the channel reads only where, and «off» ends it', async () => {
    const before = direct('U1').length;
    const said = bot.ana.mention('C1', 'digest of me');

    const shown = await bot.until(said.ts, 'It is in your direct messages on Slack.');

    await inDirect('U1', 'Digest of the last 24 hours, for Ana');
    expect(direct('U1').length).toBeGreaterThan(before + 1);
    expect(shown.text).not.toContain('Runs:');
    await slack.user('U2').command('/countersign', 'digest off', 'C1');
    await bot.told(slack.user('U2'), 'Your digest comes no more.', 'C1');
    expect(await bot.world.app.store.schedules.find('digest-of-ben')).toBeUndefined();
  });
});

describe('given somebody who takes no direct messages on Discord', () => {
  it('when he wants his digest, then he is told where it is instead, and only he reads it there', async () => {
    discord.state.closed.add('772004');
    const dora = discord.user('2004', 'Dora');
    const asked = bot.ana.mention('C1', 'pay acme 120 for the lamps');
    await bot.card(asked.ts);

    const told = await dora.command('countersign more', { details: 'digest now' });
    const set = await dora.command('countersign more', { details: 'digest daily 9:00' });

    expect(JSON.stringify(told)).toContain('your direct messages there are closed to me');
    expect(JSON.stringify(told)).toContain('https://bot.example/t/console');
    expect(JSON.stringify(set)).toContain('in the console, under');
    const backend = bot.world.app.backend;
    const page = await eventually(async () => {
      const threads = await backend.listThreads(bot.world.person('dora'), 'console:~dora', undefined);
      const [first] = threads?.items ?? [];
      const read = first && (await backend.readThread(bot.world.person('dora'), first.id));
      return read?.items.some(({ text }) => text.includes('Waiting for Dora: 1.')) === true &&
        read.items.some(({ actions = [] }) => actions.some(({ label }) => label === 'Approve'))
        ? read
        : undefined;
    }, 20_000);
    expect(await backend.readThread(bot.world.person('eli'), page.id)).toBeUndefined();
    expect(await backend.listThreads(bot.world.person('eli'), 'console:~dora', undefined)).toBeUndefined();
    const press = page.items.flatMap(({ actions = [] }) => actions).find(({ label }) => label === 'Approve');
    expect(await backend.act(bot.world.person('dora'), { action: press?.id ?? '' })).toMatchObject({
      kind: 'done',
    });
    await bot.until(asked.ts, 'Approved by Dora');
  });

  it('when direct messages are open, then the digest is there, with its buttons', async () => {
    discord.state.closed.clear();
    const dora = discord.user('2004', 'Dora');
    const said = bot.ana.mention('C1', 'survey');
    await bot.until(said.ts, 'Which colour?');
    // Only who reads a channel is shown what is asked there: finance reads it on Slack, Dora does not.
    const asked = bot.ana.mention('C1', 'pay acme 120 for the desks');
    await bot.card(asked.ts);

    const told = await dora.command('countersign more', { details: 'digest now' });

    expect(JSON.stringify(told)).toContain('in your direct messages on Discord');
    const shown = await eventually(() =>
      discord.shown('772004').find((message) => wordsOf(message).includes('Waiting for Dora')),
    );
    const card = await eventually(() =>
      discord
        .shown('772004')
        .findLast(
          (message) => buttonsOf(message).includes('Approve') && wordsOf(message).includes('Pay 120'),
        ),
    );
    expect(wordsOf(shown)).not.toContain('Which colour?');
    expect(JSON.stringify(card.components)).toMatch(
      /"style":5,"label":"Open in console","url":"https:\/\/bot\.example\/approvals#apr_\w+"/u,
    );
    const pressed = await dora.press(card, 'Approve');
    expect(JSON.stringify(pressed)).toContain('Approved by Dora');
    await bot.until(asked.ts, 'Approved by Dora');
    await eventually(() => (buttonsOf(card).length === 0 ? true : undefined));
  });
});
