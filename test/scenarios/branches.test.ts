/** Branches of one run, and runs that other runs start. */
import { describe, expect, it } from '@jest/globals';
import type { WorkflowContext } from '../../src/workflow-kit.ts';
import { aWorkflow, atRest, day, later, someBots } from '../builders/errands.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { eventually } from '../builders/running-bot.ts';

const { aStoreFolder, close, open } = someBots();

describe('given branches', () => {
  it('when two wait at the same time, then each goes on by itself and both are awaited', async () => {
    const clock = aMovedClock();
    const world = await open({
      clock,
      workflows: [
        aWorkflow(async (ctx) => {
          const [slept, paid] = await ctx.all([
            async () => {
              await ctx.sleep('nap', { hours: 1 });
              await ctx.say('Napped.', 'napped');
              return 'slept' as const;
            },
            () => ctx.tool('pay', 'books/pay', { amount: 5, to: 'acme' }),
          ]);
          await ctx.say(`${slept} and ${paid.text}`);
        }),
      ],
    });
    const { run, thread } = await world.say('ana', '/errand');
    const asked = await world.pending(run);
    await atRest(world);

    await later(world, clock, 3_700_000);
    await eventually(async () => ((await world.story(thread)).includes('Napped.') ? true : undefined));
    await world.vote('ben', asked, 'approve');
    await world.until(run, 'done');

    expect(await world.story(thread)).toContain('slept and Paid, receipt R-1');
    expect(world.sent).toHaveLength(1);
  });

  it('when one is faster, then it wins for ever and what the other waits for is withdrawn', async () => {
    const folder = aStoreFolder();
    const clock = aMovedClock();
    const workflows = [
      aWorkflow(async (ctx) => {
        const first = await ctx.race('first', {
          paid: async (own) => {
            const answer = await own.tool('pay', 'books/pay', { amount: 5, to: 'acme' });
            await own.tool('note', 'books/note', { text: 'paid' });
            return answer.text;
          },
          late: async (own) => {
            await own.sleep('patience', { hours: 1 });
            return 'too late';
          },
        });
        await ctx.sleep('rest', { days: 1 });
        await ctx.say(`${first.winner}: ${first.value}`);
      }),
    ];
    const before = await open({ folder, clock, workflows });
    const { run, thread } = await before.say('ana', '/errand');
    const asked = await before.pending(run);
    await atRest(before);
    await later(before, clock, 3_700_000);
    await eventually(async () => {
      const { items } = await before.app.backend.listApprovals(before.person('ben'), { state: 'pending' });
      return items.length === 0 ? true : undefined;
    });
    await close(before);

    const world = await open({ folder, clock, workflows });
    const late = await world.vote('ben', asked, 'approve');
    await later(world, clock, day + 1000);
    await world.until(run, 'done');

    expect(late).toMatchObject({ kind: 'refused', status: 409 });
    expect(world.sent).toEqual([]);
    expect(await world.story(thread)).toContain('late: too late');
  });

  it('when the winner was asked and the loser slept, then it stays so after a restart', async () => {
    const folder = aStoreFolder();
    const clock = aMovedClock();
    const workflows = [
      aWorkflow(async (ctx) => {
        const first = await ctx.race('first', {
          late: async (own) => {
            await own.sleep('patience', { hours: 1 });
            return 'too late';
          },
          paid: async (own) => (await own.tool('pay', 'books/pay', { amount: 5, to: 'acme' })).text,
        });
        await ctx.sleep('rest', { days: 1 });
        await ctx.say(`${first.winner}: ${first.value}`);
      }),
    ];
    const before = await open({ folder, clock, workflows });
    const { run, thread } = await before.say('ana', '/errand');
    await before.vote('ben', await before.pending(run), 'approve');
    await eventually(async () =>
      (await before.until(run, 'waiting')).waitingFor?.startsWith('20') === true ? true : undefined,
    );
    await atRest(before);
    await close(before);

    const world = await open({ folder, clock, workflows });
    await later(world, clock, day + 1000);
    await world.until(run, 'done');

    expect(await world.story(thread)).toContain('paid: Paid, receipt R-1');
  });

  it('when the loser is still at work, then it does nothing more once it is through', async () => {
    const did: string[] = [];
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const world = await open({
      workflows: [
        aWorkflow(async (ctx) => {
          await ctx.race('first', {
            quick: async (own) => own.step('quick', () => did.push('quick')),
            slow: async (own) => {
              await own.step('slow', async () => {
                await held;
                return did.push('slow');
              });
              return own.step('after', () => did.push('after'));
            },
          });
          await ctx.step('next', async () => {
            release();
            await new Promise((resolve) => setImmediate(resolve));
            return true;
          });
          await ctx.tool('pay', 'books/pay', { amount: 5, to: 'acme' });
        }),
      ],
    });
    const { run } = await world.say('ana', '/errand');
    await world.vote('ben', await world.pending(run), 'approve');
    await world.until(run, 'done');

    expect(did).toContain('slow');
    expect(did).not.toContain('after');
  });

  it('when two agents work side by side, then together they make no more calls than one run may', async () => {
    const many = (turn: number) => ({
      text: '',
      stop: 'tool-use' as const,
      calls: Array.from({ length: 30 }, (_, index) => ({
        id: `toolu_${String(turn)}_${String(index)}`,
        name: 'books__look',
        input: { kind: 'parsed' as const, value: { invoice: turn * 1000 + index } },
      })),
    });
    const world = await open({
      workflows: [
        aWorkflow(async (ctx) => {
          const one = { instructions: 'Look.', tools: ['books/*'] };
          await ctx.all([
            () => ctx.agent('left', { ...one, input: { side: 1 } }),
            () => ctx.agent('right', { ...one, input: { side: 2 } }),
          ]);
          await ctx.say('Both done.');
        }),
      ],
      model: (turn, request) => many(turn + (JSON.stringify(request.messages).includes('side: 2') ? 500 : 0)),
    });
    const { run } = await world.say('ana', '/errand');
    await world.until(run, 'done');

    expect(world.sent).toHaveLength(100);
  });
});

describe('given a workflow that starts another', () => {
  const payer = aWorkflow(async (ctx) => {
    const paid = await ctx.tool('pay', 'books/pay', { amount: 5, to: 'acme' });
    await ctx.say(paid.text);
  }, 'payer');
  const workflows = [
    payer,
    aWorkflow(async (ctx) => {
      const result = await ctx.child('pay', { workflow: 'payer' });
      await ctx.say(`Child ${result.status}: ${result.text}`, 'end');
    }),
  ];

  it('when the child asks, then it is asked in the same thread and the parent goes on after it', async () => {
    const folder = aStoreFolder();
    const first = await open({ folder, workflows });
    const { run, thread } = await first.say('ana', '/errand');
    await eventually(async () => {
      const { items } = await first.app.backend.listApprovals(first.person('ben'), { state: 'pending' });
      return items.length === 1 ? true : undefined;
    });
    await close(first);

    const world = await open({ folder, workflows });
    const { items } = await world.app.backend.listApprovals(world.person('ben'), { state: 'pending' });
    const [asked] = items;
    if (asked === undefined) throw new Error('Nothing is asked.');
    const parent = await world.until(run, 'waiting');
    await world.vote('ben', asked, 'approve');
    await world.until(run, 'done');

    expect(asked.run).not.toBe(run);
    expect(asked.thread).toBe(thread);
    expect(parent.waitingFor).toBe('payer to finish');
    expect(world.sent).toHaveLength(1);
    expect(await world.story(thread)).toContain('Child done: Paid, receipt R-1');
  });

  it('when both make calls, then the child has half of what is left, and what it made counts for its parent', async () => {
    /** Looks until the run may make no more calls. */
    const look = async (ctx: WorkflowContext): Promise<number> => {
      for (let made = 0; ; made += 1) {
        try {
          await ctx.tool(`look-${String(made)}`, 'books/look', { invoice: made });
        } catch {
          return made;
        }
      }
    };
    const world = await open({
      workflows: [
        aWorkflow(async (ctx) => {
          await ctx.say(`Child: ${String(await look(ctx))}.`);
        }, 'payer'),
        aWorkflow(async (ctx) => {
          await ctx.child('pay', { workflow: 'payer' });
          await ctx.say(`Parent: ${String(await look(ctx))}.`);
        }),
      ],
    });
    const { run, thread } = await world.say('ana', '/errand');

    await world.until(run, 'done');

    const story = await world.story(thread);
    expect(story).toContain('Child: 50.');
    expect(story).toContain('Parent: 50.');
    expect(world.sent).toHaveLength(100);
  });

  it('when it starts itself without end, then it stops at a depth and says so', async () => {
    const world = await open({
      workflows: [
        aWorkflow(async (ctx) => {
          const result = await ctx.child('again', { workflow: 'errand' });
          await ctx.say(`Child ${result.status}.`, 'end');
        }),
      ],
    });
    const { run } = await world.say('ana', '/errand');
    await eventually(async () => {
      const ledgers = await world.app.store.runs.list({ limit: 20 });
      return ledgers.some(({ status }) => status === 'parked' || status === 'failed') ? true : undefined;
    });

    expect(await world.app.store.runs.list({ limit: 20 })).toHaveLength(5);
    await world.app.backend.stopRun(world.person('ana'), run, 'enough');
    await world.until(run, 'stopped');
  });

  it('when one of them has read what nobody vouches for, then so has the other', async () => {
    const reader = aWorkflow(async (ctx) => {
      await ctx.tool('mail', 'mail/read', {});
      await ctx.say('Read.');
    }, 'reader');
    const writer = aWorkflow(async (ctx) => {
      const noted = await ctx.tool('note', 'books/note', { text: 'x' });
      await ctx.say(noted.text);
    }, 'writer');
    const world = await open({
      workflows: [
        ...[reader, writer],
        aWorkflow(async (ctx) => {
          await ctx.child('read', { workflow: 'reader' });
          await ctx.child('write', { workflow: 'writer' });
        }),
      ],
    });
    const { run } = await world.say('ana', '/errand');
    const asked = await eventually(async () => {
      const { items } = await world.app.backend.listApprovals(world.person('ben'), { state: 'pending' });
      return items[0];
    });
    await world.vote('ben', asked, 'approve');
    await world.until(run, 'done');

    const rows = await world.app.store.runs.list({ limit: 20 });
    expect(
      Object.fromEntries(rows.map(({ workflow, taintedBy }) => [workflow, taintedBy !== undefined])),
    ).toEqual({
      errand: true,
      reader: true,
      writer: true,
    });
  });

  it('when the parent is stopped, then the child stops before it and its question is void', async () => {
    const world = await open({ workflows });
    const { run } = await world.say('ana', '/errand');
    const asked = await eventually(async () => {
      const { items } = await world.app.backend.listApprovals(world.person('ben'), { state: 'pending' });
      return items[0];
    });

    await world.app.backend.stopRun(world.person('ana'), run, 'not today');
    await world.until(run, 'stopped');
    await world.until(asked.run, 'stopped');
    const late = await world.vote('ben', asked, 'approve');

    expect(late).toMatchObject({ kind: 'refused', status: 409 });
    expect(world.sent).toEqual([]);
  });
});
