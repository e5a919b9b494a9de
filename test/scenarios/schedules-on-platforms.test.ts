/** A digest of another channel, by the words of the documentation, made and kept on each surface. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asActorId, asChannelId } from '../../src/core/ids.ts';
import { parsePeople } from '../../src/people/parse-people.ts';
import type { ScheduleRow } from '../../src/schedule/store.ts';
import { aSlackAndDiscord } from '../builders/both-platforms.ts';
import type { BothPlatforms } from '../builders/both-platforms.ts';
import { discordDefinition, finance } from '../builders/discord-world.ts';
import { eventually } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';
import type { FakeMessage } from '../fakes/discord/state.ts';
import type { FakeSlack } from '../fakes/slack/index.ts';
import type { SeenMessage } from '../fakes/slack/seen.ts';

const people = parsePeople(
  [
    'people:',
    '  ana: { name: Ana, slack: [T01/U1], discord: ["2001"] }',
    '  ben: { name: Ben, slack: [T01/U2], discord: ["2002"] }',
    'channels: { finance: {}, support: { private: true, members: [ana] } }',
    '',
  ].join('\n'),
  'people.yaml',
);
const words = '"every weekday 9:00" digest of #support';

let platforms: BothPlatforms;
let slack: FakeSlack;
let discord: FakeDiscord;
let bot: SlackWorld;
beforeAll(async () => {
  platforms = await aSlackAndDiscord({
    channels: [
      { id: 'C1', name: 'finance', members: ['U1', 'U2'] },
      { id: 'C2', name: 'support', members: ['U1'] },
    ],
  });
  ({ slack, discord } = platforms);
  const { guild, channels } = discord.state;
  const hidden = { isArchived: false, isPrivate: true };
  channels.set('1177', { id: '1177', type: 0, guild_id: guild, name: 'support', isArchived: false });
  channels.set('1188', { id: '1188', type: 0, guild_id: guild, name: 'board', ...hidden });
  bot = await aSlackWorld({ fake: slack, people, adapters: [discordDefinition(discord, [])] });
}, 60_000);
afterAll(async () => {
  await bot.close();
  await platforms.close();
});

const find = (name: string): Promise<ScheduleRow | undefined> => bot.world.app.store.schedules.find(name);
const runsIn = async (channel: string): Promise<number> =>
  (await bot.world.app.store.runs.list({ limit: 100 })).filter((row) => row.channel === channel).length;
/** The next three moments, a day apart over no weekend at most. */
const threeMoments = /(?:[-•] (?:Mon|Tue|Wed|Thu|Fri) \d{1,2} \w{3} \d{4}, 09:00 \(\S+\)\n){3}/u;

/** What Ana alone reads on Slack, with this button. */
const offered = (label: string): Promise<SeenMessage> =>
  eventually(
    () =>
      slack
        .user('U1')
        .sees('C1')
        .find(({ labels }) => labels.includes(label)),
    20_000,
    () =>
      JSON.stringify(
        slack
          .user('U1')
          .sees('C1')
          .filter(({ isEphemeral }) => isEphemeral),
      ),
  );

describe('given «every weekday 9:00» digest of #support', () => {
  it('when it is said on Slack in another channel, then it is for #support there, and buttons keep it', async () => {
    const name = 'daily-digest-c2';
    await slack.user('U2').command('/countersign', `schedule ${words}`, 'C1');
    await bot.told(slack.user('U2'), 'name a channel that you read', 'C1');
    expect(await find(name)).toBeUndefined();

    await slack.user('U1').command('/countersign', `schedule ${words}`, 'C1');
    const told = await bot.told(slack.user('U1'), 'starts daily-digest', 'C1');
    expect(told.text).toMatch(threeMoments);
    expect(told.text).toContain('in #support:');
    const made = await offered('Let it come');
    expect(await find(name)).toMatchObject({ channel: 'slack:T01/C2', isPaused: true, cron: '0 9 * * 1-5' });
    await slack.user('U1').press(made, 'Let it come');
    await eventually(async () => (await find(name))?.isPaused === false || undefined);

    await slack.user('U1').command('/countersign', 'schedule list', 'C1');
    await bot.told(slack.user('U1'), 'daily-digest in #support, of ana', 'C1');
    const card = await offered('Skip the next');
    const before = (await find(name))?.nextAt ?? 0;
    await slack.user('U1').press(card, 'Skip the next');
    await eventually(async () => ((await find(name))?.nextAt ?? 0) > before || undefined);
    await slack.user('U1').press(card, 'Run now');
    await eventually(async () => (await runsIn('slack:T01/C2')) === 1 || undefined);
    await slack.user('U1').press(card, 'Pause');
    await eventually(async () => (await find(name))?.isPaused === true || undefined);
    await slack.user('U1').press(card, 'Change the time…');
    const form = await eventually(() => slack.user('U1').modal());
    await slack.user('U1').submit(form, { [String(form.fields[0])]: '"daily 18:30"' });
    await eventually(async () => (await find(name))?.cron === '30 18 * * *' || undefined);
    await slack.user('U1').press(card, 'Delete this schedule');
    await eventually(async () => (await find(name)) === undefined || undefined);
  }, 60_000);

  it('when its maker is not in that Slack channel any more, then it starts nothing there', async () => {
    const { schedules } = bot.world.app.store;
    for (const channel of ['C1', 'C2']) await slack.user('U1').mention(channel, 'pay acme 120').settled;
    slack.workspace.channels.get('C2')?.members.delete('U1');
    const before = await runsIn('slack:T01/C2');
    const others = await runsIn('slack:T01/C1');

    for (const place of ['C2', 'C1'])
      await schedules.add({
        ...{ name: `of-${place}`, cron: '0 9 * * *', zone: 'UTC', workflow: 'daily-digest', input: {} },
        ...{ channel: asChannelId(`slack:T01/${place}`), by: asActorId('ana'), origin: 'person' },
        ...{ missed: 'once', isPaused: false, nextAt: Date.now() - 2_000 },
      });

    for (const place of ['C2', 'C1'])
      await eventually(
        async () => ((await find(`of-${place}`))?.nextAt ?? 0) > Date.now() || undefined,
        20_000,
      );
    expect(await runsIn('slack:T01/C2')).toBe(before);
    expect(await runsIn('slack:T01/C1')).toBe(others + 1);
    for (const place of ['C2', 'C1']) await schedules.remove(`of-${place}`);
  }, 60_000);

  it('when it is said on Discord in another channel, then it is for #support there, and buttons keep it', async () => {
    const name = 'daily-digest-1177';
    const ana = discord.user('2001', 'Ana');
    const ben = discord.user('2002', 'Ben');
    /** What one person alone reads, the latest. */
    const read = (by: string, isIt: (message: FakeMessage) => boolean): Promise<FakeMessage> =>
      eventually(() =>
        [...discord.state.messages.values()].findLast((message) => message.onlyFor === by && isIt(message)),
      );
    const shown = (label: string): Promise<FakeMessage> =>
      read('2001', (message) => buttonsOf(message).includes(label));
    const said = (by: string, text: string): Promise<FakeMessage> =>
      read(by, (message) => wordsOf(message).replaceAll('\\', '').includes(text));
    const say = (details: string, by = ana) => by.command('countersign schedule', { details }, finance);
    // The client writes the channel that was chosen by its id.
    await say(words.replace('#support', '<#1188>'), ben);
    await said('2002', 'name a channel that you read');

    await say(words.replace('#support', '<#1177>'));

    const made = await said('2001', 'starts daily-digest');
    expect(wordsOf(made).replaceAll('\\', '')).toMatch(threeMoments);
    expect(wordsOf(made).replaceAll('\\', '')).toContain('in #support:');
    expect(await find(name)).toMatchObject({
      channel: `discord:${discord.state.guild}/1177`,
      isPaused: true,
    });
    await ana.press(await shown('Let it come'), 'Let it come');
    await eventually(async () => (await find(name))?.isPaused === false || undefined);
    await say('list');
    const card = await shown('Skip the next');
    expect(buttonsOf(card)).toEqual([
      ...['Pause', 'Skip the next', 'Run now', 'Change the time…', 'Delete this schedule'],
    ]);
    await ana.press(card, 'Run now');
    await eventually(async () => (await runsIn(`discord:${discord.state.guild}/1177`)) === 1 || undefined);
    await ana.press(card, 'Pause');
    await eventually(async () => (await find(name))?.isPaused === true || undefined);
    await ana.press(card, 'Change the time…');
    await ana.submitModal('every monday 8:30');
    await eventually(async () => (await find(name))?.cron === '30 8 * * 1' || undefined);
    await say(`delete ${name}`);
    await said('2001', 'is deleted');
  }, 60_000);

  it('when it is said at the console, then it is for #support there, and whoever is not in it cannot', async () => {
    const { backend } = bot.world.app;
    const say = async (person: string, text: string): Promise<string> => {
      const done = await backend.command(bot.world.person(person), { channel: 'finance', text });
      return 'text' in done ? done.text : JSON.stringify(done);
    };
    expect(await say('ben', `schedule ${words}`)).toContain('name a channel that you read');

    const made = await say('ana', `schedule ${words}`);
    expect(made).toMatch(threeMoments);
    expect(made).toContain('in #support:');

    const name = 'daily-digest-support';
    expect(await say('ben', `schedule confirm ${name}`)).toContain('There is no schedule');
    expect(await say('ana', `schedule confirm ${name}`)).toContain('comes next');
    expect(await say('ana', `schedule skip ${name}`)).toContain('comes next');
    expect(await say('ana', `schedule now ${name}`)).toContain('Started');
    expect(await say('ana', `schedule pause ${name}`)).toContain('rests');
    expect(await say('ana', `schedule edit ${name} "daily 18:30"`)).toContain('rests');
    expect(await say('ana', `schedule delete ${name}`)).toContain('is deleted');
    expect(await runsIn('console:support')).toBe(1);
  });
});
