import { afterEach, expect, it } from '@jest/globals';
import { parsePeople } from '../../src/people/parse-people.ts';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import type { DiscordWorld } from '../builders/discord-world.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { call, lastResult, words } from '../builders/world.ts';
import type { Script } from '../builders/world.ts';
import { aFakeDiscord, buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';
import { allParts } from '../fakes/discord/state.ts';
import { aPlainPlatform } from '../fakes/plain-adapter.ts';

const people = parsePeople(
  `people:
  ana: { name: Ana, discord: ["2001"] }
  ben: { name: Ben, roles: [approver, finance], discord: ["2002"] }
  dan: { name: Dan, roles: [approver, finance], slack: [T01/U4] }
  cho: { name: Cho, roles: [operator], slack: [T01/U3], discord: ["2003"] }
`,
  'people.yaml',
);
/** A sum that takes two people. */
const model: Script = (turn, request) =>
  turn === 0 ? call('books__pay', { amount: 900, to: 'acme' }) : words(`Result: ${lastResult(request)}`);

let fake: FakeDiscord | undefined;
let folder: string | undefined;
const open: DiscordWorld[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
  await fake?.close();
  if (folder !== undefined) removeFolder(folder);
});

it.each([
  { how: 'the token is revoked', code: 4004, why: 'DISCORD_TOKEN', isRevoked: true },
  { how: 'an intent is taken away', code: 4014, why: 'Message Content Intent', isRevoked: false },
])(
  'given a vote on Discord that counts, when $how, then the rest goes on elsewhere, an operator is told once, and a restart shows it',
  async ({ code, why, isRevoked }) => {
    fake = await aFakeDiscord();
    folder = aFolder();
    const slack = aPlainPlatform('slack');
    const first = await aDiscordWorld({ fake, folder, people, model, beside: [slack.definition] });
    open.push(first);
    const thread = first.ana.mention(finance, 'pay acme 900').id;
    const card = await first.card(thread);
    const action = allParts(card.components).find(({ label }) => label === 'Approve')?.custom_id ?? '';
    const pressed = await first.ben.press(card, 'Approve');
    expect(pressed).toMatchObject({ kind: 'said', isPrivate: true });

    if (isRevoked) fake.renewToken();
    fake.gateway.close(code);
    const told = await eventually(() => slack.told[0], 30_000);
    expect(told).toEqual(['T01/U3', expect.stringContaining(why)]);
    const health = await first.world.app.backend.health();
    expect(health.checks.find(({ name }) => name === 'discord')).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining(why),
    });

    const from = { platform: 'slack', account: 'T01/U4' } as const;
    expect(await slack.sink().press({ from, action })).toMatchObject({ isRefusal: false });
    await eventually(() => (first.world.asked.length > 1 ? true : undefined), 30_000);
    await first.close();
    open.splice(0);
    expect(fake.shown(thread).map(wordsOf).join('\n')).not.toContain('receipt');
    expect(slack.told).toHaveLength(1);
    expect(first.log.filter((line) => line.startsWith('discord.disconnected'))).toHaveLength(1);
    // Ten thousand refused requests in ten minutes shut out the whole address.
    expect(fake.rest.unauthorized()).toBeLessThan(5);

    const second = await aDiscordWorld({ fake, folder, people, model });
    open.push(second);
    await second.until(thread, 'receipt R\\-1');
    await eventually(() => (buttonsOf(card).length === 0 ? true : undefined), 20_000);
    expect([...first.world.sent, ...second.world.sent]).toHaveLength(1);
  },
  120_000,
);
