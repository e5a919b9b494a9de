import { afterEach, describe, expect, it } from '@jest/globals';
import { isJsonObject, parseJsonObject } from '../../src/core/json.ts';
import type { ToolState } from '../../src/tools/tool.ts';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import { eventually } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import { call, words, worldPolicy } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { allParts } from '../fakes/discord/state.ts';
import { buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { Outcome } from '../fakes/discord/interactions.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

const long = (end: string): string => `country of ${'very '.repeat(30)}${end}`;
/** More than one list of Slack holds, and more than four menus of Discord; the last two differ in their ends alone. */
const countries = [
  ...Array.from({ length: 108 }, (_, at) => `country ${String(at + 1)}`),
  long('north'),
  long('south'),
];
const south = long('south');
/** What a menu shows below a label that it cuts. */
const endOf = (text: string, most: number): string => `…${text.slice(1 - most)}`;

function withCountry(found: ToolState): ToolState {
  if (found.kind !== 'ready') return found;
  const { inputSchema } = found.tool;
  const known = inputSchema['properties'];
  const country = { type: 'string', enum: countries, description: 'Where it goes' };
  const properties = { ...(isJsonObject(known) ? known : {}), country };
  const required = ['amount', 'to', 'country'];
  return { ...found, tool: { ...found.tool, inputSchema: { ...inputSchema, properties, required } } };
}

const payment = { amount: 120, to: 'acme', country: 'country 3' };
const options = {
  policy: worldPolicy.replace('approvers: [finance]', 'approvers: [finance], excludeEditor: false'),
  find: (name: string, found: ToolState) => (name === 'books/pay' ? withCountry(found) : found),
  model: (turn: number) => (turn === 0 ? call('books__pay', payment) : words('Done.')),
};
const sentBy = ({ sent }: World) => sent.map(({ argsJson }) => parseJsonObject(argsJson));
const messageOf = (outcome: Outcome) => {
  if (outcome.kind !== 'said') throw new Error(`It was answered by ${outcome.kind}.`);
  return outcome.message;
};

describe('given an argument with more than a hundred possible values', () => {
  it('when it is changed on Discord, then every value stands in one of five menus, and the one that is picked runs', async () => {
    const bot = await aDiscordWorld(options);
    open.push(bot);
    const { ben } = bot;
    const asked = bot.ana.mention(finance, 'pay acme 120').id;
    const card = await bot.card(asked);

    expect(await ben.press(card, 'Edit…')).toMatchObject({ kind: 'form', form: { title: /1 of 2/u } });
    const next = messageOf(await ben.submitModal({}));
    const page = await ben.press(next, 'Next: page 2 of 2');
    if (page.kind !== 'form') throw new Error(`It was answered by ${page.kind}.`);
    const menus = page.form.components;
    expect(menus.map(({ label }) => label)).toEqual([
      'country (1–25 of 110)',
      'country (26–50 of 110)',
      'country (51–75 of 110)',
      'country (76–100 of 110)',
      'country (101–110 of 110)',
    ]);
    expect(menus[3]).toMatchObject({ description: 'country 76 … country 100 · Where it goes' });
    // Menus were just found to be there, and the local Discord took their options for what they must be.
    const offered = allParts(menus).flatMap(
      (part) => (part['options'] ?? []) as readonly { label: string; description?: string }[],
    );
    expect(offered.map(({ label }) => label)).toEqual(countries.map((country) => country.slice(0, 100)));
    expect(offered.slice(-2).map(({ description }) => description)).toEqual(
      countries.slice(-2).map((country) => endOf(country, 100)),
    );

    const refused = messageOf(await ben.submitModal({ 'f2-1': '30', 'f2-4': '109' }));
    expect(wordsOf(refused)).toContain(`country\\: you chose country 31 and ${south}. Choose one of them.`);
    await ben.press(refused, 'Fill it in again');
    expect(wordsOf(messageOf(await ben.submitModal({ 'f2-4': '109' })))).toContain('Changed, and asked anew');

    await eventually(() => (wordsOf(card).includes('country 3 → ') ? true : undefined));
    const again = await eventually(() =>
      bot.fake.shown(asked).find((shown) => shown.id !== card.id && buttonsOf(shown).includes('Approve')),
    );
    await ben.press(again, 'Approve');
    await bot.until(asked, 'Done.');
    expect(sentBy(bot.world)).toEqual([{ ...payment, country: south }]);
  });

  it('when it is changed on Slack, then one menu offers every value, and the one that is picked runs', async () => {
    const bot = await aSlackWorld(options);
    open.push(bot);
    const asked = bot.ana.mention('C1', 'pay acme 120');
    const card = await bot.card(asked.ts);

    await bot.ben.press(card, 'Edit…');
    const form = await bot.fake.until(() => bot.ben.modal());
    expect((await bot.ben.submit(form, { country: endOf(south, 75) })).errors).toEqual({});

    await bot.settled(card);
    const again = await bot.card(asked.ts);
    await bot.ben.press(again, 'Approve');
    await bot.until(asked.ts, 'done books/pay');
    expect(sentBy(bot.world)).toEqual([{ ...payment, country: south }]);
  });
});
