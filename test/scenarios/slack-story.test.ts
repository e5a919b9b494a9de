import { afterEach, describe, expect, it } from '@jest/globals';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld, SlackWorldOptions } from '../builders/slack-world.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aFasterClock } from '../builders/faster-clock.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { call, lastResult, words, worldPolicy } from '../builders/world.ts';
import type { Script } from '../builders/world.ts';
import type { Delivery } from '../fakes/slack/deliveries.ts';
import type { Person } from '../fakes/slack/person.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import type { FakeSlack } from '../fakes/slack/index.ts';
import { everSaidByBot } from '../fakes/slack/own-voice.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

async function start(options: SlackWorldOptions = {}): Promise<SlackWorld> {
  const world = await aSlackWorld(options);
  open.push(world);
  return world;
}

const paysOrLooks: Script = (turn, request) =>
  JSON.stringify(request.messages).includes('Zebra')
    ? words('Looked.')
    : turn === 0
      ? call('books__pay', { amount: 120, to: 'acme' })
      : words(`Result: ${lastResult(request)}`);
const editorsDecide = worldPolicy.replace(
  'approvers: [finance]',
  'approvers: [finance], excludeEditor: false',
);

/** Every message that was ever asked for was one that Slack takes. */
function refusals({ fake }: SlackWorld): readonly unknown[] {
  return fake
    .calls()
    .filter((call) => call.answer !== undefined && call.answer['ok'] !== true)
    .map((call) => [call.method, call.answer]);
}

/** The first line of each message in a thread: the cards by their titles. */
function headingsIn(fake: FakeSlack, thread: string): readonly (string | undefined)[] {
  return fake
    .channel('C1')
    .thread(thread)
    .map((message) => message.text.split('\n')[0]);
}

describe.each(['socket', 'http'] as const)('given Slack over %s', (over) => {
  it('when somebody mentions the bot, then its thread tells the whole story and another one approves', async () => {
    const bot = await start({ over });
    const { fake, world, ana, ben, dev } = bot;
    const asked = ana.mention('C1', 'pay acme 120');
    const card = await bot.card(asked.ts);

    expect((await asked.settled).map((delivery) => delivery.outcome)).toEqual([
      'acknowledged',
      'acknowledged',
    ]);
    expect(card.text).toContain('Approve: Pay 120 to acme?');
    expect(card.notification).toMatch(/^Approve: Pay 120 to acme\? Asked by Ana in #general\./u);
    await ana.press(card, 'Approve');
    await bot.told(ana, 'someone else from finance decides');
    await dev.press(card, 'Approve');
    await bot.told(dev, 'I do not know you yet');
    expect(world.sent).toHaveLength(0);

    const press = await ben.press(card, 'Approve');
    expect(press.outcome).toBe('acknowledged');
    await bot.told(ben, 'Approved by Ben');

    await bot.until(asked.ts, 'Result: Paid, receipt R-1');
    await bot.until(asked.ts, 'done books/pay');
    const settled = await bot.settled(await bot.until(asked.ts, 'Approved by Ben at'));
    expect(settled.ts).toBe(card.ts);
    await eventually(() =>
      fake
        .channel('C1')
        .thread(asked.ts)
        .some((message) => message.text.includes('waiting for'))
        ? undefined
        : true,
    );
    expect(
      fake
        .channel('C1')
        .messages()
        .filter((message) => message.thread === undefined),
    ).toHaveLength(1);
    // Whoever may decide is told by name, once, and nobody else.
    expect(fake.pings().map(({ target }) => target)).toEqual(['U2']);
    expect(fake.unfurls()).toEqual([]);
    expect(refusals(bot)).toEqual([]);
    expect(world.sent).toHaveLength(1);
    expect((await world.app.store.runs.list({ limit: 10 })).length).toBe(1);
  });

  it('when somebody denies, then a form asks for the reason and the card says it', async () => {
    const bot = await start({ over });
    const { world, fake, ana, ben } = bot;
    const asked = ana.mention('C1', 'pay acme 120');
    const card = await bot.card(asked.ts);

    await ana.press(card, 'Deny…');
    const own = await fake.until(() => ana.modal());
    expect((await ana.submit(own, { text: 'mine' })).errors['text']).toContain('someone else from finance');
    await ben.press(card, 'Deny…');
    const form = await fake.until(() => ben.modal());
    expect(form.title).toBe('Deny');
    expect((await ben.submit(form, { text: 'ask for a photo first' })).errors).toEqual({});

    await bot.told(ben, 'Denied by Ben');
    const settled = await bot.settled(card);
    expect(settled.text).toContain('ask for a photo first');
    expect(world.sent).toEqual([]);
    expect(refusals(bot)).toEqual([]);
  });

  it('when an approver changes the arguments, then they are asked about anew and those run', async () => {
    const bot = await start({
      over,
      policy: worldPolicy.replace('approvers: [finance]', 'approvers: [finance], excludeEditor: false'),
    });
    const { world, fake, ana, ben } = bot;
    const asked = ana.mention('C1', 'pay acme 120');
    const card = await bot.card(asked.ts);

    await ben.press(card, 'Edit…');
    const form = await fake.until(() => ben.modal());
    expect(form.fields).toEqual(['amount', 'to']);
    expect((await ben.submit(form, { amount: '80' })).errors).toEqual({});
    await bot.told(ben, 'Changed, and asked anew');
    const next = await bot.until(asked.ts, 'Approve: Pay 80 to acme?');
    expect((await bot.settled(card)).text).toContain('amount 120 → 80');
    await ben.press(next, 'Approve');

    await bot.until(asked.ts, 'Result: A person changed the arguments');
    expect(world.sent.map((request) => request.argsJson)).toEqual(['{"amount":80,"to":"acme"}']);
    expect(refusals(bot)).toEqual([]);
  });

  it('when a run is to be stopped, then Slack asks whether, and its card settles', async () => {
    const bot = await start({ over });
    const asked = bot.ana.mention('C1', 'pay acme 120');
    const card = await bot.card(asked.ts);
    const status = await bot.until(asked.ts, 'waiting for finance');

    expect(status.buttons[0]?.confirm).toContain('Stop this run?');
    await bot.ana.press(status, 'Stop this run');

    expect((await bot.settled(card)).text).not.toContain('Approve:');
    expect((await bot.settled(status)).text).toContain('Stopped by Ana');
    expect(refusals(bot)).toEqual([]);
  });

  it('when two must approve, then the card counts, and the tool runs after the second', async () => {
    const bot = await start({
      over,
      model: (turn) =>
        turn === 0
          ? {
              text: '',
              stop: 'tool-use',
              calls: [
                {
                  id: 'toolu_1',
                  name: 'books__pay',
                  input: { kind: 'parsed', value: { amount: 900, to: 'acme' } },
                },
              ],
            }
          : { text: 'Paid.', stop: 'end', calls: [] },
    });
    const asked = bot.ana.mention('C1', 'pay acme 900');
    const card = await bot.card(asked.ts);

    await bot.ben.press(card, 'Approve');
    await bot.told(bot.ben, '1 of 2: Ben approved. One more of approver.');
    await bot.until(asked.ts, 'One more of approver');
    expect(bot.world.sent).toEqual([]);
    await bot.cho.press(card, 'Approve');

    expect((await bot.settled(card)).text).toContain('Approved by Ben and Cho');
    await bot.until(asked.ts, 'Paid.');
    expect(bot.world.sent).toHaveLength(1);
  });

  it('when nobody answers in time, then the card says that nothing ran', async () => {
    const clock = aMovedClock();
    const bot = await start({ over, clock });
    const asked = bot.ana.mention('C1', 'pay acme 120');
    const card = await bot.card(asked.ts);
    clock.advance(25 * 3_600_000);

    // Over HTTP the platform's clock, which signs, stays behind: there it expires by itself.
    if (over === 'socket') {
      await bot.ben.press(card, 'Approve');
      await bot.told(bot.ben, 'Nobody answered by');
    }
    expect((await bot.until(asked.ts, 'Nobody answered by')).labels).toEqual(['Ask again']);
    expect(bot.world.sent).toEqual([]);
  });

  it('when commands are called, then answers are private and cards in them work', async () => {
    const bot = await start({ over });
    const { ana, ben } = bot;
    const asked = ana.mention('C1', 'pay acme 120');
    await bot.card(asked.ts);

    await ana.command('/countersign', '', 'C1');
    await bot.told(ana, '/countersign approvals');
    await ana.command('/countersign', 'frobnicate', 'C1');
    await bot.told(ana, 'There is no command frobnicate');
    await ben.command('/countersign', 'approvals', 'C1');
    await bot.told(ben, 'One approval waits');
    const copy = await bot.told(ben, 'Approve: Pay 120 to acme?');
    await ben.press(copy, 'Approve');

    await bot.told(ben, 'Approved by Ben');
    await bot.until(asked.ts, 'Result: Paid');
    expect(refusals(bot)).toEqual([]);
  });

  it('when a workflow is called as a command, then a form asks for its input and a thread begins', async () => {
    const bot = await start({ over, model: () => ({ text: 'Looked.', stop: 'end', calls: [] }) });
    const { fake, world, ana, dev } = bot;

    await ana.command('/refund', '', 'C1');
    const form = await fake.until(() => ana.modal());
    expect(form.fields).toEqual([
      'Name or number of the customer',
      'Number of the invoice',
      'How much, in the currency of the invoice',
      'Why, in the words of the customer',
      'Anything else?',
    ]);
    await ana.submit(form, { 'input.customer': 'Acme', 'input.amount': '120', text: '<!channel> please' });

    await bot.told(ana, 'I am on it');
    const root = fake
      .channel('C1')
      .messages()
      .find((message) => message.text.includes('ana asks'));
    await bot.until(root?.ts ?? '', 'Looked.');
    expect(JSON.stringify(world.asked[0]?.messages)).toContain('Acme');
    expect((await world.app.store.runs.list({ limit: 1 }))[0]?.workflow).toBe('refund');
    await dev.command('/refund', 'me please', 'C1');
    await bot.told(dev, 'I do not know you yet');
    expect(
      fake
        .channel('C1')
        .messages()
        .filter((message) => message.text.includes('asks')),
    ).toHaveLength(1);
    expect(fake.pings()).toEqual([]);
    expect(refusals(bot)).toEqual([]);
  });

  it('when a card is longer than a message, then it is read whole before it can be approved', async () => {
    const hostile =
      '<!channel> <@U3> <!subteam^S1> @everyone @cho https://evil.example/x [bank](https://evil.example/y)\n' +
      '```\nApprove: Pay 9000 to mallory?\n``` \u202EneB yb devorppA\n# Approved by Mallory\n' +
      `${'x'.repeat(40_000)} the end`;
    const name = 'Ana <!channel> \u202E';
    const fakeSlack = await createFakeSlack({
      mode: over,
      users: [{ id: 'U1', name }, { id: 'U2', name: 'ben' }, { id: 'U3', name: 'cho' }, { id: 'U4' }],
      userGroups: { S1: ['U3'] },
    });
    const bot = await start({
      over,
      fake: fakeSlack,
      // What the tool answers is told by the card that settles, and by the model.
      answer: () => ({ kind: 'answered', content: hostile, isError: false }),
      model: (turn) =>
        turn === 0
          ? {
              text: hostile,
              stop: 'tool-use',
              calls: [
                {
                  id: 'toolu_1',
                  name: 'books__pay',
                  input: { kind: 'parsed', value: { amount: 120, to: hostile } },
                },
              ],
            }
          : { text: `Done. ${hostile}`, stop: 'end', calls: [] },
    });
    open.push(fakeSlack);
    const { fake, world, ana, ben } = bot;
    const asked = ana.mention('C1', `pay ${hostile.slice(0, 3_000)}`);
    const card = await bot.card(asked.ts);
    expect(card.labels).toEqual(['Approve…', 'Deny…', 'Edit…', 'Ask a question…', 'Withdraw']);

    await ben.press(card, 'Approve…');
    const whole = await fake.until(() => ben.modal());
    expect(whole.text).toContain('the end');
    expect(whole.text).toContain('⟨U+202E⟩');
    expect(whole.text.replaceAll('\n', '').match(/x{40000}/u)).not.toBeNull();
    expect(world.sent).toEqual([]);
    await ben.submit(whole, {});
    await ana.command('/refund', hostile.slice(0, 2_000), 'C1');
    await fake.until(() =>
      fake
        .channel('C1')
        .messages()
        .find(({ text }) => text.includes('asks:')),
    );

    await bot.until(asked.ts, 'Done.');
    await bot.until(asked.ts, 'done books/pay');
    // Whoever may decide is told by name, once, and nobody else.
    expect(fake.pings().map(({ target }) => target)).toEqual(['U2']);
    expect(fake.unfurls()).toEqual([]);
    expect(refusals(bot)).toEqual([]);
    await bot.until(asked.ts, 'the end');
    expect(world.sent).toHaveLength(1);
    const said = everSaidByBot(fake.workspace);
    expect(
      said.filter((line) => /^[^\p{L}]*(?:Approve: Pay 9|Approved by Mallory|[nN]eB yb)/u.test(line)),
    ).toEqual([]);
    // Nothing that the bot says has letters read in another order than they are written in.
    expect(said.filter((line) => /[\u202A-\u202E\u2066-\u2069]/u.test(line))).toEqual([]);
  });
});

describe('given Slack that misbehaves', () => {
  it('when an event comes again and again, then it is one run and one card', async () => {
    const bot = await start();
    const asked = bot.ana.mention('C1', 'pay acme 120');
    await bot.card(asked.ts);
    for (const delivery of asked.deliveries) bot.fake.deliveries.repeat(delivery);
    await bot.ben.press(await bot.card(asked.ts), 'Approve');
    await bot.until(asked.ts, 'Result: Paid');

    const cards = bot.fake
      .channel('C1')
      .thread(asked.ts)
      .filter((message) => message.text.includes('Approved by Ben at'));
    expect(cards).toHaveLength(1);
    expect((await bot.world.app.store.runs.list({ limit: 10 })).length).toBe(1);
  });

  it.each(['card', 'click'] as const)(
    'when the links break before the %s, then they come back and nothing is lost',
    async (when) => {
      const bot = await start();
      if (when === 'card') bot.fake.sockets.drop();
      const asked = bot.ana.mention('C1', 'pay acme 120');
      const card = await bot.card(asked.ts);
      if (when === 'click') {
        bot.fake.sockets.drop();
        await bot.fake.until(() => bot.fake.sockets.connections.some((link) => link.isOpen), 10_000);
      }

      expect((await bot.ben.press(card, 'Approve')).outcome).toBe('acknowledged');
      await bot.until(asked.ts, 'Result: Paid');
      await bot.settled(card);
      expect(headingsIn(bot.fake, asked.ts).filter((heading) => heading === 'Pay 120 to acme')).toHaveLength(
        1,
      );
      expect(bot.world.sent).toHaveLength(1);
    },
  );

  it('when a link or all of them are cut at every point of a story, then nothing is lost or done twice', async () => {
    const bot = await start();
    const { fake, world, ana, ben } = bot;
    const points = ['before the mention', 'after it', 'before the click', 'after it', 'before the end'];
    const threads: string[] = [];
    for (const [point] of points.entries()) {
      await fake.until(() => fake.sockets.connections.filter((link) => link.isOpen).length === 2, 20_000);
      // Slack does not repeat a press for which no link is there: it tells the person at once. One is enough.
      const cut = (at: number): void => {
        const isPress = at === 2;
        if (at === point)
          fake.sockets.drop(isPress ? fake.sockets.connections.find((link) => link.isOpen)?.id : undefined);
      };
      cut(0);
      const asked = ana.mention('C1', `pay acme 120, ${String(point)}`);
      threads.push(asked.ts);
      cut(1);
      const card = await bot.card(asked.ts);
      cut(2);
      const press = await ben.press(card, 'Approve');
      expect([points[point], press.outcome]).toEqual([points[point], 'acknowledged']);
      cut(3);
      await bot.told(ben, 'Approved by Ben');
      cut(4);
      await bot.until(asked.ts, 'Result: Paid');
      await bot.settled(card);
    }

    expect(world.sent).toHaveLength(points.length);
    expect((await world.app.store.runs.list({ limit: 20 })).length).toBe(points.length);
    for (const thread of threads) {
      const headings = headingsIn(fake, thread);
      expect(new Set(headings).size).toBe(headings.length);
    }
    expect(fake.sockets.strayAcks).toEqual([]);
  }, 90_000);

  it('when links are cut at every point of a denial, an edit and a command’s form, then each is done once', async () => {
    const bot = await start({ model: paysOrLooks, policy: editorsDecide });
    const { fake, world, ana, ben } = bot;
    const points = ['before the press', 'behind it', 'before the form is sent', 'behind it'];
    /** Slack tells at once when no link is there, and the person does it again. */
    const taken = async (act: () => Promise<Delivery>): Promise<void> => {
      while ((await act()).outcome !== 'acknowledged')
        await fake.until(() => fake.sockets.connections.some((link) => link.isOpen), 20_000);
    };
    const changed: string[] = [];
    const cards: string[] = [];
    for (const [point] of points.entries()) {
      // Before something is sent one link goes, behind it all of them.
      const cut = (at: number): void => {
        const [first] = fake.sockets.connections.filter((link) => link.isOpen);
        if (at === point) fake.sockets.drop(at % 2 === 0 ? first?.id : undefined);
      };
      const fill = async (
        person: Person,
        begin: () => Promise<Delivery>,
        values: Parameters<Person['submit']>[1],
      ): Promise<void> => {
        cut(0);
        await taken(begin);
        cut(1);
        const form = await fake.until(() => person.modal(), 10_000);
        cut(2);
        await taken(async () => (await person.submit(form, values)).delivery);
        cut(3);
      };
      const [toDeny, toEdit] = [ana.mention('C1', 'pay acme 120'), ana.mention('C1', 'pay acme 120')];
      const [denied, edited] = [await bot.card(toDeny.ts), await bot.card(toEdit.ts)];
      await fill(ben, () => ben.press(denied, 'Deny…'), { text: 'no photo' });
      expect((await bot.settled(denied)).text).toContain('Denied by Ben');
      await fill(ben, () => ben.press(edited, 'Edit…'), { amount: '80' });
      await bot.until(toEdit.ts, 'Approve: Pay 80 to acme?');
      await bot.settled(edited);
      await fill(ana, () => ana.command('/refund', '', 'C1'), { 'input.customer': `Zebra ${String(point)}` });
      changed.push(toEdit.ts);
      cards.push(toDeny.ts, toEdit.ts);
    }

    for (const thread of changed) {
      const card = await bot.until(thread, 'Approve: Pay 80 to acme?');
      await taken(() => ben.press(card, 'Approve'));
      await bot.until(thread, 'Result: ');
    }
    await bot.until(cards[0] ?? '', 'Result: ');
    expect(world.sent.map(({ argsJson }) => argsJson)).toEqual(points.map(() => '{"amount":80,"to":"acme"}'));
    for (const thread of cards) {
      const headings = headingsIn(fake, thread);
      expect(new Set(headings).size).toBe(headings.length);
    }
    const asked = fake
      .channel('C1')
      .messages()
      .filter(({ text }) => text.includes('asks: /refund'));
    expect(asked).toHaveLength(points.length);
    expect(await world.app.store.runs.list({ limit: 50 })).toHaveLength(3 * points.length);
  }, 180_000);

  it.each(['before', 'after'] as const)(
    'when over HTTP each request in a story is lost %s it was taken in, then what Slack or the person sends again is done once',
    async (when) => {
      const bot = await start({ over: 'http' });
      const { fake, world, ana, ben } = bot;
      const lose = (times = 1): void => fake.faults.next('delivery', { kind: 'reset', when }, times);

      lose(2);
      const asked = ana.mention('C1', 'pay acme 120');
      const taken = await asked.settled;
      expect(taken.map(({ outcome, attempts }) => [outcome, attempts.length])).toEqual([
        ['acknowledged', 2],
        ['acknowledged', 2],
      ]);
      const card = await bot.card(asked.ts);
      lose();
      expect((await ben.press(card, 'Approve')).outcome).toBe('lost');
      expect((await ben.press(card, 'Approve')).outcome).toBe('acknowledged');
      await bot.told(ben, 'Approved by Ben');
      await bot.until(asked.ts, 'Result: Paid');
      await bot.settled(card);

      const again = ana.mention('C1', 'pay acme 120');
      const denied = await bot.card(again.ts);
      await ben.press(denied, 'Deny…');
      const reason = await fake.until(() => ben.modal());
      lose();
      expect((await ben.submit(reason, { text: 'no photo' })).delivery.outcome).toBe('lost');
      expect((await ben.submit(reason, { text: 'no photo' })).errors).toEqual({});
      expect((await bot.settled(denied)).text).toContain('no photo');

      await ana.command('/refund', '', 'C1');
      const form = await fake.until(() => ana.modal());
      const typed = { 'input.customer': 'Acme', 'input.amount': '120', text: 'please' };
      lose();
      expect((await ana.submit(form, typed)).delivery.outcome).toBe('lost');
      expect((await ana.submit(form, typed)).errors).toEqual({});
      const roots = (): readonly string[] =>
        fake
          .channel('C1')
          .messages()
          .filter((message) => message.text.includes('ana asks'))
          .map(({ ts }) => ts);
      await bot.until(await eventually(() => roots()[0]), 'Result:');

      expect(roots()).toHaveLength(1);
      expect((await world.app.store.runs.list({ limit: 9 })).length).toBe(3);
      expect(world.sent).toHaveLength(1);
      for (const thread of [asked.ts, again.ts]) {
        const headings = headingsIn(fake, thread);
        expect(new Set(headings).size).toBe(headings.length);
      }
    },
    60_000,
  );

  it('when one link is renewed, then a press meanwhile goes by the other', async () => {
    const bot = await start();
    const asked = bot.ana.mention('C1', 'pay acme 120');
    const card = await bot.card(asked.ts);
    await bot.fake.until(() => bot.fake.sockets.connections.length === 2);
    bot.fake.sockets.disconnect('refresh_requested', bot.fake.sockets.connections[0]?.id);

    expect((await bot.ben.press(card, 'Approve')).outcome).toBe('acknowledged');
    await bot.until(asked.ts, 'Result: Paid');
    await bot.fake.until(() => bot.fake.sockets.connections.filter((link) => link.isOpen).length === 2);
  });

  it('when the bot restarts between card and click, then the click counts and nothing is posted again', async () => {
    const folder = aFolder();
    const fake = await createFakeSlack({ mode: 'socket' });
    const first = await start({ folder, fake });
    const asked = first.ana.mention('C1', 'pay acme 120');
    const card = await first.card(asked.ts);
    await first.close();

    const second = await start({ folder, fake });
    expect((await second.ben.press(card, 'Approve')).outcome).toBe('acknowledged');
    await second.until(asked.ts, 'Result: Paid');
    await second.settled(card);
    const headings = headingsIn(fake, asked.ts);
    expect(headings.filter((heading) => heading === 'Pay 120 to acme')).toHaveLength(1);
    expect(headings.filter((heading) => heading === 'Answer a request')).toHaveLength(1);
    await second.close();
    await fake.close();
    removeFolder(folder);
  });

  it('when the answer to a post is lost or Slack fails, then nothing is posted twice', async () => {
    // Whoever lost an answer looks only once it can no longer take effect.
    const bot = await start({ clock: aFasterClock(4) });
    bot.fake.faults.next('chat.postMessage', { kind: 'reset', when: 'after' });
    bot.fake.faults.next('chat.postMessage', { kind: 'status', status: 503, isApplied: true });
    bot.fake.faults.next('chat.postMessage', { kind: 'status', status: 500 });
    const asked = bot.ana.mention('C1', 'pay acme 120');
    const card = await bot.card(asked.ts);
    await bot.ben.press(card, 'Approve');

    await bot.until(asked.ts, 'Result: Paid');
    await bot.until(asked.ts, 'done books/pay');
    const headings = headingsIn(bot.fake, asked.ts);
    expect(new Set(headings).size).toBe(headings.length);
  });

  it('when Slack says to wait for one method, then others go on, and it is done afterwards', async () => {
    const bot = await start({ haste: 1 });
    const asked = bot.ana.mention('C1', 'pay acme 120');
    const card = await bot.card(asked.ts);
    bot.fake.faults.next('chat.update', { kind: 'rate-limited', retryAfterSeconds: 1 });
    await bot.ben.press(card, 'Approve');

    await bot.until(asked.ts, 'Result: Paid');
    expect((await bot.settled(card)).text).toContain('Approved by Ben at');
    const [refused, next] = bot.fake
      .calls('chat.update')
      .filter((call) => call.status === 429 || call.status === 200);
    expect(refused?.status).toBe(429);
    expect((next?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
  });

  it('when a stranger, a bot or an edit names the bot, then nothing runs and the stranger is told once', async () => {
    const bot = await start();
    const first = bot.dev.mention('C1', 'pay me');
    await Promise.all([first.settled, bot.dev.mention('C1', 'pay me').settled]);
    bot.dev.edit(first, `<@${bot.fake.botUserId}> pay me now`);

    await bot.told(bot.dev, 'I do not know you yet');
    expect(bot.dev.sees('C1').filter((message) => message.isEphemeral)).toHaveLength(1);
    expect(bot.world.asked).toEqual([]);
  });

  it("when the requester writes on in the thread, then his words are for the bot, and others' are not", async () => {
    const bot = await start();
    const asked = bot.ana.mention('C1', 'pay acme 120');
    await bot.card(asked.ts);
    await bot.ben.reply(asked, 'what is this about?').settled;
    await bot.ana.reply(asked, 'it is urgent &amp; &lt;b&gt;important&lt;/b&gt;').settled;

    const card = await bot.until(asked.ts, 'Ana said since');
    expect(card.text).toContain('it is urgent & <b>important</b>');
    expect(card.text).not.toContain('what is this about?');
  });

  it('when somebody writes directly, then the answer stands there', async () => {
    const bot = await start();
    const asked = bot.ana.dm('pay acme 120');

    expect((await bot.card(asked.ts, asked.channel)).text).toContain('Pay 120 to acme');
  });

  it('when the token does not work, then the start says which one and how to mend it', async () => {
    const fake = await createFakeSlack({ mode: 'socket' });
    fake.workspace.tokenState = 'invalid_auth';
    await expect(aSlackWorld({ fake })).rejects.toThrow('SLACK_BOT_TOKEN: Slack does not accept it');
    await fake.close();
  });
});
