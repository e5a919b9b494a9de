import { afterEach, describe, expect, it } from '@jest/globals';
import { parsePeople } from '../../src/people/parse-people.ts';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import { aFasterClock } from '../builders/faster-clock.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import { wordsOf } from '../fakes/discord/fake-discord.ts';

const people = parsePeople(
  `people:
  ana: { name: Ana, slack: [T01/U1], discord: ["2001"] }
  ben: { name: Ben, roles: [approver, finance], slack: [T01/U2], discord: ["2002"] }
  cho: { name: Cho, roles: [operator], slack: [T01/U3], discord: ["2003"] }
`,
  'people.yaml',
);

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

const parkedLines = (log: readonly string[]): readonly string[] =>
  log.filter((line) => line.startsWith('thread.parked'));

describe('given a thread in Slack whose channel is archived while people are asked', () => {
  it('when it is decided elsewhere, then the operator is told once, other threads go on, and all is shown once it is mended', async () => {
    const fake = await createFakeSlack({ mode: 'socket', channels: [{ id: 'C1' }, { id: 'C2' }] });
    closing.push(fake);
    const lines: string[] = [];
    const write = (event: string): void => void lines.push(event);
    const bot = await aSlackWorld({
      fake,
      people,
      clock: aFasterClock(4),
      logger: { debug: write, info: write, warn: write, error: write },
    });
    closing.push(bot);
    const { ana, ben, cho } = bot;
    const asked = ana.mention('C1', 'pay acme 120');
    await bot.card(asked.ts);
    const other = ana.mention('C2', 'pay acme 120');
    await bot.card(other.ts, 'C2');

    fake.channel('C1').archive();
    await ben.openHome();
    const home = await fake.until(() => ben.home(), 20_000);
    const approve = home.buttons.filter(({ label }) => label === 'Approve');
    expect(approve).toHaveLength(2);
    for (const { actionId } of approve) await ben.press(home, actionId);

    await bot.until(other.ts, 'Result: Paid, receipt R-1', 'C2');
    const told = await fake.until(
      () =>
        [...fake.workspace.channels.values()]
          .filter(({ kind, members }) => kind === 'im' && members.has(cho.id))
          .flatMap(({ id }) => fake.channel(id).messages())
          .find(({ text }) => text.includes('unarchive it')),
      30_000,
    );
    expect(
      (await bot.world.app.backend.health()).checks.find(({ name }) => name === 'slack')?.detail,
    ).toContain('One thread waits');

    await fake.until(
      () =>
        ['chat.update', 'chat.postMessage']
          .flatMap((method) => fake.calls(method))
          .filter(({ answer }) => answer?.['error'] === 'is_archived').length > 1,
      60_000,
    );
    const channel = fake.workspace.channels.get('C1');
    if (channel !== undefined) channel.isArchived = false;
    await fake.until(
      () =>
        fake
          .channel('C1')
          .thread(asked.ts)
          .some(({ text }) => text.includes('Result: Paid, receipt R-1')),
      60_000,
    );
    expect(bot.world.sent).toHaveLength(2);
    expect(parkedLines(lines)).toHaveLength(1);
    expect(
      fake
        .channel(told.channel)
        .messages()
        .filter(({ text }) => text.includes('unarchive it')),
    ).toHaveLength(1);
  }, 150_000);
});

describe('given a thread in Discord whose channel is taken from the bot while people are asked', () => {
  it('when it is decided elsewhere, then the operator is told once and all is shown once it is mended', async () => {
    const lines: string[] = [];
    const write = (event: string): void => void lines.push(event);
    const bot = await aDiscordWorld({
      people,
      clock: aFasterClock(4),
      logger: { debug: write, info: write, warn: write, error: write },
    });
    closing.push(bot);
    const { fake, ana, ben } = bot;
    const asked = ana.mention(finance, 'pay acme 120');
    const card = await bot.card(asked.id);

    const channel = fake.state.channels.get(finance);
    if (channel !== undefined) channel.isClosedToBot = true;
    await ben.press(card, 'Approve');
    await bot.until('772003', 'permissions in that channel');

    if (channel !== undefined) channel.isClosedToBot = false;
    await bot.until(asked.id, 'Paid, receipt');
    expect(bot.world.sent).toHaveLength(1);
    expect(parkedLines(lines)).toHaveLength(1);
    expect(
      fake.shown('772003').filter((message) => wordsOf(message).includes('permissions in that channel')),
    ).toHaveLength(1);
  }, 150_000);
});
