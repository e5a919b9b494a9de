import { afterEach, describe, expect, it } from '@jest/globals';
import { aDiscordWorld, deliverTo, finance } from '../../builders/discord-world.ts';
import type { DiscordWorld } from '../../builders/discord-world.ts';
import { allParts } from '../../fakes/discord/state.ts';
import { signatureVectors } from '../../fakes/discord/signing.ts';

const open: DiscordWorld[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

/** A bot with a card that waits, and Ben's press on «Approve» as Discord writes it, not yet signed. */
async function aWaitingPress(): Promise<{
  readonly bot: DiscordWorld;
  readonly press: object;
  thread: string;
}> {
  const bot = await aDiscordWorld({ over: 'http' });
  open.push(bot);
  const thread = bot.ana.mention(finance, 'pay acme 120').id;
  const card = await bot.card(thread);
  const button = allParts(card.components).find((part) => part.label === 'Approve');
  const press = {
    id: bot.fake.state.newId(),
    token: 'token-of-one-press',
    application_id: bot.fake.state.application,
    type: 3,
    guild_id: bot.fake.state.guild,
    channel_id: thread,
    channel: { id: thread, type: 11, parent_id: finance },
    member: { user: bot.ben.user, roles: [] },
    data: { custom_id: button?.custom_id, component_type: 2 },
    message: { id: card.id, author: bot.fake.state.bot },
  };
  return { bot, press, thread };
}

describe('given interactions over HTTP', () => {
  it('when forged ones arrive, then each is refused and nothing is decided', async () => {
    const { bot, press } = await aWaitingPress();
    const forged = signatureVectors(bot.fake.signer, press).filter(({ status }) => status !== 200);

    const answers = [];
    for (const { name, request } of forged)
      answers.push({ name, status: (await deliverTo(bot.world)(request)).status });

    expect(forged.length).toBeGreaterThanOrEqual(23);
    expect(answers).toEqual(forged.map(({ name }) => ({ name, status: 401 })));
    const approvals = await bot.world.app.backend.listApprovals(bot.world.person('ben'), {
      state: 'pending',
    });
    expect(approvals.items).toHaveLength(1);
    expect(bot.world.sent).toEqual([]);
  });

  it('when a bot presses, a button is of another bot, or a form is sent by another than its opener, then nothing is decided', async () => {
    const { bot, press } = await aWaitingPress();
    const approve = JSON.stringify(press);
    const arrives = async (changed: object): Promise<string> => {
      const payload = { ...press, id: bot.fake.state.newId(), ...changed };
      return (await deliverTo(bot.world)(bot.fake.signer.sign(payload))).body;
    };
    const by = (id: string, more = {}) => ({ member: { user: { id, username: 'x', ...more }, roles: [] } });
    const form = {
      type: 5,
      message: undefined,
      data: {
        custom_id: `m:${/"custom_id":"([^"]+)"/u.exec(approve)?.[1]?.replace('approve', 'deny') ?? ''}`,
        components: [{ type: 18, component: { type: 4, custom_id: 'text', value: 'mine' } }],
      },
    };

    expect(await arrives(by('2002', { bot: true }))).toContain('Only people decide here');
    expect(
      await arrives({ message: { id: '1', author: { id: '9999', username: 'y', bot: true } } }),
    ).toContain('I did not post that button');
    expect(await arrives({ ...form, ...by('2009') })).toContain('I do not know you yet');
    expect(await arrives({ ...form, ...by('2001') })).toContain('someone else from finance decides');
    const { items } = await bot.world.app.backend.listApprovals(bot.world.person('ben'), {
      state: 'pending',
    });
    expect(items).toHaveLength(1);
    expect(bot.world.sent).toEqual([]);
  });

  it('when genuine ones arrive, one of them again and again, then none is refused and the tool runs once', async () => {
    const { bot, press, thread } = await aWaitingPress();
    const genuine = signatureVectors(bot.fake.signer, press).filter(({ status }) => status === 200);
    const [first] = genuine;
    if (first === undefined) throw new Error('There is no genuine vector.');
    const deliver = deliverTo(bot.world);

    const one = await Promise.all(genuine.map(({ request }) => deliver(request)));
    await bot.until(thread, 'Result\\: Paid');
    const again = await deliver(first.request);

    expect(one.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(again).toEqual(one[0]);
    expect(bot.world.sent).toHaveLength(1);
    const decided = await bot.world.app.backend.listApprovals(bot.world.person('ben'), { state: 'pending' });
    expect(decided.items).toEqual([]);
  });
});

describe('given an application without commands', () => {
  it('when the bot has started, then people are offered /countersign', async () => {
    const bot = await aDiscordWorld();
    open.push(bot);

    const commands = bot.fake.state.commands.get('') ?? [];
    expect(commands.slice(0, 2)).toMatchObject([
      { name: 'countersign', type: 1 },
      { name: 'Ask Countersign about this', type: 3 },
    ]);
    // One for each workflow that asks for it.
    expect(commands.slice(2)).toContainEqual(expect.objectContaining({ name: 'refund', type: 1 }));
  });
});
