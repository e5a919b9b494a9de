import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aFakeDiscord } from '../fakes/discord/fake-discord.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import { words } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import type { RunRow } from '../../src/runs/store.ts';

const closing: (() => Promise<void>)[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  for (const folder of folders.splice(0)) removeFolder(folder);
});

/** Incidents begin by a word or a siren in this channel, and nowhere else. */
function watching(channel: string, siren: string): { readonly env: Readonly<Record<string, string>> } {
  const folder = aFolder();
  folders.push(folder);
  const file = join(folder, 'triggers.yaml');
  writeFileSync(
    file,
    `triggers:\n  incident:\n    - { channel: "${channel}", message: "sev1 *" }\n    - { channel: "${channel}", reaction: "${siren}" }\n`,
  );
  return { env: { TRIGGERS_FILE: file } };
}

const options = { model: () => words('I look into it.') };

const incidents = async (world: World, count: number): Promise<readonly RunRow[]> => {
  const found = await eventually(async () => {
    const rows = await world.app.store.runs.list({ limit: 50 });
    return rows.length >= count ? rows : undefined;
  });
  return [...found].reverse();
};

describe('given a channel on Slack where a word and a reaction start an incident', () => {
  it('when people say it or react, then one begins each time in the thread, and nothing else does', async () => {
    const slack = await aSlackWorld({ ...options, ...watching('slack:T01/C1', 'rotating_light') });
    closing.push(() => slack.close());
    const { ana, ben, dev, world } = slack;

    const said = ana.say('C1', 'SEV1 checkout is down');
    const [byWord] = await incidents(world, 1);
    const other = dev.say('C1', 'the mail server smokes');
    await ben.react(other, 'rotating_light::skin-tone-3');
    const [, byReaction] = await incidents(world, 2);
    for (const delivery of [
      ana.say('C1', 'no sev1 today').settled,
      dev.say('C1', 'sev1 a stranger says so').settled,
      ana.reply(other, 'sev1 in a thread').settled,
      ana.react(other, 'rotating_light'),
      ana.react(said, 'eyes'),
      dev.react(said, 'rotating_light'),
    ])
      await delivery;
    const rows = await incidents(world, 2);

    expect(byWord).toMatchObject({
      workflow: 'incident',
      startedBy: 'ana',
      thread: `slack:T01/C1/${said.ts}`,
    });
    expect(byReaction).toMatchObject({
      workflow: 'incident',
      startedBy: 'ben',
      thread: `slack:T01/C1/${other.ts}`,
    });
    await slack.until(said.ts, 'checkout is down');
    await slack.until(other.ts, 'the mail server smokes');
    expect(rows).toHaveLength(2);
  });
});

describe('given a channel on Discord where a word and a reaction start an incident', () => {
  it('when people say it or react, then one begins each time in a thread, and nothing else does', async () => {
    const discord = await aDiscordWorld({ ...options, ...watching(`discord:1000/${finance}`, '🚨') });
    closing.push(() => discord.close());
    const { ana, ben, eve, world } = discord;

    const said = ana.say(finance, 'sev1 checkout is down');
    await incidents(world, 1);
    const other = eve.say(finance, 'the mail server smokes');
    ben.react(other, '🚨');
    await incidents(world, 2);
    ana.say(finance, 'no sev1 today');
    eve.say(finance, 'sev1 a stranger says so');
    ana.react(other, '🚨');
    ana.react(said, '👀');
    eve.react(said, '🚨');
    // What follows a mention was delivered after all of it.
    ana.mention(finance, 'hello');
    const rows = await incidents(world, 3);

    expect(rows.map(({ workflow, startedBy }) => [workflow, startedBy])).toEqual([
      ['incident', 'ana'],
      ['incident', 'ben'],
      ['assistant', 'ana'],
    ]);
    await discord.until(said.id, 'checkout is down');
    await discord.until(other.id, 'the mail server smokes');
  });

  it('when people said it or reacted while the bot was away, then one begins each time at its start, once', async () => {
    const fake = await aFakeDiscord();
    closing.push(() => fake.close());
    const [ana, ben, eve] = [fake.user('2001', 'Ana'), fake.user('2002', 'Ben'), fake.user('2000', 'Eve')];
    const said = ana.say(finance, 'sev1 checkout is down');
    const other = eve.say(finance, 'the mail server smokes');
    eve.react(other, '🚨');
    ben.react(other, '🚨');
    ana.react(said, '👀');
    ana.say('1200', 'sev1 in another channel');

    const folder = aFolder();
    folders.push(folder);
    const bot = { ...options, ...watching(`discord:1000/${finance}`, '🚨'), fake, folder };
    const first = await aDiscordWorld(bot);
    closing.unshift(() => first.close());
    await incidents(first.world, 2);
    await closing.shift()?.();
    const second = await aDiscordWorld(bot);
    closing.unshift(() => second.close());
    ana.mention(finance, 'hello');
    const rows = await incidents(second.world, 3);

    expect(rows.map(({ workflow, startedBy, thread }) => [workflow, startedBy, thread])).toEqual([
      ['incident', 'ana', `discord:1000/${said.id}`],
      ['incident', 'ben', `discord:1000/${other.id}`],
      ['assistant', 'ana', expect.any(String)],
    ]);
  });
});
