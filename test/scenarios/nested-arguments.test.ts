import { afterEach, describe, expect, it } from '@jest/globals';
import { parseJsonObject, isJsonObject } from '../../src/core/json.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { ToolState } from '../../src/tools/tool.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { call, words, worldPolicy } from '../builders/world.ts';

const open: SlackWorld[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

const names = ['order', 'customer', 'address', 'country', 'region', 'city'];
/** `{ order: { customer: { … city: { name, codes } } } }`, each level with its schema. */
function nested(inner: JsonObject, wrap: (inner: JsonObject) => JsonObject): JsonObject {
  return names.toReversed().reduce((value, name) => ({ [name]: wrap(value) }), inner);
}

const text = { type: 'string' };
const inCity: JsonObject = { name: text, codes: { type: 'array', items: { type: 'integer' } } };
const objectOf = (properties: JsonObject): JsonObject => ({ type: 'object', properties });
const orderSchema = nested(inCity, objectOf);
const rows = { type: 'array', items: objectOf({ sku: text, sizes: { type: 'array', items: text } }) };

function withOrders(found: ToolState): ToolState {
  if (found.kind !== 'ready') return found;
  const known = found.tool.inputSchema['properties'];
  const properties = { ...(isJsonObject(known) ? known : {}), ...orderSchema, rows };
  return { ...found, tool: { ...found.tool, inputSchema: { ...found.tool.inputSchema, properties } } };
}

async function asked(args: JsonObject) {
  const bot = await aSlackWorld({
    policy: worldPolicy.replace('approvers: [finance]', 'approvers: [finance], excludeEditor: false'),
    find: (name, found) => (name === 'books/pay' ? withOrders(found) : found),
    model: (turn) => (turn === 0 ? call('books__pay', { amount: 120, to: 'acme', ...args }) : words('Done.')),
  });
  open.push(bot);
  const said = bot.ana.mention('C1', 'pay acme 120');
  return { bot, said, card: await bot.card(said.ts) };
}

describe('given arguments of six levels on Slack', () => {
  it('when they are read and changed, then each level is a line, the innermost is a field, and exactly that runs', async () => {
    const args = {
      ...nested({ name: 'Ulm', codes: [89_073, 89_081] }, (inner) => inner),
      rows: [
        { sku: 'a-1', sizes: ['s', 'm'] },
        { sku: 'b-2', sizes: [] },
      ],
    };
    const { bot, said, card } = await asked(args);

    for (const [depth, name] of names.entries())
      if (depth > 0) expect(card.text).toContain(`\n${'  '.repeat(depth)}"${name}": {\n`);
    expect(card.text).toContain(`\n${'  '.repeat(6)}"name": "Ulm"\n`);
    expect(card.text).toContain('{"sizes":[],"sku":"b-2"}');
    await bot.ben.press(card, 'Edit…');
    const form = await bot.fake.until(() => bot.ben.modal());
    const city = names.join(' › ');
    expect(form.fields).toEqual(['amount', 'to', `${city} › name`, `${city} › codes`, 'rows']);
    const changed = { [`${city} › name`]: 'Bonn', [`${city} › codes`]: '53111\n53113' };
    expect((await bot.ben.submit(form, changed)).errors).toEqual({});

    const next = await bot.until(said.ts, '"name": "Bonn"');
    expect((await bot.settled(card)).text).toContain(`${city} › name Ulm → Bonn`);
    await bot.ben.press(next, 'Approve');
    await bot.until(said.ts, 'done books/pay');
    expect(bot.world.sent.map(({ argsJson }) => parseJsonObject(argsJson))).toEqual([
      {
        amount: 120,
        to: 'acme',
        ...args,
        ...nested({ name: 'Bonn', codes: [53_111, 53_113] }, (inner) => inner),
      },
    ]);
    expect(bot.fake.calls().filter(({ answer }) => answer?.['ok'] === false)).toEqual([]);
  });

  it('when no message holds them, then a file and a form hold every value, and what runs is the same', async () => {
    const many = Array.from({ length: 900 }, (_, index) => ({
      sku: `sku-${String(index)}`,
      sizes: ['s', 'm'],
    }));
    const args = { ...nested({ name: 'Ulm', codes: [1] }, (inner) => inner), rows: many };
    const { bot, said, card } = await asked(args);

    expect(card.text).toContain('A file in this thread holds what it is about, whole.');
    const file = await bot.fake.until(() =>
      bot.fake
        .channel('C1')
        .thread(said.ts)
        .flatMap(({ files }) => files)
        .find(({ name }) => name.endsWith('arguments.txt')),
    );
    const shown = /\nrows\n(\[[\s\S]*\n\])/u.exec(file.content)?.[1] ?? '';
    expect(JSON.parse(shown)).toEqual(many);
    await bot.ben.press(card, 'Approve…');
    const whole = await bot.fake.until(() => bot.ben.modal());
    for (const { sku } of many) expect(whole.text).toContain(`"${sku}"`);
    expect(bot.world.sent).toEqual([]);
    await bot.ben.submit(whole, {});

    await bot.until(said.ts, 'done books/pay');
    await bot.settled(card);
    expect(bot.world.sent.map(({ argsJson }) => parseJsonObject(argsJson))).toEqual([
      { amount: 120, to: 'acme', ...args },
    ]);
    const files = bot.fake
      .channel('C1')
      .thread(said.ts)
      .flatMap((message) => message.files);
    expect(files).toHaveLength(1);
    expect(bot.fake.calls().filter(({ answer }) => answer?.['ok'] === false)).toEqual([]);
  });
});
