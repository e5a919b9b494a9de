import { afterEach, describe, expect, it } from '@jest/globals';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import type { DiscordWorld, DiscordWorldOptions } from '../builders/discord-world.ts';
import { eventually } from '../builders/running-bot.ts';
import { buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { Outcome } from '../fakes/discord/interactions.ts';
import type { FakeMessage } from '../fakes/discord/state.ts';
import { v2Flag } from '../fakes/discord/validate-message.ts';

const open: DiscordWorld[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

async function start(options: DiscordWorldOptions = {}): Promise<DiscordWorld> {
  const world = await aDiscordWorld(options);
  open.push(world);
  return world;
}

const said = (outcome: Outcome): string =>
  outcome.kind === 'said' || outcome.kind === 'updated' ? wordsOf(outcome.message) : outcome.kind;
const isClassic = ({ flags, content }: FakeMessage): boolean => (flags & v2Flag) === 0 && content !== '';

describe('given Discord with cards in the classic form', () => {
  it('when a payment is asked for, then card, refusal, edit form, approval and commands are as everywhere, in content and rows', async () => {
    const { fake, world, ana, ben, card, until } = await start({ discordEnv: { DISCORD_CARDS: 'classic' } });
    // Nothing but the mark in the message itself finds it again.
    fake.state.nonceMs = 0;
    fake.rest.loseNextAnswer(/^POST \/channels\/\d+\/messages$/u);
    const thread = ana.mention(finance, 'pay acme 120').id;
    const approval = await card(thread);
    expect(wordsOf(approval)).toContain('Approve\\: Pay 120 to acme?');
    expect(buttonsOf(approval)).toEqual(expect.arrayContaining(['Approve', 'Deny…', 'Edit…']));
    expect(said(await ana.press(approval, 'Approve'))).toContain('someone else from finance decides');
    expect(await ben.press(approval, 'Edit…')).toMatchObject({ kind: 'form' });

    const listed = await ben.command('countersign approvals');
    expect(listed.kind).toBe('said');
    const copy = await eventually(() =>
      [...fake.state.messages.values()].find(
        (message) => message.onlyFor === '2002' && buttonsOf(message).includes('Approve'),
      ),
    );
    expect(isClassic(copy)).toBe(true);
    expect(said(await ben.press(copy, 'Approve'))).toContain('Approved by Ben');

    await until(thread, 'Result\\: Paid, receipt R\\-1');
    await eventually(() => (buttonsOf(approval).length === 0 ? true : undefined));
    await eventually(() => (wordsOf(approval).includes('Paid, receipt R\\-1') ? true : undefined));
    expect(wordsOf(approval)).toMatch(/Approved by Ben at <t:\d+:f>/u);
    await until(thread, 'dispatched books/pay');
    expect(fake.shown(thread).filter((message) => !isClassic(message))).toEqual([]);
    // The create whose answer was lost is one message.
    const marks = fake.shown(thread).map((message) => wordsOf(message).split('\n').at(-1));
    expect(new Set(marks).size).toBe(marks.length);
    expect(fake.pings()).toEqual(['2002']);
    expect(fake.embeds()).toEqual([]);
    expect(world.sent).toHaveLength(1);
  });
});

describe('given a channel of Discord that refuses components v2', () => {
  it('when somebody asks there, then its thread is classic by itself, and other channels keep their form', async () => {
    const { fake, log, world, ana, ben, card, until } = await start();
    fake.state.classicOnly.add(finance);
    const thread = ana.mention(finance, 'pay acme 120').id;
    const elsewhere = ana.mention('1200', 'pay acme 120').id;
    const approval = await card(thread);
    expect(isClassic(approval)).toBe(true);
    expect(isClassic(await card(elsewhere))).toBe(false);

    expect(await ben.press(approval, 'Deny…')).toMatchObject({ kind: 'form', form: { title: 'Deny' } });
    expect(said(await ben.submitModal('ask for a photo first'))).toContain('Denied by Ben');
    await eventually(() => (buttonsOf(approval).length === 0 ? true : undefined));
    await until(thread, 'ask for a photo first');
    expect(isClassic(approval)).toBe(true);
    expect(log.filter((line) => line.startsWith('discord.components-refused'))).toHaveLength(1);
    expect(world.sent).toEqual([]);
  });
});
