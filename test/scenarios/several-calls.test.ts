/** Several calls of one turn: one card, decided one by one or together, on every surface. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ItemJson } from '../../src/api/shapes.ts';
import type { ModelAnswer } from '../../src/models/model.ts';
import { parsePeople } from '../../src/people/parse-people.ts';
import { discordDefinition, finance } from '../builders/discord-world.ts';
import { eventually } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { call, words, worldPolicy } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { aFakeDiscord, buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import type { FakeSlack } from '../fakes/slack/index.ts';

const people = parsePeople(
  `people:
  ana: { name: Ana, slack: [T01/U1], discord: ["2001"] }
  ben: { name: Ben, roles: [approver, finance], slack: [T01/U2], discord: ["2002"] }
  cho: { name: Cho, roles: [approver], slack: [T01/U3], discord: ["2003"] }
  dev: { name: Dev, slack: [T01/U4] }
channels: { finance: {} }
`,
  'people.yaml',
);
const policy = worldPolicy
  .replace(
    'books/note: { effect: opaque, verdict: allow }',
    'books/note: { effect: opaque, verdict: ask, approvers: [approver], title: "Note {text}" }',
  )
  .concat(
    '  - { id: much, tool: books/pay, when: "args.amount > 300", verdict: ask, approvers: [finance], notify: ["slack:T01/C2"] }\n',
  );

/** «pay 10 acme, pay 20 beta, note hello» as calls of one turn. */
function callsOf(text: string): Partial<ModelAnswer> {
  const calls = text.split(',').flatMap((part, index) => {
    const [, verb = '', ...rest] = /(pay|note) (\S+) ?(\S*)/u.exec(part) ?? [];
    const [first = '', to = ''] = rest;
    const input = verb === 'pay' ? { amount: Number(first), to } : { text: first };
    return verb === '' ? [] : (call(`books__${verb}`, input, `toolu_${String(index)}`).calls ?? []);
  });
  return { ...words('These are due.'), stop: 'tool-use', calls };
}

let fakeDiscord: FakeDiscord;
let fakeSlack: FakeSlack;
let bot: SlackWorld;
let world: World;
beforeAll(async () => {
  fakeDiscord = await aFakeDiscord();
  fakeSlack = await createFakeSlack({
    mode: 'socket',
    channels: [
      { id: 'C1', name: 'general' },
      { id: 'C2', name: 'approvals', members: ['U2', 'U3'] },
    ],
  });
  bot = await aSlackWorld({
    fake: fakeSlack,
    people,
    policy,
    adapters: [discordDefinition(fakeDiscord, [])],
    reviewer: (request) =>
      JSON.stringify(request.messages).includes('400')
        ? '{"verdict":"ask","warning":"a lot"}'
        : '{"verdict":"fine"}',
    model: (turn, request) => {
      const [asked] = request.messages;
      if (turn === 0) return callsOf(asked?.role === 'user' ? asked.text : '');
      const last = request.messages.at(-1);
      const results = last?.role === 'tool' ? last.results.map(({ content }) => content.split('\n')[0]) : [];
      return words(`Results: ${results.join(' | ')}`);
    },
  });
  ({ world } = bot);
}, 60_000);
afterAll(async () => {
  await bot.close();
  await fakeSlack.close();
  await fakeDiscord.close();
});

const paid = (since: number): readonly string[] => world.sent.slice(since).map(({ argsJson }) => argsJson);

/** The card of a request on the console, once it holds so many calls. */
async function asked(text: string, count: number): Promise<{ thread: string; run: string; card: ItemJson }> {
  const { thread, run } = await world.say('ana', text);
  const card = await eventually(async () => {
    const found = await world.app.backend.readThread(world.person('ana'), thread);
    return found?.items.find(({ text: shown }) => shown.startsWith(`Approve ${String(count)} calls`));
  });
  return { thread, run, card };
}

const press = (
  by: string,
  card: ItemJson,
  label: string,
  text?: string,
): ReturnType<World['app']['backend']['act']> =>
  world.app.backend.act(world.person(by), {
    action: card.actions?.find((action) => action.label === label)?.id ?? label,
    ...(text !== undefined && { text }),
  });

describe('given several calls of one turn that ask', () => {
  it('when each is decided by itself, then the one runs and the other does not', async () => {
    const since = world.sent.length;
    const { thread, run, card } = await asked('pay 10 acme, pay 20 beta', 2);
    const { items = [] } = (await world.app.backend.readThread(world.person('ana'), thread)) ?? {};

    expect(items.filter(({ kind, text }) => kind === 'card' && text.includes('Approve')).length).toBe(1);
    expect(card.actions?.map(({ label }) => label)).toEqual([
      ...['Approve all', 'Deny all…', 'Approve 1', 'Deny 1…', 'Edit 1…', 'Ask a question…', 'Withdraw 1'],
      ...['Approve 2', 'Deny 2…', 'Edit 2…', 'Withdraw 2', 'Withdraw all'],
    ]);
    expect(card.text).toContain('Approve 2 calls: Pay 10 to acme; Pay 20 to beta. Asked by Ana in #finance.');
    await press('ben', card, 'Deny 1…', 'not this one');
    await press('ben', card, 'Approve 2');
    await world.until(run, 'done');

    expect(paid(since)).toEqual(['{"amount":20,"to":"beta"}']);
    const story = await world.story(thread);
    expect(story).toContain('1. Pay 10 to acme: Denied by Ben');
    expect(story).toContain('2. Pay 20 to beta: Approved by Ben');
    expect(story).toContain('Results: Denied by Ben: not this one. Nothing ran. | Paid, receipt R-1');
  });

  it('when they are approved together, then all of them run, and a second press changes nothing', async () => {
    const since = world.sent.length;
    const { run, card } = await asked('pay 10 acme, pay 20 beta, pay 30 gamma', 3);

    const own = await press('ana', card, 'Approve all');
    const stranger = await press('dev', card, 'Approve all');
    expect(paid(since)).toEqual([]);
    const done = await press('ben', card, 'Approve all');
    await world.until(run, 'done');
    const again = await press('ben', card, 'Approve all');

    expect([own, stranger]).toMatchObject([
      { kind: 'refused', code: 'vote.requester' },
      { kind: 'refused', code: 'vote.not-entitled' },
    ]);
    expect([done.kind, again.kind]).toEqual(['done', 'done']);
    expect([...paid(since)].sort()).toEqual(
      ['acme', 'beta', 'gamma'].map((to, index) => JSON.stringify({ amount: (index + 1) * 10, to })),
    );
  });

  it('when somebody may decide only some of them, then «all» counts for none, and his own buttons do', async () => {
    const since = world.sent.length;
    const { run, card } = await asked('pay 10 acme, note hello', 2);

    const all = await press('cho', card, 'Approve all');
    const votes = (await world.app.backend.listApprovals(world.person('ben'), { state: 'pending' })).items;
    expect(all).toMatchObject({
      kind: 'refused',
      detail: expect.stringContaining('You may decide 1 of these 2 calls, so nothing was counted'),
    });
    expect(votes.filter((entry) => entry.run === run).map((entry) => entry.votes.length)).toEqual([0, 0]);
    await press('cho', card, 'Approve 2');
    await press('ben', card, 'Deny 1…');
    await world.until(run, 'done');

    expect(paid(since)).toEqual(['{"text":"hello"}']);
  });

  it('when a card showed fewer calls than there are, then pressing «all» on it decides about those alone', async () => {
    const { run, card } = await asked('pay 10 acme, pay 20 beta, pay 30 gamma', 3);
    const seen = (card.actions?.[0]?.id ?? '').replace(/\.0$/u, '');
    const more = (card.actions?.[0]?.id ?? '').replace(/$/u, '.0');

    expect((await press('ben', card, more)).kind).toBe('refused');
    expect((await press('ben', card, seen)).kind).toBe('done');
    const left = await world.pending(run);

    expect(left.arguments).toEqual({ amount: 30, to: 'gamma' });
    expect((await press('ana', card, 'Withdraw all')).kind).toBe('done');
    await world.until(run, 'done');
  });
});

describe('given such a card on a chat platform', () => {
  it('when somebody approves all on Slack, then all run and the card settles', async () => {
    const since = world.sent.length;
    const { thread } = bot.ana.mention('C1', 'pay 10 acme, pay 20 beta');
    const card = await bot.until(thread, 'Approve: 2 calls?');

    expect(card.labels).toEqual(expect.arrayContaining(['Approve all', 'Deny all…', 'Approve 1', 'Deny 2…']));
    await bot.ben.press(card, 'Approve all');
    await bot.until(thread, 'Results: Paid, receipt R-1 | Paid, receipt R-1');

    expect(paid(since)).toHaveLength(2);
    expect((await bot.settled(card)).text).toContain('2 approved.');
  });

  it('when somebody denies all on Discord with a reason, then none runs and the agent reads it', async () => {
    const since = world.sent.length;
    const ana = fakeDiscord.user('2001', 'Ana');
    const ben = fakeDiscord.user('2002', 'Ben');
    const thread = ana.mention(finance, 'pay 10 acme, pay 20 beta').id;
    const find = (wanted: string) =>
      eventually(() => fakeDiscord.shown(thread).find((message) => wordsOf(message).includes(wanted)));
    const card = await find('Approve\\: 2 calls');

    expect(buttonsOf(card)).toEqual(expect.arrayContaining(['Approve all', 'Deny all…', 'Approve 2']));
    await ben.press(card, 'Deny all…');
    await ben.submitModal('wait for the invoice');
    const answer = await find('Results');

    expect(wordsOf(answer).match(/wait for the invoice/gu)).toHaveLength(2);
    expect(paid(since)).toEqual([]);
  });

  it('when rules send some of its calls elsewhere and a second model warns, then each copy settles with the card', async () => {
    const since = world.sent.length;
    const { thread } = bot.ana.mention('C1', 'pay 400 acme, pay 20 beta, pay 400 gamma');
    const card = await bot.until(thread, 'Approve: 3 calls?');
    const copies = (said: string) =>
      eventually(() => {
        const found = bot.fake
          .channel('C2')
          .messages()
          .filter(({ text }) => text.includes(said));
        return found.length === 2 ? found : undefined;
      });
    const [first, second] = await copies('Pay 400');

    expect(card.text).toContain('a lot');
    expect(first?.text).toContain('A second model (second) warns; its words are in the thread');
    expect(JSON.stringify([first, second])).not.toContain('a lot');
    expect(JSON.stringify([first, second])).not.toContain('beta');
    if (first !== undefined) await bot.ben.press(first, 'Approve');
    await bot.ben.press(card, 'Approve all');
    await bot.until(thread, 'Results:');

    expect([...paid(since)].sort()).toEqual([
      '{"amount":20,"to":"beta"}',
      ...['acme', 'gamma'].map((to) => JSON.stringify({ amount: 400, to })),
    ]);
    for (const copy of await copies('Approved by Ben')) expect(copy.labels).not.toContain('Approve');
    expect((await bot.settled(card)).text).toContain('3 approved');
  });
});
