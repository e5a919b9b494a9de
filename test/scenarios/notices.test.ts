/** What people are told directly: runs that they follow, and questions, outside of their quiet hours. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parsePeople } from '../../src/people/parse-people.ts';
import { aSlackAndDiscord } from '../builders/both-platforms.ts';
import type { BothPlatforms } from '../builders/both-platforms.ts';
import { discordDefinition } from '../builders/discord-world.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { wordsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';
import type { FakeSlack } from '../fakes/slack/index.ts';
import { directChannel } from '../fakes/slack/workspace.ts';

const people = parsePeople(
  [
    'people:',
    '  ana: { name: Ana, slack: [T01/U1] }',
    '  ben: { name: Ben, roles: [finance], slack: [T01/U2] }',
    '  cho: { name: Cho, roles: [finance], slack: [T01/U3] }',
    '  dora: { name: Dora, roles: [finance, on-call], discord: ["2004"] }',
    '  eli: { name: Eli, slack: [T01/U4] }',
  ].join('\n'),
  'people.yaml',
);
const hourMs = 3_600_000;
const clock = aMovedClock();
const folder = aFolder();
let platforms: BothPlatforms;
let slack: FakeSlack;
let discord: FakeDiscord;
let bot: SlackWorld;
beforeAll(async () => {
  platforms = await aSlackAndDiscord({
    channels: [
      { id: 'C1', name: 'finance', members: ['U1', 'U2', 'U4'] },
      { id: 'C2', name: 'other', members: ['U3'] },
    ],
  });
  ({ slack, discord } = platforms);
  await start();
});
afterAll(async () => {
  await bot.close();
  await platforms.close();
  removeFolder(folder);
});

async function start(): Promise<void> {
  bot = await aSlackWorld({ fake: slack, people, folder, clock, adapters: [discordDefinition(discord, [])] });
}

const directOf = (user: string): readonly string[] =>
  slack
    .channel(directChannel(slack.workspace, user).id)
    .messages()
    .map(({ text }) => text);

const toldDirectly = (user: string, words: string): Promise<string> =>
  eventually(
    () => directOf(user).find((text) => text.includes(words)),
    20_000,
    () => `${user} reads: ${directOf(user).join('\n---\n')}`,
  );

const runOf = async (words: string): Promise<string> => {
  const { items } = await bot.world.app.backend.listRuns(bot.world.person('ana'), {});
  const rows = items.length > 0 ? items : await bot.world.app.store.runs.list({ limit: 20 });
  return String(rows.find(({ title }) => title?.includes(words))?.id);
};

/** Quiet hours that began an hour ago and last two hours more. */
function quietNow(): string {
  const hour = clock.now().getUTCHours();
  return `quiet ${String((hour + 23) % 24)}:00-${String((hour + 3) % 24)}:00 UTC`;
}

describe('given a run in a channel', () => {
  it('when it is followed by button and by command, then its followers hear of its end, those who muted it do not, and nobody else can', async () => {
    const asked = bot.ana.mention('C1', 'pay acme 120 for the chairs');
    const card = await bot.card(asked.ts);
    const run = await runOf('for the chairs');
    const status = await bot.until(asked.ts, 'waiting');

    await slack.user('U4').press(status, 'Follow');
    await bot.told(slack.user('U4'), 'You follow this run', 'C1');
    await slack.user('U1').command('/countersign', `follow ${run}`, 'C1');
    await bot.told(slack.user('U1'), 'You follow this run', 'C1');
    await slack.user('U1').command('/countersign', `mute ${run}`, 'C1');
    await bot.told(slack.user('U1'), 'I write no more to you about this run', 'C1');
    const outside = await discord.user('2004', 'Dora').command('countersign follow', { details: run });
    expect(JSON.stringify(outside)).toContain('There is no such run that you may follow');
    await slack.user('U2').press(card, 'Approve');

    expect(await toldDirectly('U4', 'is done.')).toMatch(
      /«.*pay acme 120 for the chairs.*» is done\. https:/u,
    );
    expect(directOf('U1')).toEqual([]);
    expect(directOf('U4')).toHaveLength(1);
  });

  it('when its follower sets the same at the console, then it reads there, holds in the chat, and ends there', async () => {
    const desk = bot.world.app.backend.noticeDesk;
    const eli = bot.world.person('eli');
    const asked = bot.ana.mention('C1', 'pay acme 120 for the desks');
    await bot.card(asked.ts);
    const run = await runOf('for the desks');
    await slack.user('U4').press(await bot.until(asked.ts, 'waiting'), 'Follow');
    await bot.told(slack.user('U4'), 'You follow this run', 'C1');

    expect(await desk.change(eli, { verb: 'quiet', hours: 'at night' })).toMatchObject({ status: 422 });
    expect(await desk.change(eli, { verb: 'quiet', hours: '22:00-7:00 Europe/Berlin' })).toMatchObject({
      kind: 'done',
      text: expect.stringContaining('22:00 to 07:00 (Europe/Berlin)'),
    });
    await desk.change(eli, { verb: 'mute-for', hours: 2 });

    // The channel is Slack's alone: at the console nothing of what is said there is known.
    expect(await desk.read(eli)).toEqual({
      ...{ isReachable: true, isOnCall: false, zone: expect.any(String) },
      quiet: { from: '22:00', to: '07:00', zone: 'Europe/Berlin' },
      mutedUntil: expect.stringMatching(/^\d{4}-/u),
      follows: [{ run, title: run }],
      muted: [],
    });
    await slack.user('U4').command('/countersign', 'quiet', 'C1');
    await bot.told(slack.user('U4'), '22:00 to 07:00 (Europe/Berlin)', 'C1');

    await desk.change(eli, { verb: 'mute-run', run });
    await desk.change(eli, { verb: 'quiet', hours: 'off' });
    expect(await desk.read(eli)).toMatchObject({ follows: [], muted: [{ run }] });
    await desk.change(eli, { verb: 'unmute' });
    const left = await desk.read(eli);
    expect(left).toMatchObject({ follows: [], muted: [] });
    expect([left.quiet, left.mutedUntil]).toEqual([undefined, undefined]);
    expect((await desk.read(bot.world.person('ben'))).quiet).toBeUndefined();
  });
});

describe('given quiet hours', () => {
  it('when questions come in them, then whoever is on call is asked at once, the others after them in one message, also after a restart', async () => {
    // What she is shown of earlier runs, before her quiet hours, has come.
    await toldDirectly('U3', 'Paid, receipt R-1');
    await toldDirectly('U3', 'Approve: Pay 120');
    await slack.user('U3').command('/countersign', quietNow(), 'C2');
    await bot.told(slack.user('U3'), 'Your quiet hours', 'C2');
    const mine = await discord
      .user('2004', 'Dora')
      .command('countersign quiet', { details: quietNow().slice(6) });
    expect(JSON.stringify(mine)).toContain('You are on call');
    const before = directOf('U3').length;

    const first = bot.ana.mention('C1', 'pay acme 120 for the tables');
    await bot.card(first.ts);
    const second = bot.ana.mention('C1', 'pay acme 120 for the lamps');
    const lamps = await bot.card(second.ts);
    const third = bot.ana.mention('C1', 'pay acme 120 for the shelves');
    await bot.card(third.ts);
    await eventually(
      () =>
        discord.shown('772004').filter((message) => wordsOf(message).includes('Pay 120')).length >= 3 ||
        undefined,
      20_000,
    );
    // Held for Cho as well: what goes down with the process is told later, but by itself.
    await eventually(async () => {
      const commits = await bot.world.app.store.ledger.read('people/notices');
      const held = commits.flatMap(({ events }) => events).filter(({ kind }) => kind === 'notice.due');
      return held.filter(({ data }) => data['person'] === 'cho').length >= 3 || undefined;
    }, 20_000);
    await slack.user('U2').press(lamps, 'Approve');
    expect(directOf('U3')).toHaveLength(before);
    await bot.close();
    await start();
    clock.advance(3 * hourMs);

    const told = await toldDirectly('U3', 'waits for you to decide');
    expect(directOf('U3')).toHaveLength(before + 1);
    expect(told).toContain('2 things');
  });
});
