/** Workflows of several steps over the real app: what is recorded, is not done again. */
import { describe, expect, it } from '@jest/globals';
import type { Workflow } from '../../src/workflow-kit.ts';
import { aWorkflow, atRest, day, later, someBots } from '../builders/errands.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { eventually, runCommand } from '../builders/running-bot.ts';
import { words, worldPolicy } from '../builders/world.ts';

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

describe('given two runs whose steps fail in the same moment, again and again', () => {
  it('when their pauses are compared, then they grow and no two runs come back together', async () => {
    const clock = aMovedClock();
    const world = await open({
      clock,
      workflows: [
        aWorkflow(async (ctx) => {
          await ctx.step('break', () => Promise.reject(new Error('away')), {
            attempts: 4,
            firstMs: 60_000,
            maxMs: 3_600_000,
          });
        }),
      ],
    });
    const [one, other] = [await world.say('ana', '/errand'), await world.say('ana', '/errand')];
    const pauses = async (run: string): Promise<readonly number[]> => {
      const { items: commits = [] } = (await world.app.backend.readLedger(world.person('ana'), run)) ?? {};
      return commits.flatMap(({ landedAt, events }) =>
        events.flatMap(({ kind, data }) =>
          kind === 'step.missed' ? [Math.round((Number(data['until']) - Date.parse(landedAt)) / 10_000)] : [],
        ),
      );
    };
    for (let times = 1; times <= 3; times += 1) {
      await eventually(async () => ((await pauses(one.run)).length === times ? true : undefined));
      await eventually(async () => ((await pauses(other.run)).length === times ? true : undefined));
      await atRest(world);
      await later(world, clock, 240_000);
    }

    const [first, second] = [await pauses(one.run), await pauses(other.run)];
    expect(first).toEqual([...first].toSorted((a, b) => a - b));
    expect(first.at(-1)).toBeGreaterThan(first[0] ?? 0);
    expect(first).not.toEqual(second);
  });
});

describe('given a step in which a model works', () => {
  it('when the run goes on after a restart, then the model is not asked again', async () => {
    const folder = aStoreFolder();
    const clock = aMovedClock();
    const options = {
      ...{ folder, clock },
      model: () => words('Seven.'),
      workflows: [
        aWorkflow(async (ctx) => {
          const answer = await ctx.agent('count', { instructions: 'Count.', tools: [] });
          await ctx.sleep('rest', { days: 1 });
          await ctx.say(`It was ${answer.text}`);
        }),
      ],
    };
    const first = await open(options);
    const { run, thread } = await first.say('ana', '/errand');
    await first.until(run, 'waiting');
    await close(first);

    const second = await open(options);
    await later(second, clock, day + 1000);
    await second.until(run, 'done');

    expect([first.asked.length, second.asked.length]).toEqual([1, 0]);
    expect(await second.story(thread)).toContain('It was Seven.');
  });
});

describe('given a step that remembers and a later run that recalls', () => {
  it('when it asks for what was kept, then it is found; when it asks for something else, it is not', async () => {
    const own =
      'tools:\n  memory/search: { effect: read, verdict: allow }\n  memory/save: { effect: keyed, key: idempotency_key, verdict: allow }';
    const world = await open({
      policy: worldPolicy.replace('tools:', own),
      workflows: [
        aWorkflow(async (ctx) => {
          await ctx.remember('keep', { text: 'Refunds of the warehouse need a photo.', for: 'channel' });
          await ctx.say('Kept.');
        }),
        aWorkflow(async (ctx) => {
          const found = await ctx.recall('refunds', { about: 'refunds warehouse photo', for: 'channel' });
          const none = await ctx.recall('parking', { about: 'parking permits', for: 'channel' });
          await ctx.say(`Found: ${found.text}; ${String(none.text.includes('photo'))}`);
        }, 'asking'),
      ],
    });
    const kept = await world.say('ana', '/errand');
    await world.until(kept.run, 'done');

    const asked = await world.say('ana', '/asking');
    await world.until(asked.run, 'done');

    const story = await world.story(asked.thread);
    expect(story).toContain('need a photo');
    expect(story).toContain('; false');
  });
});

describe('given a workflow that always throws', () => {
  it('when its tries are used up, then it waits for a person, is listed, and others go on', async () => {
    const clock = aMovedClock();
    let tries = 0;
    const world = await open({
      clock,
      model: () => words('Fine.'),
      workflows: [
        aWorkflow(() => {
          tries += 1;
          return Promise.reject(new Error('a mistake in the code'));
        }),
      ],
    });
    const { run, thread } = await world.say('ana', '/errand');
    for (let round = 1; round <= 5; round += 1) {
      await world.until(run, 'parked');
      await atRest(world);
      await later(world, clock, 120_000);
      await atRest(world);
    }
    const other = await world.say('ana', 'hello');
    await world.until(other.run, 'done');

    expect(tries).toBe(3);
    const { items } = await world.app.backend.listRuns(world.person('ana'), { status: 'parked' });
    expect(items.map(({ id }) => id)).toEqual([run]);
    expect(await world.story(thread)).toContain('until somebody retries or stops this run');
  });
});

describe('given runs that stand still until a mistake is mended', () => {
  it('when those who may help look, then they find all of them, and let one or all try again; others find and move none', async () => {
    const folder = aStoreFolder();
    let isMended = false;
    const world = await open({
      folder,
      workflows: [
        aWorkflow(async (ctx) => {
          await ctx.step('look', () => (isMended ? 1 : Promise.reject(new Error('a mistake'))), {
            attempts: 1,
          });
          await ctx.say('Mended.');
        }),
      ],
    });
    const runs: string[] = [];
    for (const by of ['ana', 'ana', 'cho']) runs.push((await world.say(by, '/errand')).run);
    for (const run of runs) await world.until(run, 'parked');
    await atRest(world);

    const found = await world.command('ben', 'finance', 'runs parked');
    for (const run of runs) expect(found).toContain(`\`${run}\` errand, asked by `);
    expect(found).toContain('retry <run>');
    expect(await world.command('dev', 'finance', 'runs parked')).toBe(
      'Nothing that you may help stands still.',
    );
    const [first = '', ...rest] = runs;
    expect(await world.command('dev', 'finance', `retry ${first}`)).toContain('Nothing has changed.');

    isMended = true;
    await world.command('ben', 'finance', `retry ${first} mended`);
    await world.until(first, 'done');
    expect(await world.command('ben', 'finance', 'runs parked')).not.toContain(first);
    const dev = await runCommand(['runs', 'retry', '--parked', '--as', 'dev'], { dataDir: folder });
    expect([dev.code, dev.output]).toEqual([1, expect.stringContaining('0 of 2 parked runs try again')]);
    const { code, output } = await runCommand(['runs', 'retry', '--parked', '--as', 'ben'], {
      dataDir: folder,
    });
    expect([code, output]).toEqual([0, expect.stringContaining('2 of 2 parked runs try again')]);
    await world.app.engine.sweep();
    for (const run of rest) await world.until(run, 'done');
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
    const places = ledger.match(/durable-context\.test\.ts:\d+/gu) ?? [];
    expect(places).toHaveLength(2);
    expect(new Set(places).size).toBe(2);
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
