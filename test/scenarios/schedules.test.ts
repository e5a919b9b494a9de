import { afterEach, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InboundAccount } from '../../src/chat/adapter.ts';
import { endOfTurn } from '../../src/core/clock.ts';
import { asChannelId } from '../../src/core/ids.ts';
import { parsePeople } from '../../src/people/parse-people.ts';
import type { RunRow } from '../../src/runs/store.ts';
import { aManualClock } from '../builders/manual-clock.ts';
import { aFolder, removeFolder } from '../builders/running-bot.ts';
import { aWorld } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { aPlainPlatform } from '../fakes/plain-adapter.ts';
import type { PlainPlatform } from '../fakes/plain-adapter.ts';

const people = parsePeople(
  'people:\n  ana: { name: Ana, roles: [approver, finance], slack: [T01/U01] }\n  ben: { name: Ben, roles: [finance], slack: [T01/U02] }\n  cho: { name: Cho, roles: [operator], slack: [T01/U03] }\n',
  'people.yaml',
);
const account = (user: string): InboundAccount => ({ platform: 'slack', account: `T01/${user}` });
const ana = account('U01');
const ben = account('U02');
const cho = account('U03');
/** Monday 23 November 2026, 08:58 in Berlin. */
const shortlyBefore = (): ReturnType<typeof aManualClock> =>
  aManualClock(new Date('2026-11-23T07:58:00.000Z'));

const worlds: World[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
  for (const folder of folders.splice(0)) removeFolder(folder);
});

/** Sunday 22 November 2026, 09:00 UTC. */
async function open(
  more: {
    readonly folder?: string;
    readonly clock?: ReturnType<typeof aManualClock>;
    readonly file?: string;
  } = {},
): Promise<{
  readonly world: World;
  readonly platform: PlainPlatform;
  readonly clock: ReturnType<typeof aManualClock>;
  say(from: InboundAccount, text: string, channel?: string): Promise<string>;
  started(): Promise<readonly RunRow[]>;
}> {
  const clock = more.clock ?? aManualClock();
  const platform = aPlainPlatform('slack');
  const world = await aWorld({
    ...{ people, clock, adapters: [platform.definition] },
    env: { TZ_NAME: 'Europe/Berlin', ...(more.file !== undefined && { SCHEDULES_FILE: more.file }) },
    ...(more.folder !== undefined && { folder: more.folder }),
  });
  worlds.push(world);
  await world.app.start();
  return {
    world,
    platform,
    clock,
    async say(from, text, channel = 'slack:T01/C1') {
      return (await platform.sink().command(from, text, asChannelId(channel))).text;
    },
    started: () => world.app.store.runs.list({ limit: 100 }),
  };
}

/** Three minutes, in steps between which the bot does what it does. */
async function passThreeMinutes(bot: Awaited<ReturnType<typeof open>>): Promise<void> {
  for (let step = 0; step < 36; step += 1) {
    bot.clock.advance(5_000);
    await endOfTurn();
    await bot.world.app.store.schedules.list();
    await endOfTurn();
  }
}

async function aSchedule(bot: Awaited<ReturnType<typeof open>>): Promise<void> {
  await bot.say(ana, 'schedule "every weekday 9:00" "pay acme" of #finance');
  await bot.say(ana, 'schedule confirm assistant-finance');
}

describe('given plain wording', () => {
  it('when a schedule is made, then it shows its next three moments and rests until it is confirmed', async () => {
    const bot = await open({ clock: shortlyBefore() });

    const answer = await bot.say(ana, 'schedule "every weekday 9:00" "pay acme" of #finance');

    expect(answer).toContain('Mon 23 Nov 2026, 09:00 (Europe/Berlin)');
    expect(answer).toContain('Wed 25 Nov 2026, 09:00 (Europe/Berlin)');
    expect(answer).toContain('schedule confirm assistant-finance');
    await passThreeMinutes(bot);
    expect(await bot.started()).toEqual([]);
  });

  it.each([
    ['schedule "when it rains" "pay acme" of #finance', 'I do not understand «when it rains»'],
    ['schedule "daily 9:00" nonsense of #finance', 'there is no workflow nonsense'],
    ['schedule "daily 9:00" "pay acme" of #nowhere', 'name a channel that you read'],
    ['schedule "daily 9:00" "pay acme" of slack:T01/C9', 'name a channel that you read'],
    ['schedule "daily 9:00" "pay acme" missed never', 'Say missed once, missed skip or missed each'],
    ['schedule "daily 9:00" "pay acme" zone Mars/Olympus', 'cannot be used'],
    ['schedule daily', 'Say it like this'],
  ])('when «%s» is said, then nothing is made and the answer says why', async (words, why) => {
    const bot = await open();

    expect(await bot.say(ana, words)).toContain(why);
    expect(await bot.world.app.store.schedules.list()).toEqual([]);
  });

  it('when one person has fifty, then no more are made for that person, and others go on', async () => {
    const bot = await open();
    for (let nth = 0; nth < 50; nth += 1) await bot.say(ana, 'schedule "daily 9:00" "pay acme" of #finance');

    expect(await bot.say(ana, 'schedule "daily 9:00" "pay acme" of #finance')).toContain(
      'You have 50 schedules already. Delete one',
    );
    expect(await bot.world.app.store.schedules.list()).toHaveLength(50);
    expect(await bot.say(ben, 'schedule "daily 9:00" "pay acme" of #finance')).toContain('schedule confirm');
  });
});

describe('given wishes about its clock and what it misses', () => {
  it('when a schedule is made, then it keeps them and says so', async () => {
    const bot = await open({ clock: shortlyBefore() });

    const answer = await bot.say(
      ana,
      'schedule "daily 9:00" "missed zone pay acme" of #finance zone America/New_York missed skip',
    );

    expect(answer).toContain('Mon 23 Nov 2026, 09:00 (America/New_York)');
    expect(answer).toContain('What passes while nothing runs is left out.');
    expect(await bot.world.app.store.schedules.list()).toMatchObject([
      { zone: 'America/New_York', missed: 'skip', text: 'missed zone pay acme' },
    ]);
  });
});

describe('given a confirmed schedule', () => {
  it('when its moment comes, then a run of its maker starts and asks in that channel, and its maker cannot approve', async () => {
    const bot = await open({ clock: shortlyBefore() });
    await aSchedule(bot);

    await passThreeMinutes(bot);

    const [run, ...others] = await bot.started();
    expect(others).toEqual([]);
    expect(run).toMatchObject({ channel: 'console:finance', startedBy: 'ana', title: 'pay acme' });
    const approval = await bot.world.pending(run?.id ?? '');
    expect((await bot.world.vote('ana', approval, 'approve')).kind).toBe('refused');
    expect((await bot.world.vote('ben', approval, 'approve')).kind).toBe('counted');
    await bot.world.until(run?.id ?? '', 'done');
    expect(bot.world.sent).toHaveLength(1);
  });

  it('when it is skipped, paused and resumed, then the moments meant do not come', async () => {
    const bot = await open({ clock: shortlyBefore() });
    await aSchedule(bot);

    expect(await bot.say(ana, 'schedule skip assistant-finance')).toContain('Tue 24 Nov 2026');
    expect(await bot.say(ana, 'schedule pause assistant-finance')).toContain('rests');
    await passThreeMinutes(bot);
    expect(await bot.say(ana, 'schedule resume assistant-finance')).toContain('Tue 24 Nov 2026');
    expect(await bot.started()).toEqual([]);
  });

  it('when somebody else touches it, then only an operator may, and a stranger to the channel does not see it', async () => {
    const bot = await open();
    await bot.say(ana, 'schedule "daily 9:00" "pay acme"');

    expect(await bot.say(ben, 'schedule delete assistant-c1')).toContain('Only ana');
    expect(await bot.say(ben, 'schedule pause assistant-c1', 'slack:T01/C2')).toContain(
      'There is no schedule',
    );
    expect(await bot.say(ben, 'schedule list', 'slack:T01/C2')).toContain('Nothing is scheduled');
    expect(await bot.say(cho, 'schedule delete assistant-c1')).toContain('is deleted');
  });

  it('when it is edited and started by hand, then it comes at the other time and the run is that person’s', async () => {
    const bot = await open();
    await aSchedule(bot);

    const edited = await bot.say(cho, 'schedule edit assistant-finance "daily 18:30"');
    expect(edited).toContain('Sun 22 Nov 2026, 18:30');
    expect(edited).toContain('- then Tue 24 Nov 2026, 18:30');
    expect(await bot.say(cho, 'schedule now assistant-finance')).toContain('Started');
    expect(await bot.started()).toMatchObject([{ startedBy: 'cho', title: 'pay acme' }]);
  });
});

describe('given moments that pass while nothing runs', () => {
  it.each([
    ['once', 1],
    ['skip', 0],
    ['each', 3],
  ] as const)('when the rule is %s, then %i late runs start', async (missed, count) => {
    const folder = aFolder();
    folders.push(folder);
    const file = join(folder, 'schedules.yaml');
    writeFileSync(
      file,
      `schedules:\n  morning: { when: "daily 9:00", workflow: assistant, channel: finance, missed: ${missed}, text: hello }\n`,
    );
    const before = await open({ folder, file });
    await before.world.app.stop();
    worlds.splice(0);

    const clock = aManualClock(new Date('2026-11-25T12:00:00.000Z'));
    const after = await open({ folder, file, clock });

    expect(await after.started()).toHaveLength(count);
    for (const row of await after.started()) expect(row.startedBy).toBe('schedule:morning');
    expect(await after.world.app.store.schedules.find('morning')).toMatchObject({
      nextAt: Date.UTC(2026, 10, 26, 8),
    });
  });
});

describe('given a schedules.yaml with mistakes', () => {
  it('when the bot starts, then it does not, and each mistake is named with file, line, key and fix', async () => {
    const folder = aFolder();
    folders.push(folder);
    const file = join(folder, 'schedules.yaml');
    writeFileSync(
      file,
      [
        'schedules:',
        '  one: { when: "now and then", workflow: assistant, channel: finance }',
        '  two: { when: "daily 9:00", workflow: nothing, channel: finance }',
        '  three: { when: "daily 9:00", workflow: assistant, channel: nowhere, mised: skip }',
        '  four: { when: "daily 9:00", channel: finance, zone: Mars/Olympus }',
      ].join('\n'),
    );

    const failure = await open({ file }).catch((error: unknown) => String(error));

    expect(failure).toContain('schedules.yaml:2: schedules.one: «now and then» is not understood');
    expect(failure).toContain('schedules.yaml:3: schedules.two: there is no workflow nothing');
    expect(failure).toContain('did you mean missed');
    expect(failure).toContain('schedules.yaml:5: schedules.four: has no «workflow»');
  });
});
