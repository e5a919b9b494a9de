/** Workflows that change while their runs wait, and what people do with runs that are stuck. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { replayRun } from '../../src/agent/replay-run.ts';
import { asRunId, runStream } from '../../src/core/ids.ts';
import { foldStream } from '../../src/ledger/fold.ts';
import { foldRun } from '../../src/runs/fold-run.ts';
import { emptyRun } from '../../src/runs/run-state.ts';
import { defineWorkflow } from '../../src/workflow-kit.ts';
import type { Workflow, WorkflowContext } from '../../src/workflow-kit.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import type { MovedClock } from '../builders/moved-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld } from '../builders/world.ts';
import type { World, WorldOptions } from '../builders/world.ts';

const day = 24 * 3_600_000;
const folders: string[] = [];
const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
  for (const folder of folders.splice(0)) removeFolder(folder);
});

function errand(run: (ctx: WorkflowContext) => Promise<void>): readonly Workflow[] {
  const input = z.object({});
  return [defineWorkflow({ name: 'errand', title: 'An errand', input, start: { command: true }, run })];
}

/** A bot over one store that is started anew with each version of the workflow. */
function aBotOverTime(clock: MovedClock = aMovedClock()) {
  const folder = aFolder();
  folders.push(folder);
  return {
    clock,
    async start(
      run: (ctx: WorkflowContext) => Promise<void>,
      options: Pick<WorldOptions, 'answer'> = {},
    ): Promise<World> {
      for (const world of worlds.splice(0)) await world.close();
      const world = await aWorld({ ...options, folder, clock, workflows: errand(run) });
      worlds.push(world);
      await world.app.start();
      return world;
    },
  };
}

async function stateOf(world: World, run: string) {
  const commits = await world.app.store.ledger.read(runStream(asRunId(run)));
  return foldStream(commits, emptyRun(asRunId(run)), foldRun);
}

async function everythingIn({ app }: World): Promise<unknown> {
  const commits = [];
  // Whether something must still follow is no part of a commit, and ends a moment after the run.
  for await (const some of app.store.ledger.readAll())
    commits.push(some.map(({ pending: _pending, ...commit }) => commit));
  return [
    commits,
    await app.store.runs.list({ limit: 50 }),
    await app.store.runs.listApprovals({ limit: 50 }),
  ];
}

describe('given a run that waits while its workflow changes', () => {
  it('when steps are put in, taken out and renamed, then the run finishes with the new steps', async () => {
    const bot = aBotOverTime();
    const ran: string[] = [];
    const step = (ctx: WorkflowContext, key: string): Promise<string> =>
      ctx.step(key, () => {
        ran.push(key);
        return key;
      });
    const first = await bot.start(async (ctx) => {
      await step(ctx, 'kept');
      await step(ctx, 'removed');
      await ctx.sleep('month', { days: 10 });
      await ctx.say('Version one.');
    });
    const { run, thread } = await first.say('ana', '/errand');
    await first.until(run, 'waiting');

    const second = await bot.start(async (ctx) => {
      await step(ctx, 'before');
      await step(ctx, 'kept');
      await ctx.sleep('month', { days: 10 });
      await step(ctx, 'between');
      await ctx.sleep('more', { days: 10 });
      await ctx.say('Version two.');
    });
    bot.clock.advance(10 * day + 1000);
    await second.app.engine.sweep();
    await eventually(async () => ((await stateOf(second, run)).waits.has('more') ? true : undefined));
    const third = await bot.start(async (ctx) => {
      await step(ctx, 'kept');
      await ctx.sleep('more', { days: 10 });
      await step(ctx, 'renamed');
      await ctx.say('Version three.');
    });
    bot.clock.advance(10 * day + 1000);
    await third.app.engine.sweep();
    await third.until(run, 'done');

    expect(ran).toEqual(['kept', 'removed', 'before', 'between', 'renamed']);
    const story = await third.story(thread);
    expect(story).toContain('Version three.');
    expect(story).not.toContain('Version two.');
  });

  it('when a step means something else, then the run is parked with the reason and goes on when that is mended', async () => {
    const bot = aBotOverTime();
    const first = await bot.start(async (ctx) => {
      await ctx.sleep('rest', { days: 1 });
      await ctx.say('Rested.');
    });
    const { run, thread } = await first.say('ana', '/errand');
    await first.until(run, 'waiting');

    const second = await bot.start(async (ctx) => {
      await ctx.step('rest', () => 1);
    });
    bot.clock.advance(day + 1000);
    await second.app.engine.sweep();
    await second.until(run, 'parked');
    const replayed = await replayRun(await stateOf(second, run), async (ctx) => {
      await ctx.step('rest', () => 1);
    });
    const third = await bot.start(async (ctx) => {
      await ctx.sleep('rest', { days: 1 });
      await ctx.say('Rested.');
    });
    const { items } = (await third.app.backend.readThread(third.person('ana'), thread)) ?? { items: [] };
    const button = items.flatMap(({ actions }) => actions ?? []).find(({ label }) => label === 'Try again');
    await third.app.backend.act(third.person('ben'), { action: button?.id ?? '', text: 'mended' });
    await third.until(run, 'done');

    expect(replayed.end).toBe('fault');
    expect(replayed.findings.join()).toContain('recorded as sleep and is now step');
    expect(await third.story(thread)).toContain('Ben let the run try again: mended');
  });
});

describe('given a run whose workflow now wants something else under a key', () => {
  it.each([
    [
      'a form with another question',
      (title: string) => (ctx: WorkflowContext) =>
        ctx.ask('ask', { title, form: z.object({ city: z.string() }) }),
      'Step \\"ask\\" (form) is recorded with another input',
    ],
    [
      'a call with other arguments',
      (to: string) => (ctx: WorkflowContext) => ctx.tool('pay', 'books/pay', { amount: 5, to }),
      'pay',
    ],
  ])(
    'when it is %s, then the run is parked with the reason and nothing is sent',
    async (_what, step, why) => {
      const bot = aBotOverTime();
      const first = await bot.start(async (ctx) => {
        await step('acme')(ctx);
      });
      const { run } = await first.say('ana', '/errand');
      await first.until(run, 'waiting');

      const second = await bot.start(async (ctx) => {
        await step('globex')(ctx);
      });
      await second.app.engine.wakeById(asRunId(run));
      await second.until(run, 'parked');

      const ledger = JSON.stringify(await second.app.backend.readLedger(second.person('ana'), run));
      expect(ledger).toContain(why);
      expect(ledger).toContain('a new key');
      expect(second.sent).toEqual([]);
    },
  );
});

describe('given a run whose workflow has lost a step that is not over', () => {
  it('when people were asked about it, then the question is void', async () => {
    const bot = aBotOverTime();
    const first = await bot.start(async (ctx) => {
      await ctx.tool('pay', 'books/pay', { amount: 5, to: 'acme' });
    });
    const { run } = await first.say('ana', '/errand');
    const asked = await first.pending(run);

    const second = await bot.start((ctx) => ctx.say('Nothing to pay any more.'));
    await second.app.engine.wakeById(asRunId(run));
    await second.until(run, 'done');

    expect(await second.vote('ben', asked, 'approve')).toMatchObject({ kind: 'refused', status: 409 });
    expect(second.sent).toEqual([]);
  });

  it('when its call was sent and nobody knows what became of it, then the run does not end over it', async () => {
    const bot = aBotOverTime();
    const first = await bot.start(
      async (ctx) => {
        await ctx.tool('note', 'books/note', { text: 'once' });
      },
      { answer: () => ({ kind: 'unknown', why: 'the connection broke' }) },
    );
    const { run, thread } = await first.say('ana', '/errand');
    await eventually(() => (first.sent.length > 0 ? true : undefined));

    const second = await bot.start((ctx) => ctx.say('No note any more.'));
    bot.clock.advance(60_000);
    await second.app.engine.sweep();
    await second.until(run, 'parked');

    expect(await second.story(thread)).toContain('Nobody knows whether books/note happened');
  });
});

describe('given a recorded run, when it is replayed over the workflow of today', () => {
  const v1 = async (ctx: WorkflowContext): Promise<void> => {
    await ctx.step('look', () => 'seen');
    const paid = await ctx.tool('pay', 'books/pay', { amount: 5, to: 'acme' });
    await ctx.say(paid.text);
  };

  it('then the same code waits where the run waits, and other code says what would be new', async () => {
    const world = await aBotOverTime().start(v1);
    const { run } = await world.say('ana', '/errand');
    await world.pending(run);
    const before = await world.app.store.ledger.read(runStream(asRunId(run)));

    const same = await replayRun(await stateOf(world, run), v1);
    const other = await replayRun(await stateOf(world, run), async (ctx) => {
      await ctx.tool('note', 'books/note', { text: 'first' });
      await v1(ctx);
    });

    expect(same).toEqual({ end: 'waits', findings: [], unreached: [] });
    expect(other).toEqual({
      end: 'goes-on',
      findings: ['step "note" would propose books/note'],
      unreached: ['look', 'pay'],
    });
    expect(await world.app.store.ledger.read(runStream(asRunId(run)))).toEqual(before);
    expect(world.sent).toEqual([]);
  });

  it('then each way in which the code changed is told, its code does not run, and nothing is written', async () => {
    const world = await aBotOverTime().start(v1);
    const { run } = await world.say('ana', '/errand');
    await world.vote('ben', await world.pending(run), 'approve');
    await world.until(run, 'done');
    const before = JSON.stringify(await everythingIn(world));
    const sent = world.sent.length;
    const state = await stateOf(world, run);
    const ran: string[] = [];
    const step = (ctx: WorkflowContext, key: string) => ctx.step(key, () => ran.push(key));
    const pay = (ctx: WorkflowContext, key: string, to = 'acme') =>
      ctx.tool(key, 'books/pay', { amount: 5, to });

    const inserted = await replayRun(state, async (ctx) => {
      await step(ctx, 'look');
      await step(ctx, 'check');
      await pay(ctx, 'pay');
    });
    const inBranch = await replayRun(state, async (ctx) => {
      await ctx.race('first', { only: (own) => step(own, 'check') });
    });
    const removed = await replayRun(state, async (ctx) => {
      await step(ctx, 'look');
    });
    const renamed = await replayRun(state, async (ctx) => {
      await step(ctx, 'see');
      await pay(ctx, 'pay');
    });
    const renamedCall = await replayRun(state, async (ctx) => {
      await step(ctx, 'look');
      await pay(ctx, 'settle');
    });
    const changed = await replayRun(state, async (ctx) => {
      await step(ctx, 'look');
      await pay(ctx, 'pay', 'globex');
    });

    expect(inserted).toEqual({
      end: 'goes-on',
      findings: ['step "check" would run its code'],
      unreached: ['pay'],
    });
    expect(inBranch.findings).toEqual(['step "check" would run its code']);
    expect(removed).toEqual({ end: 'returned', findings: [], unreached: ['pay'] });
    expect(renamed).toEqual({
      end: 'goes-on',
      findings: ['step "see" would run its code'],
      unreached: ['look', 'pay'],
    });
    expect(renamedCall).toMatchObject({ findings: ['step "settle" would propose books/pay'] });
    expect(changed).toMatchObject({ end: 'fault', findings: [expect.stringContaining('another call')] });
    expect(ran).toEqual([]);
    expect(world.sent).toHaveLength(sent);
    expect(JSON.stringify(await everythingIn(world))).toBe(before);
  });

  it('then a finished run goes through to its end', async () => {
    const world = await aBotOverTime().start(v1);
    const { run } = await world.say('ana', '/errand');
    await world.vote('ben', await world.pending(run), 'approve');
    await world.until(run, 'done');

    const same = await replayRun(await stateOf(world, run), v1);

    expect(same).toEqual({ end: 'returned', findings: [], unreached: [] });
  });
});

describe('given a run that a person holds', () => {
  it('when it is paused, then an approval sends nothing until somebody lets it go on', async () => {
    const world = await aBotOverTime().start(async (ctx) => {
      const paid = await ctx.tool('pay', 'books/pay', { amount: 5, to: 'acme' });
      await ctx.say(paid.text);
    });
    const { run, thread } = await world.say('ana', '/errand');
    const asked = await world.pending(run);
    const { backend } = world.app;

    await backend.operateRun(world.person('cho'), run, { kind: 'pause' }, 'audit at noon');
    await world.vote('ben', asked, 'approve');
    const held = await world.until(run, 'parked');
    const paused = await world.story(thread);
    const sentWhilePaused = world.sent.length;
    const gone = await backend.operateRun(world.person('cho'), run, { kind: 'resume' }, 'done with it');
    await world.until(run, 'done');
    const late = await backend.operateRun(world.person('cho'), run, { kind: 'pause' }, '');

    expect(held.status).toBe('parked');
    expect(paused).toContain('Cho paused this run (audit at noon)');
    expect(sentWhilePaused).toBe(0);
    expect(gone.kind).toBe('done');
    expect(world.sent).toHaveLength(1);
    expect(late).toMatchObject({ kind: 'refused', status: 409 });
    expect(await world.story(thread)).toContain('Cho let the run go on: done with it');
  });

  it('when it is tried again from a step on, then code runs anew and what was sent is not sent again', async () => {
    let isBroken = true;
    const ran: string[] = [];
    const world = await aBotOverTime().start(async (ctx) => {
      await ctx.step('one', () => void ran.push('one'));
      await ctx.tool('note', 'books/note', { text: 'x' });
      await ctx.step('two', () => void ran.push('two'));
      await ctx.step(
        'three',
        () => {
          ran.push('three');
          if (isBroken) throw new Error('broken');
          return true;
        },
        { attempts: 1 },
      );
      await ctx.say('Through.');
    });
    const { run } = await world.say('ana', '/errand');
    await world.until(run, 'parked');
    const parked = await world.app.backend.listRuns(world.person('ana'), { status: 'parked' });

    isBroken = false;
    const retry = { kind: 'retry', step: 'two' } as const;
    const none = await world.app.backend.operateRun(
      world.person('ana'),
      run,
      { kind: 'retry', step: 'four' },
      '',
    );
    await world.app.backend.operateRun(world.person('ana'), run, retry, 'mended');
    await world.until(run, 'done');

    expect(parked.items.map(({ id }) => id)).toEqual([run]);
    expect(none).toMatchObject({ kind: 'refused', status: 422 });
    expect(ran).toEqual(['one', 'two', 'three', 'two', 'three']);
    expect(world.sent).toHaveLength(1);
  });
});
