import { expect, it } from '@jest/globals';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import { eventually } from '../builders/running-bot.ts';
import { aFakeDiscord, wordsOf } from '../fakes/discord/fake-discord.ts';

/** The first guild of a second shard: the number of a guild without its lowest 22 bits decides. */
const farGuild = String(1n << 22n);
const farChannel = '1300';

it('given servers on two shards, when people ask on both and one shard breaks, then both are answered, and only that one resumes', async () => {
  const fake = await aFakeDiscord();
  fake.state.shards = 2;
  // The bot waits for five; a busy machine may bring the first one late.
  fake.state.identifyApartMs = 2_500;
  fake.state.guilds.push(farGuild);
  fake.state.channels.set(farChannel, {
    ...{ id: farChannel, type: 0, guild_id: farGuild, name: 'far', isArchived: false },
  });
  const bot = await aDiscordWorld({ fake });
  try {
    const { ana, ben, card, until, world } = bot;
    await eventually(
      () => (fake.gateway.isConnected(0) && fake.gateway.isConnected(1) ? true : undefined),
      30_000,
    );
    const near = ana.mention(finance, 'pay acme 120').id;
    fake.gateway.drop(1);
    const far = ana.mention(farChannel, 'pay acme 120').id;
    await ben.press(await card(near), 'Approve');
    const pressed = await ben.press(await card(far), 'Approve');
    expect(pressed.kind === 'said' ? wordsOf(pressed.message) : pressed.kind).toContain('Approved by Ben');
    await until(near, 'Result\\: Paid, receipt R\\-1');
    await until(far, 'Result\\: Paid, receipt R\\-1');
    ana.direct('pay acme 120');
    await card('772001');

    expect(fake.state.channels.get(far)).toMatchObject({ guild_id: farGuild, parent_id: farChannel });
    expect(fake.gateway.shards).toEqual([
      [0, 2],
      [1, 2],
    ]);
    expect(fake.gateway.counts).toMatchObject({ identifies: 2, resumes: 1, hasty: 0 });
    const discord = (await world.app.backend.health()).checks.find(({ name }) => name === 'discord');
    expect(discord).toMatchObject({
      state: 'ok',
      detail: 'countersign on 2 servers (Acme, Acme), by the gateway: connected, 2 shards',
    });
    expect(world.sent).toHaveLength(2);
  } finally {
    await bot.close();
    await fake.close();
  }
}, 120_000);
