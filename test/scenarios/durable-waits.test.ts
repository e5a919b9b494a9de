/** Runs that wait for an event, a form or a decision hold nothing, and go on when it comes. */
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { aWorkflow, atRest, day, later, someBots } from '../builders/errands.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import type { World } from '../builders/world.ts';

const { aStoreFolder, close, open } = someBots();

describe('given a run that waits for a signal', () => {
  const workflows = [
    aWorkflow(async (ctx) => {
      await ctx.step('ready', () => true);
      const paid = await ctx.waitFor('paid', {
        name: 'invoice.paid',
        match: { invoice: '1042', payer: 'Acme' },
        from: ['finance'],
        within: { days: 2 },
      });
      await ctx.say(
        paid.kind === 'arrived' ? `Paid by ${JSON.stringify(paid.data['payer'])}.` : 'Never paid.',
      );
    }),
  ];
  const signal = (invoice: string, id: string) => ({
    name: 'invoice.paid',
    id,
    data: { invoice, payer: 'Acme' },
  });

  it('when a matching one comes, then it goes on; others and strangers do not wake it', async () => {
    const world = await open({ workflows });
    const { run, thread } = await world.say('ana', '/errand');
    await world.until(run, 'waiting');
    await atRest(world);

    await world.app.backend.publishSignal(world.person('ben'), signal('7', 's1'));
    await world.app.backend.publishSignal(world.person('ana'), signal('1042', 's2'));
    const still = await world.until(run, 'waiting');
    await world.app.backend.publishSignal(world.person('ben'), signal('1042', 's3'));
    await world.until(run, 'done');

    expect(still.waitingFor).toContain('invoice.paid');
    expect(await world.story(thread)).toContain('Paid by "Acme".');
    const again = await world.app.backend.publishSignal(world.person('ben'), signal('1042', 's3'));
    expect(again.isNew).toBe(false);
  });

  it('when it came before the wait began, then the run finds it', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const world = await open({
      workflows: [
        aWorkflow(async (ctx) => {
          await ctx.step('hold', async () => {
            await held;
            return true;
          });
          const paid = await ctx.waitFor('paid', { name: 'invoice.paid', match: { invoice: '1042' } });
          await ctx.say(paid.kind === 'arrived' ? `Signal ${paid.id} by ${paid.by}.` : 'Never paid.');
        }),
      ],
    });
    const { run, thread } = await world.say('ana', '/errand');
    await world.app.backend.publishSignal(world.person('ben'), signal('1042', 'early'));
    release();

    await world.until(run, 'done');

    expect(await world.story(thread)).toContain('Signal ben/early by ben.');
  });

  it('when it waits for the same event once more, then one that came answers once', async () => {
    const world = await open({
      workflows: [
        aWorkflow(async (ctx) => {
          const first = await ctx.waitFor('first', { name: 'invoice.paid' });
          const second = await ctx.waitFor('second', { name: 'invoice.paid' });
          const ids = [first, second].map((paid) => (paid.kind === 'arrived' ? paid.id : 'none'));
          await ctx.say(`Both: ${ids.join(' and ')}.`);
        }),
      ],
    });
    const { run, thread } = await world.say('ana', '/errand');
    await world.until(run, 'waiting');
    await atRest(world);

    await world.app.backend.publishSignal(world.person('ben'), signal('7', 's1'));
    await atRest(world);
    const still = await world.until(run, 'waiting');
    await world.app.backend.publishSignal(world.person('ben'), signal('7', 's2'));
    await world.until(run, 'done');

    expect(still.waitingFor).toContain('invoice.paid');
    expect(await world.story(thread)).toContain('Both: ben/s1 and ben/s2.');
  });

  it('when the process that kept one died before it brought it, then the next sweep brings it', async () => {
    const clock = aMovedClock();
    const world = await open({ clock, workflows });
    const { run } = await world.say('ana', '/errand');
    await world.until(run, 'waiting');
    await atRest(world);

    await world.app.store.signals.keep({ ...signal('1042', 'left'), by: world.person('ben').id });
    clock.advance(5_000);

    await world.until(run, 'done');
  });

  it('when none comes in time, then it goes on without', async () => {
    const clock = aMovedClock();
    const world = await open({ clock, workflows });
    const { run, thread } = await world.say('ana', '/errand');
    await world.until(run, 'waiting');
    await atRest(world);

    await later(world, clock, 2 * day + 1000);
    await world.until(run, 'done');

    expect(await world.story(thread)).toContain('Never paid.');
  });
});

describe('given a run that asks with a form', () => {
  const workflows = [
    aWorkflow(async (ctx) => {
      const answer = await ctx.ask('trip', {
        title: 'Where to?',
        form: z.object({
          city: z.string().min(2).describe('City'),
          nights: z.number().int().max(30).describe('Nights'),
          class: z.enum(['economy', 'business']),
          flexible: z.boolean().optional(),
        }),
      });
      if (answer.kind === 'answered')
        await ctx.say(`${answer.by}: ${answer.value.city}, ${String(answer.value.nights)} nights.`);
      else await ctx.say('Nobody answered.');
    }),
  ];
  async function cardOf(world: World, thread: string) {
    const found = await world.app.backend.readThread(world.person('ana'), thread);
    const item = found?.items.find(({ card }) => card?.title === 'Where to?');
    if (item?.card === undefined) throw new Error('There is no form.');
    return item.card;
  }
  const press = (world: World, person: string, action: string, values: Record<string, string>) =>
    world.app.backend.act(world.person(person), { action, fields: values });

  it('when somebody who may fills it in, then the run goes on with typed values', async () => {
    const world = await open({ workflows });
    const { run, thread } = await world.say('ana', '/errand');
    await world.until(run, 'waiting');
    const [action] = (await cardOf(world, thread)).actions;
    const id = action?.id ?? '';

    const form = await world.app.backend.findForm(world.person('ana'), id);
    const hidden = await world.app.backend.findForm(world.person('cho'), id);
    const stranger = await press(world, 'cho', id, { '/city': 'Rome', '/nights': '2', '/class': 'economy' });
    const wrong = await press(world, 'ana', id, { '/city': 'Rome', '/nights': '99', '/class': 'economy' });
    const right = await press(world, 'ana', id, { '/city': 'Rome', '/nights': '2', '/class': 'economy' });
    await world.until(run, 'done');
    const late = await press(world, 'ana', id, { '/city': 'Oslo', '/nights': '3', '/class': 'economy' });

    expect(action?.asks).toEqual({ kind: 'form' });
    expect(form?.fields).toMatchObject([{ label: 'City' }, { kind: 'number' }, { kind: 'choice' }, {}]);
    expect(hidden).toBeUndefined();
    expect(stranger).toMatchObject({ kind: 'refused', status: 403 });
    expect(wrong).toMatchObject({ kind: 'refused', status: 422 });
    expect(right).toMatchObject({ kind: 'done' });
    expect(late).toMatchObject({ kind: 'refused', status: 409 });
    expect(await world.story(thread)).toContain('Ana: Rome, 2 nights.');
    expect((await cardOf(world, thread)).outcome).toContain('Answered by Ana');
  });

  it('when nobody answers for a week, then the run goes on without', async () => {
    const clock = aMovedClock();
    const world = await open({ clock, workflows });
    const { run, thread } = await world.say('ana', '/errand');
    await world.until(run, 'waiting');
    await atRest(world);

    await later(world, clock, 7 * day + 1000);
    await world.until(run, 'done');

    expect(await world.story(thread)).toContain('Nobody answered.');
    expect((await cardOf(world, thread)).actions).toEqual([]);
  });
});

describe('given a decision that is no tool call', () => {
  const workflows = [
    aWorkflow(async (ctx) => {
      const decision = await ctx.approve('launch', {
        title: 'Launch the campaign',
        facts: { budget: 9000, start: 'Monday' },
        approvers: ['finance'],
      });
      await ctx.say(
        decision.kind === 'approved' ? `Launched by ${decision.by.join(', ')}.` : `Not: ${decision.text}`,
      );
    }),
  ];

  it('when an approver approves after a restart, then the run goes on and nothing was sent', async () => {
    const folder = aStoreFolder();
    const first = await open({ folder, workflows });
    const { run, thread } = await first.say('ana', '/errand');
    await first.pending(run);
    await close(first);

    const world = await open({ folder, workflows });
    const asked = await world.pending(run);
    const requester = await world.vote('ana', asked, 'approve');
    const stranger = await world.vote('cho', asked, 'approve');
    const counted = await world.vote('ben', asked, 'approve');
    await world.until(run, 'done');
    const late = await world.vote('ben', asked, 'deny');

    expect(asked).toMatchObject({ tool: 'decision/launch', arguments: { budget: 9000, start: 'Monday' } });
    expect(requester).toMatchObject({ status: 403 });
    expect(stranger).toMatchObject({ status: 403 });
    expect(counted.kind).toBe('counted');
    expect(late).toMatchObject({ kind: 'refused', status: 409 });
    expect(world.sent).toEqual([]);
    expect(await world.story(thread)).toContain('Launched by Ben.');
  });

  it('when it is denied, then the workflow hears why', async () => {
    const world = await open({ workflows });
    const { run, thread } = await world.say('ana', '/errand');

    await world.vote('ben', await world.pending(run), 'deny', 'too dear');
    await world.until(run, 'done');

    expect(await world.story(thread)).toContain('Not: Denied by Ben: too dear.');
  });
});
