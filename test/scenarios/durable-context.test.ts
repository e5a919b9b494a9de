/** Workflows of several steps over the real app: what waits, holds nothing; what is recorded, is not done again. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineWorkflow } from '../../src/workflow-kit.ts';
import type { Workflow, WorkflowContext } from '../../src/workflow-kit.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import type { MovedClock } from '../builders/moved-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld, words } from '../builders/world.ts';
import type { World, WorldOptions } from '../builders/world.ts';

const day = 24 * 3_600_000;
const folders: string[] = [];
const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
  for (const folder of folders.splice(0)) removeFolder(folder);
});

function aWorkflow(run: (ctx: WorkflowContext) => Promise<void>, name = 'errand'): Workflow {
  return defineWorkflow({ name, title: 'An errand', input: z.object({}), start: { command: true }, run });
}

async function open(options: WorldOptions): Promise<World> {
  const world = await aWorld(options);
  await world.app.start();
  worlds.push(world);
  return world;
}

async function close(world: World): Promise<void> {
  worlds.splice(worlds.indexOf(world), 1);
  await world.close();
}

function aStoreFolder(): string {
  const folder = aFolder();
  folders.push(folder);
  return folder;
}

/** Lets the time come at which somebody has to look, and looks. */
async function later(world: World, clock: MovedClock, ms: number): Promise<void> {
  clock.advance(ms);
  await world.app.engine.sweep();
}

/** Resolves once nothing in this process holds the run any more. */
async function atRest(world: World): Promise<void> {
  await eventually(() =>
    world.app.engine.active() === 0 && world.app.runs.count() === 0 ? true : undefined,
  );
}

describe('given a step of any code', () => {
  it('when it fails twice, then it is tried again after growing pauses and its result is kept', async () => {
    const clock = aMovedClock();
    let tries = 0;
    const world = await open({
      clock,
      workflows: [
        aWorkflow(async (ctx) => {
          const answer = await ctx.step('count', () => {
            tries += 1;
            if (tries < 3) throw new Error(`try ${String(tries)} failed`);
            return tries;
          });
          await ctx.say(`It took ${String(answer)} tries.`);
        }),
      ],
    });

    const { run, thread } = await world.say('ana', '/errand');
    const waiting = await world.until(run, 'waiting');
    await atRest(world);
    await later(world, clock, 1_900);
    await later(world, clock, 120);
    await eventually(() => (tries === 2 ? true : undefined));
    await atRest(world);
    await later(world, clock, 5_000);
    await world.until(run, 'done');

    expect(waiting.waitingFor).toBe('the next try of step count');
    expect(tries).toBe(3);
    expect(await world.story(thread)).toContain('It took 3 tries.');
  });

  it('when its last try fails, then the run is parked with the reason and others go on', async () => {
    const world = await open({
      workflows: [
        aWorkflow(async (ctx) => {
          await ctx.step('break', () => Promise.reject(new Error('the disk is full')), { attempts: 1 });
        }),
      ],
      model: () => words('Fine.'),
    });

    const { run, thread } = await world.say('ana', '/errand');
    await world.until(run, 'parked');
    const other = await world.say('ana', 'hello');
    await world.until(other.run, 'done');

    expect(await world.story(thread)).toContain('until somebody retries or stops this run');
    const commits = await world.app.backend.readLedger(world.person('ana'), run);
    expect(JSON.stringify(commits)).toContain('the disk is full');
  });

  it('when a workflow catches a failure, then it meets the same failure at every pass', async () => {
    const folder = aStoreFolder();
    const clock = aMovedClock();
    let tries = 0;
    const workflows = [
      aWorkflow(async (ctx) => {
        let caught = 'nothing';
        try {
          await ctx.step(
            'break',
            () => {
              tries += 1;
              throw new Error('no such file');
            },
            { attempts: 1 },
          );
        } catch (error) {
          caught = error instanceof Error ? error.message : '';
        }
        await ctx.sleep('rest', { days: 1 });
        await ctx.say(`Caught: ${caught}`);
      }),
    ];
    const first = await open({ folder, clock, workflows });
    const { run, thread } = await first.say('ana', '/errand');
    await first.until(run, 'waiting');
    await close(first);

    const second = await open({ folder, clock, workflows });
    await later(second, clock, day + 1000);
    await second.until(run, 'done');

    expect(tries).toBe(1);
    expect(await second.story(thread)).toContain('Caught: Step "break": no such file');
  });
});

describe('given a run that sleeps', () => {
  it('when it sleeps for 30 days over ten restarts and three versions, then nothing holds it and it goes on at its time', async () => {
    const folder = aStoreFolder();
    const clock = aMovedClock();
    const done: string[] = [];
    /** Each version puts a step in; the last takes out what the first had. */
    const workflows = (version: number): readonly Workflow[] => [
      aWorkflow(async (ctx) => {
        const began = ctx.now('began');
        if (version < 3) await ctx.step('first', () => done.push('first'));
        if (version >= 2) await ctx.step('second', () => done.push('second'));
        await ctx.sleep('month', { days: 30 });
        if (version >= 3) await ctx.step('third', () => done.push('third'));
        const days = (ctx.now('ended').getTime() - began.getTime()) / day;
        await ctx.say(`Slept ${days.toFixed(0)} days in version ${String(version)}.`);
      }),
    ];
    let world = await open({ folder, clock, workflows: workflows(1) });
    const { run, thread } = await world.say('ana', '/errand');
    await world.until(run, 'waiting');
    await atRest(world);
    for (let restart = 0; restart < 10; restart += 1) {
      await close(world);
      world = await open({ folder, clock, workflows: workflows(restart < 3 ? 1 : restart < 7 ? 2 : 3) });
      await later(world, clock, 2.9 * day);
      await atRest(world);
      expect((await world.until(run, 'waiting')).waitingFor).toMatch(/^\d{4}-\d\d-\d\dT/u);
    }

    await later(world, clock, day + 60_000);
    await world.until(run, 'done');

    expect(await world.story(thread)).toContain('Slept 30 days in version 3.');
    expect(done).toEqual(['first', 'second', 'third']);
  });
});

describe('given a run that waits for a signal', () => {
  const workflows = [
    aWorkflow(async (ctx) => {
      await ctx.step('ready', () => true);
      const paid = await ctx.waitFor('paid', {
        name: 'invoice.paid',
        match: { invoice: '1042' },
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
        who: ['ana'],
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

describe('given keys', () => {
  it('when one names two steps, then the run is parked and both places are named', async () => {
    const world = await open({
      workflows: [
        aWorkflow(async (ctx) => {
          await ctx.step('same', () => 1);
          await ctx.step('same', () => 2);
        }),
      ],
    });
    const { run } = await world.say('ana', '/errand');
    await world.until(run, 'parked');

    const ledger = JSON.stringify(await world.app.backend.readLedger(world.person('ana'), run));
    expect(ledger.match(/durable-context\.test\.ts:\d+/gu)?.length).toBe(2);
  });

  it('when a random number is drawn, then it is the same at every pass', async () => {
    const folder = aStoreFolder();
    const clock = aMovedClock();
    const drawn: number[] = [];
    const workflows = [
      aWorkflow(async (ctx) => {
        drawn.push(ctx.random('draw'));
        ctx.log('noted', 'A number was drawn.');
        await ctx.sleep('rest', { minutes: 10 });
      }),
    ];
    const first = await open({ folder, clock, workflows });
    const { run } = await first.say('ana', '/errand');
    await first.until(run, 'waiting');
    await close(first);
    const world = await open({ folder, clock, workflows });
    await later(world, clock, 660_000);
    await world.until(run, 'done');

    expect(new Set(drawn).size).toBe(1);
    expect(drawn.length).toBeGreaterThan(1);
    expect(drawn[0]).toBeGreaterThanOrEqual(0);
    expect(drawn[0]).toBeLessThan(1);
    const ledger = JSON.stringify(await world.app.backend.readLedger(world.person('ana'), run));
    expect(ledger.match(/A number was drawn\./gu)?.length).toBe(1);
  });
});
