import { afterEach, describe, expect, it } from '@jest/globals';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import type { DiscordWorld, DiscordWorldOptions } from '../builders/discord-world.ts';
import { aFasterClock } from '../builders/faster-clock.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { aWaitedClock } from '../builders/waited-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { call, words, worldPolicy } from '../builders/world.ts';
import { aFakeDiscord, buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { FakePerson } from '../fakes/discord/persons.ts';
import type { Outcome } from '../fakes/discord/interactions.ts';

const open: DiscordWorld[] = [];
afterEach(async () => {
  for (const world of open.splice(0)) await world.close();
});

async function start(options: DiscordWorldOptions = {}): Promise<DiscordWorld> {
  const world = await aDiscordWorld(options);
  open.push(world);
  return world;
}

const said = (outcome: Outcome): string =>
  outcome.kind === 'said' || outcome.kind === 'updated' ? wordsOf(outcome.message) : outcome.kind;

describe.each(['gateway', 'http'] as const)('given Discord with interactions over %s', (over) => {
  it('when somebody mentions the bot, then a thread tells the whole story and another one approves', async () => {
    const { fake, world, ana, ben, eve, card, until } = await start({ over });
    const thread = ana.mention(finance, 'pay acme 120').id;
    const approval = await card(thread);

    expect(fake.state.channels.get(thread)).toMatchObject({
      type: 11,
      parent_id: finance,
      name: 'pay acme 120',
    });
    expect(wordsOf(approval)).toContain('Approve\\: Pay 120 to acme?');
    expect(buttonsOf(approval)).toContain('Deny…');
    const self = await ana.press(approval, 'Approve');
    expect(self).toMatchObject({ kind: 'said', isPrivate: true });
    expect(said(self)).toContain('someone else from finance decides');
    expect(said(await eve.press(approval, 'Approve'))).toContain('I do not know you yet');
    expect(world.sent).toHaveLength(0);

    const approved = await ben.press(approval, 'Approve');
    expect(approved).toMatchObject({ kind: 'said', isPrivate: true });
    expect(said(approved)).toContain('Approved by Ben');

    await until(thread, 'Result\\: Paid, receipt R\\-1');
    await eventually(() => (buttonsOf(approval).length === 0 ? true : undefined));
    await eventually(() => (wordsOf(approval).includes('Paid, receipt R\\-1') ? true : undefined));
    expect(wordsOf(approval)).toMatch(/Approved by Ben at <t:\d+:f>/u);
    const audit = wordsOf(await until(thread, 'dispatched books/pay'));
    expect(audit).toMatch(/\\#\d+ <t:\d+:f> Ben approved books\/pay/u);
    expect(audit).toMatch(/done books\/pay/u);
    // The status card settles by an edit of its own, which may come after the audit's.
    await eventually(
      () => (fake.shown(thread).some((message) => wordsOf(message).includes('waiting')) ? undefined : true),
      20_000,
      () => fake.shown(thread).map(wordsOf).join('\n---\n'),
    );
    expect(fake.shown(finance)).toEqual([]);
    // Whoever may decide is told by name, once, and nobody else.
    expect(fake.pings()).toEqual(['2002']);
    expect(fake.embeds()).toEqual([]);
    expect(world.sent).toHaveLength(1);
  });

  it('when somebody denies, then a form asks for the reason and the card says it', async () => {
    const { world, ana, ben, card, until } = await start({ over });
    const thread = ana.mention(finance, 'pay acme 120').id;
    const approval = await card(thread);

    const form = await ben.press(approval, 'Deny…');
    expect(form).toMatchObject({ kind: 'form', form: { title: 'Deny' } });
    expect(said(await ben.submitModal('ask for a photo first'))).toContain('Denied by Ben');

    await until(thread, 'ask for a photo first');
    await eventually(() => (buttonsOf(approval).length === 0 ? true : undefined));
    expect(wordsOf(approval)).toContain('ask for a photo first');
    expect(world.sent).toEqual([]);
  });

  it('when somebody edits, then a form is filled with what stands there and a new card follows', async () => {
    const { world, ana, ben, card, until } = await start({
      over,
      policy: worldPolicy.replace('approvers: [finance]', 'approvers: [finance], excludeEditor: false'),
    });
    const thread = ana.mention(finance, 'pay acme 120').id;
    const approval = await card(thread);

    const form = await ben.press(approval, 'Edit…');
    expect(form).toMatchObject({ kind: 'form' });
    expect(said(await ben.submitModal({ f0: '80' }))).toContain('Changed, and asked anew');

    await eventually(() => (buttonsOf(approval).length === 0 ? true : undefined));
    expect(wordsOf(approval)).toContain('amount 120 → 80');
    const again = await card(thread);
    expect(wordsOf(again)).toContain('Changed by Ben');
    expect(said(await ben.press(again, 'Approve'))).toContain('Approved by Ben');
    await until(thread, 'Result\\: A person changed the arguments');
    expect(world.sent.map((request) => request.argsJson)).toEqual(['{"amount":80,"to":"acme"}']);
  });

  it('when two must approve, then the card counts, and the tool runs after the second', async () => {
    const { fake, world, ana, ben, card, until } = await start({
      over,
      model: (turn) => (turn === 0 ? call('books__pay', { amount: 900, to: 'acme' }) : words('Paid.')),
    });
    const thread = ana.mention(finance, 'pay acme 900').id;
    const approval = await card(thread);

    expect(said(await ben.press(approval, 'Approve'))).toContain('Ben approved. One more of approver.');
    await eventually(() => (wordsOf(approval).includes('One more of approver') ? true : undefined));
    expect(said(await ben.press(approval, 'Approve'))).toContain('Ben approved. One more of approver.');
    expect(world.sent).toEqual([]);
    await fake.user('2003', 'Cho').press(approval, 'Approve');

    await until(thread, 'Paid.');
    await eventually(() => (wordsOf(approval).includes('Approved by Ben and Cho') ? true : undefined));
    expect(buttonsOf(approval)).toEqual([]);
    expect(world.sent).toHaveLength(1);
  });

  it('when nobody answers in time, then the card says that nothing ran', async () => {
    const clock = aMovedClock();
    const { world, ana, ben, card } = await start({ over, clock });
    const thread = ana.mention(finance, 'pay acme 120').id;
    const approval = await card(thread);
    clock.advance(25 * 3_600_000);

    // Over HTTP the platform's clock, which signs, stays behind: there it expires by itself.
    if (over === 'gateway')
      expect(said(await ben.press(approval, 'Approve'))).toContain('Nobody answered by');
    await eventually(() => (buttonsOf(approval).join() === 'Ask again' ? true : undefined));
    expect(wordsOf(approval)).toContain('Nobody answered by');
    expect(world.sent).toEqual([]);
  });

  it('when a run is to be stopped, then it is asked whether, privately, and done on yes', async () => {
    const { ana, card, until } = await start({ over });
    const thread = ana.mention(finance, 'pay acme 120').id;
    const approval = await card(thread);
    const status = await until(thread, 'waiting for finance');

    const asked = await ana.press(status, 'Stop this run');
    expect(asked).toMatchObject({ kind: 'said', isPrivate: true });
    if (asked.kind !== 'said') throw new Error(asked.kind);
    expect(await ana.press(asked.message, 'Stop this run')).toMatchObject({ kind: 'updated' });

    await eventually(() => (buttonsOf(approval).length === 0 ? true : undefined));
    expect(buttonsOf(asked.message)).toEqual([]);
  });

  it('when commands are called, then answers are private and cards in them work', async () => {
    const { fake, ana, ben, card, until } = await start({ over });
    const thread = ana.mention(finance, 'pay acme 120').id;
    await card(thread);

    expect(said(await ana.command('countersign help'))).toContain('/countersign approvals');
    expect(said(await ben.command('countersign approvals'))).toContain('One approval waits');
    const copy = await eventually(() =>
      [...fake.state.messages.values()].find(
        (message) => message.onlyFor === '2002' && buttonsOf(message).includes('Approve'),
      ),
    );
    expect(said(await ben.press(copy, 'Approve'))).toContain('Approved by Ben');
    await until(thread, 'Result\\: Paid');
  });

  it('when a digest is asked for, then what waits can be decided in it, and both cards settle', async () => {
    const { fake, world, ana, ben, card, until } = await start({ over });
    const thread = ana.mention(finance, 'pay acme 120').id;
    const original = await card(thread);
    const digested = ana.mention(finance, 'digest').id;
    await until(digested, 'Digest of the last 24 hours');

    expect(said(await ben.press(await card(digested), 'Approve'))).toContain('Approved by Ben');

    await until(thread, 'Result\\: Paid');
    await until(digested, 'Approved by Ben');
    await eventually(() => (buttonsOf(original).length === 0 ? true : undefined));
    expect(fake.shown(digested).flatMap(buttonsOf)).not.toContain('Approve');
    expect(fake.pings()).toEqual(['2002']);
    expect(world.sent).toHaveLength(1);
  });

  it('when a workflow is called as a command, then a form asks and its thread hangs on the request', async () => {
    // The workflow may use mail and not books.
    const { fake, ana, eve, card } = await start({
      over,
      policy: worldPolicy.replace(
        'mail/read: { effect: read, verdict: allow }',
        'mail/read: { effect: opaque, verdict: ask, approvers: [finance] }',
      ),
      model: (turn) => (turn === 0 ? call('mail__read', {}) : words('Read.')),
    });

    expect(await ana.command('refund')).toMatchObject({ kind: 'form' });
    expect(said(await ana.submitModal('120 to acme, @everyone'))).toContain('I am on it');
    const asked = fake.shown(finance).find((message) => wordsOf(message).includes('Ana asks'));
    expect(buttonsOf(await card(asked?.id ?? ''))).toContain('Approve');
    expect(said(await eve.command('refund', { request: 'me' }))).toContain('I do not know you yet');
    expect(fake.shown(finance)).toHaveLength(1);
    // Whoever may decide is told by name, once, and nobody else.
    expect(fake.pings()).toEqual(['2002']);
  });
});

describe('given Discord that misbehaves', () => {
  it('when an event arrives twice, then it is one run and one card', async () => {
    const { fake, world, ana, card } = await start();
    const message = ana.mention(finance, 'pay acme 120');
    fake.gateway.dispatch('MESSAGE_CREATE', {
      ...message,
      guild_id: '1000',
      mentions: [fake.state.bot],
      content: `<@9000> pay acme 120`,
    });
    await card(message.id);

    expect(fake.shown(message.id).filter((entry) => buttonsOf(entry).includes('Approve'))).toHaveLength(1);
    expect((await world.app.store.runs.list({ limit: 10 })).length).toBe(1);
  });

  it('when the gateway is cut, then it resumes and what was said meanwhile is answered', async () => {
    const { fake, ana, card } = await start();
    fake.gateway.drop();
    const message = ana.mention(finance, 'pay acme 120');

    await card(message.id);
    expect(fake.gateway.counts).toMatchObject({ identifies: 1, resumes: 1 });
  });

  it('when the gateway asks to reconnect, then it resumes', async () => {
    const { fake, ana, card } = await start();
    fake.gateway.askToReconnect();
    await eventually(() => (fake.gateway.counts.resumes === 1 ? true : undefined));

    await card(ana.mention(finance, 'pay acme 120').id);
    expect(fake.gateway.counts.identifies).toBe(1);
  });

  it('when the session is over, then a new one begins and nothing said since is lost', async () => {
    const clock = aWaitedClock();
    const { fake, ana, card } = await start({ clock });
    // Sessions are begun five seconds apart; these have passed.
    clock.advance(5_000);
    fake.gateway.invalidate(false);
    const message = ana.mention(finance, 'pay acme 120');

    await card(message.id);
    await eventually(() => (fake.gateway.counts.identifies === 2 ? true : undefined));
  });

  it('when the session ends at every point of a story, then no mention is lost, nothing is done twice, and each end costs one session', async () => {
    const clock = aWaitedClock();
    const { fake, world, ana, ben, card, until } = await start({ clock });
    const points = ['mention', 'card', 'click', 'decision', 'result'] as const;
    const heard = new Set<string>();
    const unheard = new Set<string>();

    for (const [index, point] of points.entries()) {
      /** Ends it at its point, and says something that no session hears. */
      const end = (isNow: boolean): void => {
        if (!isNow) return;
        // Sessions are begun five seconds apart; these have passed.
        clock.advance(5_000);
        fake.gateway.invalidate(false);
        unheard.add(ana.mention(finance, `pay acme 120, unheard at the ${point}`).id);
      };
      const isBack = (): Promise<true> =>
        eventually(() => (fake.gateway.counts.identifies === index + 2 ? true : undefined), 30_000);

      const thread = ana.mention(finance, `pay acme 120, ended at the ${point}`).id;
      heard.add(thread);
      end(point === 'mention');
      const approval = await card(thread);
      end(point === 'card');
      if (point === 'mention' || point === 'card') {
        // Nobody hears this click: Discord tells the person so, and he presses again.
        if (point === 'card') expect(await ben.press(approval, 'Approve')).toMatchObject({ kind: 'failed' });
        await isBack();
      }
      // The session ends behind the click, which is on its way.
      const pressed = ben.press(approval, 'Approve');
      end(point === 'click');
      expect(said(await pressed)).toContain('Approved by Ben');
      end(point === 'decision');
      await until(thread, 'Result\\: Paid');
      end(point === 'result');
      await isBack();
    }

    const threads = [...heard, ...unheard];
    for (const thread of threads) {
      // What was said while nobody listened waits for its decision like everything else.
      if (unheard.has(thread))
        expect(said(await ben.press(await card(thread), 'Approve'))).toContain('Approved by Ben');
      await until(thread, 'Result\\: Paid');
      const headings = fake.shown(thread).map((message) => wordsOf(message).split('\n')[0]);
      expect(headings.filter((heading) => heading === '### Pay 120 to acme')).toHaveLength(1);
      expect(new Set(headings).size).toBe(headings.length);
    }
    expect(world.sent).toHaveLength(threads.length);
    expect((await world.app.store.runs.list({ limit: 20 })).length).toBe(threads.length);
    expect(threads).toHaveLength(2 * points.length);
    expect(fake.gateway.counts.identifies).toBe(1 + points.length);
  });

  it('when the gateway is cut at every point of a story, then nothing is lost or done twice and no new session is begun', async () => {
    const { fake, world, ana, ben, card, until } = await start();
    const threads: string[] = [];
    const cut = (isNow: boolean): void => {
      if (isNow) fake.gateway.drop();
    };
    const points = ['before the mention', 'after it', 'before the click', 'after it', 'before the end'];
    for (const [point] of points.entries()) {
      cut(point === 0);
      const thread = ana.mention(finance, `pay acme 120, ${String(point)}`).id;
      threads.push(thread);
      cut(point === 1);
      const approval = await card(thread);
      cut(point === 2);
      const pressed = ben.press(approval, 'Approve');
      cut(point === 3);
      await pressed;
      cut(point === 4);
      await until(thread, 'Result\\: Paid');
      await eventually(() => (fake.gateway.isConnected() ? true : undefined), 20_000);
    }

    expect(world.sent).toHaveLength(points.length);
    expect((await world.app.store.runs.list({ limit: 20 })).length).toBe(points.length);
    for (const thread of threads) {
      const headings = fake.shown(thread).map((message) => wordsOf(message).split('\n')[0]);
      expect(new Set(headings).size).toBe(headings.length);
    }
    expect(fake.gateway.counts).toMatchObject({ identifies: 1, resumes: points.length });
  });

  it('when the gateway is cut at every point of a denial, an edit and a command’s form, then each is done once', async () => {
    const { fake, world, ana, ben, card, until } = await start({
      model: (turn, request) =>
        JSON.stringify(request.messages).includes('Zebra')
          ? words('Looked.')
          : turn === 0
            ? call('books__pay', { amount: 120, to: 'acme' })
            : words('Done with it.'),
      policy: worldPolicy.replace('approvers: [finance]', 'approvers: [finance], excludeEditor: false'),
    });
    const points = ['before the press', 'behind it', 'before the form is sent', 'behind it'];
    const threads: string[] = [];
    for (const [point] of points.entries()) {
      const cut = (at: number): void => {
        if (at === point) fake.gateway.drop();
      };
      const fill = async (
        person: FakePerson,
        begin: () => Promise<Outcome>,
        values: Parameters<FakePerson['submitModal']>[0],
      ): Promise<string> => {
        cut(0);
        const begun = begin();
        cut(1);
        expect(await begun).toMatchObject({ kind: 'form' });
        cut(2);
        const sent = person.submitModal(values);
        cut(3);
        const answer = said(await sent);
        await eventually(() => (fake.gateway.isConnected() ? true : undefined), 20_000);
        return answer;
      };
      const [toDeny, toEdit] = [
        ana.mention(finance, 'pay acme 120').id,
        ana.mention(finance, 'pay acme 120').id,
      ];
      const [denied, edited] = [await card(toDeny), await card(toEdit)];
      expect(await fill(ben, () => ben.press(denied, 'Deny…'), 'no photo')).toContain('Denied by Ben');
      expect(await fill(ben, () => ben.press(edited, 'Edit…'), { f0: '80' })).toContain('asked anew');
      expect(await fill(ana, () => ana.command('refund'), 'Zebra')).toContain('I am on it');
      await eventually(() => (buttonsOf(edited).length === 0 ? true : undefined));
      expect(said(await ben.press(await card(toEdit), 'Approve'))).toContain('Approved by Ben');
      await until(toEdit, 'Done with it');
      await until(toDeny, 'Done with it');
      threads.push(toDeny, toEdit);
    }

    expect(world.sent.map(({ argsJson }) => argsJson)).toEqual(points.map(() => '{"amount":80,"to":"acme"}'));
    for (const thread of threads) {
      const headings = fake.shown(thread).map((message) => wordsOf(message).split('\n')[0]);
      expect(new Set(headings).size).toBe(headings.length);
    }
    const asks = fake.shown(finance).filter((message) => wordsOf(message).includes('Ana asks'));
    expect(asks).toHaveLength(points.length);
    expect(await world.app.store.runs.list({ limit: 50 })).toHaveLength(3 * points.length);
    expect(fake.gateway.counts).toMatchObject({ identifies: 1, resumes: 3 * points.length });
  }, 180_000);

  it('when the bot restarts between card and click, then the click counts', async () => {
    const folder = aFolder();
    const fake = await aFakeDiscord();
    const first = await aDiscordWorld({ folder, fake });
    const thread = first.ana.mention(finance, 'pay acme 120').id;
    const approval = await first.card(thread);
    await first.close();

    const second = await aDiscordWorld({ folder, fake });
    expect(said(await second.ben.press(approval, 'Approve'))).toContain('Approved by Ben');
    await second.until(thread, 'Result\\: Paid');
    await eventually(() => (buttonsOf(approval).length === 0 ? true : undefined));
    // The status card names the call too, so a card is told by its heading.
    const headings = fake.shown(thread).map((message) => wordsOf(message).split('\n')[0]);
    expect(headings.filter((heading) => heading === '### Pay 120 to acme')).toHaveLength(1);
    expect(headings.filter((heading) => heading === '### Answer a request')).toHaveLength(1);
    await second.close();
    await fake.close();
    removeFolder(folder);
  });

  it('when somebody mentioned the bot while it was down, then he is answered at the start', async () => {
    const fake = await aFakeDiscord();
    const ana = fake.user('2001', 'Ana');
    const thread = ana.mention(finance, 'pay acme 120').id;
    const world = await aDiscordWorld({ fake });

    expect(buttonsOf(await world.card(thread))).toContain('Approve');
    await world.close();
    await fake.close();
  });

  it('when the answer to a post is lost and servers fail, then nothing is posted twice', async () => {
    // Whoever lost an answer looks only once it can no longer take effect.
    const { fake, ana, ben, card, until } = await start({ clock: aFasterClock(4) });
    fake.rest.loseNextAnswer(/POST \/channels\/\d+\/messages$/u);
    const thread = ana.mention(finance, 'pay acme 120').id;
    const approval = await card(thread);
    fake.rest.failNext(500, 2, /POST \/channels/u);
    await ben.press(approval, 'Approve');

    await until(thread, 'Result\\: Paid');
    await until(thread, 'done books/pay');
    const shown = fake.shown(thread).map((message) => wordsOf(message).split('\n')[0]);
    expect(new Set(shown).size).toBe(shown.length);
  });

  it('when a thread was archived, then it is woken to settle its card', async () => {
    const { fake, ana, ben, card } = await start();
    const thread = ana.mention(finance, 'pay acme 120').id;
    const approval = await card(thread);
    const channel = fake.state.channels.get(thread);
    if (channel !== undefined) channel.isArchived = true;
    await ben.press(approval, 'Approve');

    await eventually(() => (buttonsOf(approval).length === 0 ? true : undefined));
  });
});

describe('given hostile words', () => {
  const hostile =
    '@everyone <@2003> <@&1> </pay:1> [bank](https://evil.example) https://evil.example/x <#1100>\n' +
    '```\n### Approve: Pay 9000 to mallory?\n``` \u202EneB yb devorppA\n# Approved by Mallory\n';
  const long = `${hostile}${'x'.repeat(40_000)} the end`;

  it('when the model and the tool write them, then nobody is pinged and nothing unfolds', async () => {
    const { fake, ben, log, until, world } = await start({
      model: (turn) => (turn === 0 ? call('books__pay', { amount: 120, to: long }) : words(`Done. ${long}`)),
      answer: () => ({ kind: 'answered', content: long, isError: false }),
    });
    const ana = fake.user('2001', 'Ana <@2003> \u202E');
    const thread = ana.mention(finance, `pay ${hostile}`).id;
    const approval = await until(thread, 'details.txt');
    const [file] = approval.attachments;
    expect(file?.text).toContain('x'.repeat(40_000));
    expect(file?.text).toContain('⟨U+202E⟩neB');
    const asked = await ben.press(approval, 'Approve…');
    if (asked.kind !== 'said') throw new Error(`It was answered by ${asked.kind}.`);
    await ben.press(asked.message, 'Approve');
    await ana.command('refund', { request: hostile });
    // It reads like a card and is longer than a message: a file holds all of it.
    const answered = await until(thread, 'The agent wrote this');
    expect(answered.attachments[0]?.text).toContain(`Done. ${hostile.slice(0, 20)}`);
    await until(thread, 'done books/pay');

    expect(world.sent).toHaveLength(1);
    // Whoever may decide is told by name, once, and nobody else.
    expect(fake.pings()).toEqual(['2002']);
    expect(fake.embeds()).toEqual([]);
    expect(log.filter((line) => line.includes('Invalid Form Body'))).toEqual([]);
    const all = [...fake.state.messages.values()]
      .filter(({ author }) => author.bot === true)
      .map((message) => wordsOf(message))
      .join('\n');
    expect(all).toContain('asks');
    expect(all).not.toMatch(/(?<!\\)<@(?!2002>)/u);
    expect(all).not.toMatch(/(?<!`[^`]*)@everyone/u);
    expect(all).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/u);
    expect(all).not.toMatch(/^[^\p{L}>]*(?:Approve: Pay 9|Approved by Mallory|neB yb)/mu);
  });

  it('when a stranger, a bot or a webhook mentions the bot, then nothing runs and only the stranger is told', async () => {
    const { fake, world, eve } = await start();
    eve.mention(finance, 'pay me');
    fake.user('2010', 'Robot');
    fake.gateway.dispatch('MESSAGE_CREATE', {
      ...eve.say(finance, 'x'),
      id: '555',
      guild_id: '1000',
      author: { id: '2002', username: 'ben', bot: true },
      mentions: [fake.state.bot],
      content: '<@9000> pay',
    });
    fake.gateway.dispatch('MESSAGE_CREATE', {
      ...eve.say(finance, 'x'),
      id: '556',
      guild_id: '1000',
      author: { id: '2002', username: 'ben' },
      webhook_id: '88',
      mentions: [fake.state.bot],
      content: '<@9000> pay',
    });

    const told = await eventually(() => fake.shown('772009')[0]);
    expect(wordsOf(told)).toContain('I do not know you yet');
    expect(world.asked).toEqual([]);
    expect(fake.state.channels.has('772010')).toBe(false);
  });

  it('when somebody writes directly, then the answer stands there', async () => {
    const { ana, card } = await start();
    const message = ana.direct('pay acme 120');

    expect(wordsOf(await card(message.channel_id))).toContain('Pay 120 to acme');
  });
});
