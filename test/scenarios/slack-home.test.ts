import { afterEach, describe, expect, it } from '@jest/globals';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld, SlackWorldOptions } from '../builders/slack-world.ts';
import { asRunId, runStream } from '../../src/core/ids.ts';
import { eventually } from '../builders/running-bot.ts';
import { call, lastResult, words } from '../builders/world.ts';
import type { Script } from '../builders/world.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import type { Person } from '../fakes/slack/person.ts';
import type { SeenView } from '../fakes/slack/seen.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

async function start(options: SlackWorldOptions = {}): Promise<SlackWorld> {
  const world = await aSlackWorld(options);
  closing.push(world);
  return world;
}

function homeOf({ fake }: SlackWorld, person: Person, shown: string): Promise<SeenView> {
  return fake.until(() => (person.home()?.text.includes(shown) === true ? person.home() : undefined), 20_000);
}

function notTaken({ fake }: SlackWorld): readonly unknown[] {
  return fake
    .calls()
    .filter((one) => one.answer !== undefined && one.answer['ok'] !== true)
    .map((one) => [one.method, one.answer]);
}

describe.each(['socket', 'http'] as const)('given the Home tab over %s', (over) => {
  it('when something waits for its person, then he decides right there and the page follows', async () => {
    const bot = await start({ over });
    const { ana, ben, world } = bot;
    await ben.openHome();
    await homeOf(bot, ben, 'No approvals wait for you.');

    const asked = ana.mention('C1', 'pay acme 120');
    const waiting = await homeOf(bot, ben, 'Approve: Pay 120 to acme?');
    await ana.openHome();
    const own = await homeOf(bot, ana, 'waiting for finance');
    expect(own.text).not.toContain('Approve: Pay');

    await ben.press(waiting, 'Deny…');
    const form = await bot.fake.until(() => ben.modal());
    await ben.closeModal();
    expect(form.title).toBe('Deny');
    await ben.press(waiting, 'Edit…');
    expect((await bot.fake.until(() => ben.modal(), 20_000)).fields).toEqual(['amount', 'to']);
    await ben.closeModal();
    await ben.press(waiting, 'Approve');

    await homeOf(bot, ben, 'Approved by Ben');
    await homeOf(bot, ben, 'No approvals wait for you.');
    await bot.until(asked.ts, 'Result: Paid, receipt R-1');
    await homeOf(bot, ana, 'Nothing of yours is running');
    expect(world.sent).toHaveLength(1);

    const second = ana.mention('C1', 'pay acme 120');
    const again = await homeOf(bot, ben, 'Approve: Pay 120 to acme?');
    await ben.press(again, 'Deny…');
    const reason = await bot.fake.until(() => ben.modal());
    expect((await ben.submit(reason, { text: 'ask for a photo first' })).errors).toEqual({});
    await homeOf(bot, ben, 'Denied by Ben');
    await bot.until(second.ts, 'ask for a photo first');
    expect(notTaken(bot)).toEqual([]);
  });
});

describe('given Slack', () => {
  it('when more waits than a page holds, then the page holds what it can, says so, and strangers see nothing', async () => {
    const model: Script = (turn) =>
      turn > 0
        ? words('Done.')
        : {
            text: '',
            stop: 'tool-use',
            calls: Array.from({ length: 24 }, (_, index) => ({
              id: `c${String(index)}`,
              name: 'books__pay',
              input: {
                kind: 'parsed' as const,
                value: { amount: 120, to: `acme ${String(index)} ${'of the north '.repeat(100)}` },
              },
            })),
          };
    const bot = await start({ model });
    bot.ana.mention('C1', 'pay them all');
    await bot.world.pending(await firstRun(bot));

    await bot.ben.openHome();
    const page = await homeOf(bot, bot.ben, 'more: /countersign approvals');
    await bot.dev.openHome();
    const strange = await homeOf(bot, bot.dev, 'I do not know you yet');

    expect(page.blocks.length).toBeLessThanOrEqual(100);
    expect(strange.text).not.toContain('Approve');
    expect(notTaken(bot)).toEqual([]);
  });

  it('when a message is asked about from its menu, then the words come along over a restart, the run is tainted, and where the bot is not it answers directly', async () => {
    const fake = await createFakeSlack({
      mode: 'socket',
      channels: [
        { id: 'C1', name: 'general' },
        { id: 'C9', name: 'elsewhere', hasBot: false },
      ],
    });
    closing.push(fake);
    const model: Script = (turn, request) =>
      turn === 0
        ? words(
            `Read: ${request.messages.at(-1)?.role === 'user' ? JSON.stringify(request.messages.at(-1)) : ''}`,
          )
        : words(lastResult(request));
    let bot = await start({ fake, model });
    const { ana, ben } = bot;

    const said = ben.say('C1', 'The invoice 1042 arrived <!channel> broken');
    await ana.shortcut('ask_about', seen(ana, 'C1', said.ts));
    const form = await fake.until(() => ana.modal());
    await bot.close();
    bot = await start({ fake, model });
    expect((await ana.submit(form, { text: 'what now?' })).errors).toEqual({});
    const answer = await fake.until(
      () =>
        fake
          .channel('C1')
          .messages()
          .find(({ text }) => text.startsWith('Read:')),
      20_000,
    );
    expect(answer.text).toContain('invoice 1042 arrived');
    const run = (await bot.world.app.store.runs.list({ limit: 1 }))[0];
    const ledger = await bot.world.app.store.ledger.read(runStream(asRunId(run?.id ?? '')));
    expect(JSON.stringify(ledger)).toContain('run.tainted');

    const hidden = ben.say('C9', 'Only here: the price is 7.');
    await ana.shortcut('ask_about', seen(ana, 'C9', hidden.ts));
    expect((await ana.submit(await fake.until(() => ana.modal()), { text: 'what price?' })).errors).toEqual(
      {},
    );
    const direct = await fake.until(
      () =>
        [...fake.workspace.channels.values()]
          .filter(({ kind }) => kind === 'im')
          .flatMap(({ id }) => fake.channel(id).messages())
          .find(({ text }) => text.includes('the price is 7') && text.startsWith('Read:')),
      20_000,
    );
    expect(direct.channel).toMatch(/^D/u);

    await ana.shortcut('ask');
    expect((await ana.submit(await fake.until(() => ana.modal()), { text: 'anything new?' })).errors).toEqual(
      {},
    );
    await fake.until(
      () =>
        fake
          .channel(direct.channel)
          .messages()
          .find(({ text }) => text.startsWith('Read:') && text.includes('anything new?')),
      20_000,
    );
    expect(fake.pings()).toEqual([]);
  });

  it('when a request links to a thread, then it is read along where its readers may see it, and not elsewhere', async () => {
    const fake = await createFakeSlack({
      mode: 'socket',
      channels: [
        { id: 'C1', name: 'general' },
        { id: 'C2', name: 'finance' },
        { id: 'G1', name: 'board', kind: 'private', members: ['U1', 'U2'] },
      ],
    });
    closing.push(fake);
    const model: Script = (_turn, request) => words(`Read: ${JSON.stringify(request.messages.at(-1))}`);
    const bot = await start({ fake, model });
    const { ana, ben } = bot;
    const link = (channel: string, ts: string): string =>
      `<https://acme.slack.com/archives/${channel}/p${ts.replace('.', '')}>`;
    const open = ben.say('C2', 'Acme paid 480.');
    ben.reply(open, 'No, 490.');
    const closed = ben.say('G1', 'We sell Acme.');

    // Slack may be too slow for the acknowledgement; the answer says so, and one asks again.
    const sumUp = async (linked: string): Promise<string> => {
      for (;;) {
        const asked = ana.mention('C1', `sum up ${linked}`);
        const { text } = await bot.until(asked.ts, 'Read:');
        if (!text.includes('did not say in time')) return text;
      }
    };

    expect(await sumUp(link('C2', open.ts))).toContain('No, 490.');
    const refused = await sumUp(link('G1', closed.ts));
    expect(refused).toContain('not for everybody who reads here');
    expect(refused).not.toContain('We sell');
  });
});

describe('given many approvals of others', () => {
  it('when somebody asks what waits for him, then what has waited longest is there though fifty younger ones are not his', async () => {
    const model: Script = (turn, request) =>
      turn === 0
        ? call('books__pay', {
            amount: JSON.stringify(request.messages).includes('pay 900') ? 900 : 120,
            to: 'acme',
          })
        : words('Done.');
    const bot = await start({ model, maxActive: 100 });
    const { world, cho } = bot;
    const own = await world.say('ana', 'pay 900');
    await world.pending(own.run);
    const others = Array.from({ length: 52 }, (_, index) =>
      world.say('ana', `pay 120, number ${String(index)}`),
    );
    const isAsked = async (): Promise<boolean> =>
      (await world.app.store.runs.listApprovals({ state: 'pending', limit: 100 })).length === 53;
    await Promise.all(others);
    await eventually(async () => ((await isAsked()) ? true : undefined), 40_000);

    // All others are for finance alone; Cho approves what is large.
    expect(await world.command('cho', 'finance', 'approvals')).toBe('One approval waits for you.');
    await cho.openHome();
    const page = await homeOf(bot, cho, 'Approve: Pay 900 to acme?');
    expect(page.text).not.toContain('Pay 120');
    expect(page.labels).toContain('Approve');
  });
});

describe('given the global shortcut', () => {
  it('when it is used, then a form asks, the request runs in the direct messages under its own title', async () => {
    const bot = await start();
    const { fake, ana, ben, dev, world } = bot;
    const said = `pay acme 120, ${'as agreed, '.repeat(30)}`.trim();

    await ana.shortcut('ask');
    const form = await fake.until(() => ana.modal());
    expect(form).toMatchObject({ title: 'Ask Countersign', submit: 'Ask', fields: ['What do you want?'] });
    // Slack keeps a form open in which what must be said is not.
    await expect(ana.submit(form, { text: '' })).rejects.toThrow('Slack keeps the form open');
    expect((await ana.submit(form, { text: said })).errors).toEqual({});

    const direct = await fake.until(() =>
      [...fake.workspace.channels.values()].find(
        ({ id, kind }) =>
          kind === 'im' &&
          fake
            .channel(id)
            .messages()
            .some(({ text }) => text.includes('pay acme 120')),
      ),
    );
    const [request] = fake.channel(direct.id).messages();
    const session = () => fake.workspace.sessions.get(`${direct.id}/${request?.ts ?? ''}`);
    await fake.until(() => (session()?.status === 'suspended' ? true : undefined), 20_000);
    expect(session()?.title).toBe(said.slice(0, 100));
    await bot.card(request?.ts ?? '', direct.id);

    // He reads it in the form, or after it where the bot was too slow for that.
    await dev.shortcut('ask');
    const refused = await dev.submit(await fake.until(() => dev.modal()), { text: 'pay me' });
    if (Object.keys(refused.errors).length === 0) await bot.told(dev, 'I do not know you yet', 'DU4');
    else expect(JSON.stringify(refused.errors)).toContain('I do not know you yet');
    expect(await world.app.store.runs.list({ limit: 5 })).toHaveLength(1);
    expect(ben.modal()).toBeUndefined();
    expect(notTaken(bot)).toEqual([]);
  });
});

function seen(person: Person, channel: string, ts: string) {
  const found = person.sees(channel).find((message) => message.ts === ts);
  if (found === undefined) throw new Error(`There is no message ${ts}.`);
  return found;
}

async function firstRun(bot: SlackWorld): Promise<string> {
  for (;;) {
    const [row] = await bot.world.app.store.runs.list({ limit: 1 });
    if (row !== undefined) return row.id;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
