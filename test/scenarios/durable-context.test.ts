/** Workflows of several steps over the real app: what is recorded, is not done again. */
import { describe, expect, it } from '@jest/globals';
import type { Workflow } from '../../src/workflow-kit.ts';
import { aWorkflow, atRest, day, later, someBots } from '../builders/errands.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { eventually } from '../builders/running-bot.ts';
import { words } from '../builders/world.ts';

const { aStoreFolder, close, open } = someBots();

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
