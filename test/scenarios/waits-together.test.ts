/** Waits that meet: a branch fails beside a question, a stop meets a call on its way, an answer comes too late. */
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { AppError } from '../../src/core/errors.ts';
import type { ToolOutcome } from '../../src/tools/tool.ts';
import type { WorkflowContext } from '../../src/workflow-kit.ts';
import { aWorkflow, someBots } from '../builders/errands.ts';
import { eventually } from '../builders/running-bot.ts';
import type { World } from '../builders/world.ts';

const { aStoreFolder, close, open } = someBots();

const pay = (ctx: WorkflowContext) => ctx.tool('pay', 'books/pay', { amount: 5, to: 'acme' });

describe('given a branch that waits for people', () => {
  it('when the one beside it fails for good, then its question is void and nothing is sent', async () => {
    const world = await open({
      workflows: [
        aWorkflow(async (ctx) => {
          await ctx.all([
            () => pay(ctx),
            async () => {
              await ctx.waitFor('go', { name: 'go' });
              throw new AppError('model.refused', 'The model declined.');
            },
          ]);
        }),
      ],
    });
    const { run } = await world.say('ana', '/errand');
    const question = await world.pending(run);

    await world.app.backend.publishSignal(world.person('ana'), { name: 'go', id: 'go-1', data: {} });
    await world.until(run, 'failed');
    const late = await world.vote('ben', question, 'approve');

    expect(late).toMatchObject({ kind: 'refused', status: 409 });
    expect(world.sent).toEqual([]);
  });

  it('when the one beside it parks the run, then a vote is kept and is carried out once somebody retries', async () => {
    let isBroken = true;
    const world = await open({
      workflows: [
        aWorkflow(async (ctx) => {
          await ctx.all([
            () => pay(ctx),
            async () => {
              await ctx.waitFor('go', { name: 'go' });
              return ctx.step('check', () => (isBroken ? Promise.reject(new Error('broken')) : true), {
                attempts: 1,
              });
            },
          ]);
        }),
      ],
    });
    const { run } = await world.say('ana', '/errand');
    const question = await world.pending(run);
    await world.app.backend.publishSignal(world.person('ana'), { name: 'go', id: 'go-2', data: {} });
    await world.until(run, 'parked');

    const vote = await world.vote('ben', question, 'approve');
    await world.until(run, 'parked');
    const sentWhileParked = world.sent.length;
    isBroken = false;
    await world.command('ana', 'finance', `retry ${run} mended`);
    await world.until(run, 'done');

    expect(vote.kind).toBe('counted');
    expect(sentWhileParked).toBe(0);
    expect(world.sent).toHaveLength(1);
  });
});

describe('given a child whose call is on its way', () => {
  it('when its parent is stopped, then the answer is kept, nothing follows, and the parent ends after the child', async () => {
    let answer: (outcome: ToolOutcome) => void = () => undefined;
    const reached = new Promise<ToolOutcome>((resolve) => (answer = resolve));
    const world = await open({
      answer: () => reached,
      workflows: [
        aWorkflow(async (ctx) => {
          await ctx.tool('one', 'books/note', { text: 'one' });
          await ctx.tool('two', 'books/note', { text: 'two' });
        }, 'noter'),
        aWorkflow(async (ctx) => {
          await ctx.child('notes', { workflow: 'noter' });
        }),
      ],
    });
    const { run, thread } = await world.say('ana', '/errand');
    await eventually(() => (world.sent.length === 1 ? true : undefined));

    await world.app.backend.stopRun(world.person('ana'), run, 'not today');
    answer({ kind: 'answered', isError: false, content: 'Noted after all.' });
    await world.until(run, 'stopped');
    const rows = await eventually(async () => {
      const found = await world.app.store.runs.list({ limit: 5 });
      return found.every(({ status }) => status === 'stopped') ? found : undefined;
    });

    expect(rows.map(({ workflow }) => workflow).toSorted()).toEqual(['errand', 'noter']);
    expect(world.sent.map(({ argsJson }) => argsJson)).toEqual(['{"text":"one"}']);
    expect(await world.story(thread)).toContain('Noted after all.');
  });
});

describe('given a form that waits', () => {
  const form = (fields: z.ZodObject) =>
    aWorkflow(async (ctx) => {
      const answer = await ctx.ask('trip', { title: 'Where to?', form: fields });
      await ctx.say(JSON.stringify(answer));
    });
  async function actionOf(world: World, thread: string): Promise<string> {
    const found = await world.app.backend.readThread(world.person('ana'), thread);
    const items = found?.items ?? [];
    return (
      items.flatMap(({ card }) => card?.actions ?? []).find(({ label }) => label === 'Answer…')?.id ?? ''
    );
  }

  it('when the run is stopped first, then an answer is refused and its card has no button', async () => {
    const world = await open({ workflows: [form(z.object({ city: z.string() }))] });
    const { run, thread } = await world.say('ana', '/errand');
    await world.until(run, 'waiting');
    const action = await actionOf(world, thread);
    await world.app.backend.stopRun(world.person('ana'), run, '');
    await world.until(run, 'stopped');

    const late = await world.app.backend.act(world.person('ana'), { action, fields: { '/city': 'Rome' } });

    expect(action).not.toBe('');
    expect(late).toMatchObject({ kind: 'refused', status: 409 });
    expect(await actionOf(world, thread)).toBe('');
  });

  it('when a new version asks for other fields, then the old answer parks the run with the reason', async () => {
    const folder = aStoreFolder();
    const first = await open({ folder, workflows: [form(z.object({ city: z.string() }))] });
    const { run, thread } = await first.say('ana', '/errand');
    await first.until(run, 'waiting');
    await close(first);

    const second = await open({ folder, workflows: [form(z.object({ country: z.string() }))] });
    const action = await actionOf(second, thread);
    const answered = await second.app.backend.act(second.person('ana'), {
      ...{ action, fields: { '/city': 'Rome' } },
    });
    await second.until(run, 'parked');

    const ledger = JSON.stringify(await second.app.backend.readLedger(second.person('ana'), run));
    expect(answered.kind).toBe('done');
    expect(ledger).toContain('does not fit the form any more');
  });
});
