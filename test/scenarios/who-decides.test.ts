/** Every actor × tool × asker × role × surface: whoever is not entitled decides nothing, whoever is does. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asRunId, runStream } from '../../src/core/ids.ts';
import { parsePeople } from '../../src/people/parse-people.ts';
import type { Person } from '../../src/people/person.ts';
import { discordDefinition, finance } from '../builders/discord-world.ts';
import { eventually } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { call, words, worldPolicy } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { aFakeDiscord, buttonsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';

const roles = { ana: [], ben: ['approver', 'finance'], cho: ['approver'], dev: [] } as const;
type Name = keyof typeof roles;
const names: readonly Name[] = ['ana', 'ben', 'cho', 'dev'];
const slackIds = { ana: 'U1', ben: 'U2', cho: 'U3', dev: 'U4' } as const;
const discordIds = { ana: '2001', ben: '2002', cho: '2003', dev: '2004' } as const;
const deciders = { pay: 'finance', note: 'approver' } as const;
type Tool = keyof typeof deciders;

const peopleText = (without?: Name): string =>
  `people:\n${names
    .map(
      (name) =>
        `  ${name}: { name: ${name}, roles: [${without === name ? '' : roles[name].join(', ')}], slack: [T01/${slackIds[name]}], discord: ["${discordIds[name]}"] }\n`,
    )
    .join('')}channels: { finance: {}, ops: {}, board: { private: true, members: [ana, ben] } }\n`;
const everybody = parsePeople(peopleText(), 'people.yaml');
const policy = worldPolicy.replace(
  'books/note: { effect: opaque, verdict: allow }',
  'books/note: { effect: opaque, verdict: ask, approvers: [approver] }',
);

function mayDecide(who: Name, tool: Tool, asker: Name): boolean {
  return who !== asker && roles[who].some((role) => role === deciders[tool]);
}

let fakeDiscord: FakeDiscord;
let bot: SlackWorld;
let world: World;
beforeAll(async () => {
  fakeDiscord = await aFakeDiscord();
  bot = await aSlackWorld({
    people: everybody,
    policy,
    adapters: [discordDefinition(fakeDiscord, [])],
    model: (turn, { messages: [first] }) => {
      if (turn > 0) return words('That is all.');
      const isNote = first?.role === 'user' && first.text.includes('note');
      return isNote ? call('books__note', { text: 'hello' }) : call('books__pay', { amount: 10, to: 'acme' });
    },
  });
  ({ world } = bot);
}, 60_000);
afterAll(async () => {
  await bot.close();
  await fakeDiscord.close();
});

/** Who has voted on anything in this run, by the ledger, and how often something was sent. */
async function tally(run: string): Promise<{ readonly voters: readonly unknown[]; readonly sent: number }> {
  const commits = await world.app.store.ledger.read(runStream(asRunId(run)));
  const events = commits.flatMap((commit) => commit.events);
  return {
    voters: events.filter(({ kind }) => kind === 'approval.voted').map(({ data }) => data['by']),
    sent: events.filter(({ kind }) => kind === 'tool.dispatched').length,
  };
}

async function ask(asker: Name, tool: Tool, channel: string): Promise<string> {
  const taken = await world.app.backend.sendMessage(world.person(asker), { channel, text: `${tool} it` });
  if (taken.kind !== 'taken') throw new Error(taken.detail);
  return String(taken.run);
}

describe('given a question on the console', () => {
  const table = (['pay', 'note'] as const).flatMap((tool) =>
    (['ana', 'ben'] as const).flatMap((asker) =>
      ['finance', 'ops', 'board'].map((channel) => [tool, asker, channel] as const),
    ),
  );

  it.each(table)('%s, asked by %s in %s: only who is entitled decides', async (tool, asker, channel) => {
    const run = await ask(asker, tool, channel);
    const approval = await eventually(async () => {
      const found = await world.app.backend.listApprovals(world.person(asker), { state: 'pending' });
      return found.items.find((entry) => entry.run === run);
    });
    const press = async (by: Person, vote: 'approve' | 'deny'): Promise<readonly string[]> => [
      (await world.app.backend.vote(by, approval.id, { vote, digest: approval.digest })).kind,
      (await world.app.backend.act(by, { action: `v1:${approval.id}:${vote}` })).kind,
    ];
    const entitled = names.filter((name) => mayDecide(name, tool, asker));

    for (const name of names.filter((one) => !entitled.includes(one)))
      for (const vote of ['approve', 'deny'] as const)
        expect([name, vote, await press(world.person(name), vote)]).toEqual([
          name,
          vote,
          ['refused', 'refused'],
        ]);
    for (const name of entitled) {
      // The same person, whose roles were taken away since the card was shown.
      world.setPeople(parsePeople(peopleText(name), 'people.yaml'));
      expect([name, await press(world.person(name), 'approve')]).toEqual([name, ['refused', 'refused']]);
      world.setPeople(everybody);
    }
    expect(await tally(run)).toEqual({ voters: [], sent: 0 });

    const [decider] = entitled;
    if (decider === undefined) return;
    await world.vote(decider, approval, 'approve');
    await world.until(run, 'done');
    expect(await tally(run)).toEqual({ voters: [decider], sent: 1 });
  });
});

describe('given a question on a chat platform', () => {
  const table = [
    ['pay', 'ana'],
    ['note', 'ana'],
    ['note', 'ben'],
  ] as const;

  it.each(table)('%s, asked by %s on Slack: only who is entitled decides', async (tool, asker) => {
    const { thread } = bot.fake.user(slackIds[asker]).mention('C1', `${tool} it`);
    const card = await bot.card(thread);
    const since = world.sent.length;
    for (const name of names.filter((one) => !mayDecide(one, tool, asker))) {
      const person = bot.fake.user(slackIds[name]);
      const heard = (): number => person.sees('C1').filter(({ isEphemeral }) => isEphemeral).length;
      const before = heard();
      await person.press(card, 'Approve');
      await eventually(() => (heard() > before ? true : undefined));
    }
    expect(world.sent.length).toBe(since);

    const [decider] = names.filter((name) => mayDecide(name, tool, asker));
    if (decider === undefined) throw new Error('Nobody may decide it.');
    await bot.fake.user(slackIds[decider]).press(card, 'Approve');
    expect((await bot.settled(card)).text).toContain(`Approved by ${decider}`);
  });

  it.each(table)('%s, asked by %s on Discord: only who is entitled decides', async (tool, asker) => {
    const users = names.map((name) => [name, fakeDiscord.user(discordIds[name], name)] as const);
    const asking = users.find(([name]) => name === asker)?.[1];
    const thread = asking?.mention(finance, `${tool} it`).id ?? '';
    const find = () => fakeDiscord.shown(thread).find((message) => buttonsOf(message).includes('Approve'));
    const card = await eventually(find);
    const since = world.sent.length;
    const stranger = fakeDiscord.user('2009', 'Eve');
    for (const [name, user] of [...users, ['eve', stranger] as const]) {
      if (name === 'eve' || !mayDecide(name, tool, asker)) await user.press(card, 'Approve');
    }
    expect(world.sent.length).toBe(since);
    expect(find()).toBeDefined();

    await users.find(([name]) => mayDecide(name, tool, asker))?.[1].press(card, 'Approve');
    await eventually(() => (find() === undefined ? true : undefined));
    await eventually(() => (world.sent.length === since + 1 ? true : undefined));
  });
});
