/** What a workflow registers to be taken back, when its run is stopped or fails. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { asRunId } from '../../src/core/ids.ts';
import { AppError } from '../../src/core/errors.ts';
import { openLocalStore } from '../../src/stores/local/local-store.ts';
import type { ToolOutcome } from '../../src/tools/tool.ts';
import { defineWorkflow } from '../../src/workflow-kit.ts';
import type { WorkflowContext } from '../../src/workflow-kit.ts';
import { atRest, later } from '../builders/errands.ts';
import { aFrozenStore } from '../builders/frozen-store.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

const worlds: World[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
  for (const folder of folders.splice(0)) removeFolder(folder);
});

const trip = (then: (ctx: WorkflowContext) => Promise<void>) =>
  defineWorkflow({
    name: 'trip',
    title: 'A trip',
    input: z.object({}),
    start: { command: true },
    async run(ctx) {
      await ctx.tool('flight', 'books/note', { text: 'book flight' });
      ctx.onStop('no-flight', { tool: 'books/note', args: { text: 'cancel flight' } });
      await ctx.tool('hotel', 'books/note', { text: 'book hotel' });
      ctx.onStop('no-hotel', { tool: 'books/pay', args: { amount: 5, to: 'hotel' } });
      await then(ctx);
    },
  });

async function open(options: Parameters<typeof aWorld>[0]): Promise<World> {
  const world = await aWorld(options);
  worlds.push(world);
  await world.app.start();
  return world;
}

async function buttonOf(
  world: World,
  thread: string,
  label: string,
  by = 'ben',
): Promise<string | undefined> {
  const found = await world.app.backend.readThread(world.person(by), thread);
  return found?.items.flatMap(({ actions }) => actions ?? []).find((action) => action.label === label)?.id;
}

const sentBy = (world: World): readonly string[] => world.sent.map(({ argsJson }) => argsJson);

describe('given a run that has registered what takes its steps back', () => {
  it('when it is stopped, then each runs through the gate in reverse order, also over a restart, and once', async () => {
    const folder = aFolder();
    folders.push(folder);
    const clock = aMovedClock();
    const workflows = [trip((ctx) => ctx.sleep('stay', { days: 3 }))];
    const first = await open({ folder, clock, workflows });
    const { run, thread } = await first.say('ana', '/trip');
    await first.until(run, 'waiting');
    await first.app.backend.stopRun(first.person('ana'), run, 'no trip');
    await first.pending(run);
    const before = sentBy(first);
    await worlds.pop()?.close();

    const second = await open({ folder, clock, workflows });
    await second.vote('ben', await second.pending(run), 'approve');
    await second.until(run, 'stopped');

    expect(before).toEqual(['{"text":"book flight"}', '{"text":"book hotel"}']);
    expect(sentBy(second)).toEqual(['{"amount":5,"to":"hotel"}', '{"text":"cancel flight"}']);
    expect(await second.story(thread)).toContain('take back: Pay 5 to hotel');
  });

  it('when one fails, then the run says so and holds until a person lets it try again or leaves it', async () => {
    let isBroken = true;
    const answer = ({ argsJson }: { argsJson: string }): ToolOutcome | undefined =>
      isBroken && argsJson.includes('cancel')
        ? { kind: 'answered', isError: true, content: 'no such flight' }
        : undefined;
    const world = await open({ answer, workflows: [trip((ctx) => ctx.sleep('stay', { days: 3 }))] });
    const { run, thread } = await world.say('ana', '/trip');
    await world.until(run, 'waiting');
    await world.app.backend.stopRun(world.person('ana'), run, '');
    await world.vote('ben', await world.pending(run), 'deny', 'keep the hotel');
    await world.until(run, 'parked');
    const denied = await world.story(thread);

    await world.app.backend.act(world.person('ana'), { action: `v1:${run}:leave`, text: 'hotel stays' });
    await eventually(async () =>
      (await world.story(thread)).includes('Taking back "no-flight"') ? true : undefined,
    );
    isBroken = false;
    await world.app.backend.act(world.person('ana'), { action: `v1:${run}:retry` });
    await world.until(run, 'stopped');

    expect(denied).toContain('Taking back "no-hotel" with books/pay failed: Denied by Ben: keep the hotel');
    expect(sentBy(world).filter((args) => args.includes('cancel'))).toHaveLength(2);
    expect(await world.story(thread)).toContain('Ana left books/pay (no-hotel) as it is: hotel stays');
  });

  it('when nobody knows whether one happened, then the next waits, it is not sent again, and a person settles it', async () => {
    const clock = aMovedClock();
    const answer = ({ argsJson }: { argsJson: string }): ToolOutcome | undefined =>
      argsJson.includes('"hotel"') ? { kind: 'unknown', why: 'the connection broke' } : undefined;
    const world = await open({
      ...{ answer, clock },
      workflows: [trip((ctx) => ctx.sleep('stay', { days: 3 }))],
    });
    const { run, thread } = await world.say('ana', '/trip');
    await world.until(run, 'waiting');
    await world.app.backend.stopRun(world.person('ana'), run, 'no trip');
    await world.vote('ben', await world.pending(run), 'approve');
    await eventually(() => (sentBy(world).length === 3 ? true : undefined));
    await atRest(world);
    await later(world, clock, 8_000);
    const asked = await eventually(() => buttonOf(world, thread, 'It happened'));
    for (let hour = 0; hour < 3; hour += 1) await later(world, clock, 3_600_000);
    await atRest(world);
    const before = sentBy(world);

    await world.app.backend.act(world.person('ben'), { action: asked });
    const stopped = await world.until(run, 'stopped');

    expect(before.slice(2)).toEqual(['{"amount":5,"to":"hotel"}']);
    expect(sentBy(world).slice(2)).toEqual(['{"amount":5,"to":"hotel"}', '{"text":"cancel flight"}']);
    expect(stopped.status).toBe('stopped');
    expect(await world.story(thread)).toContain('Ana stopped the run: no trip');
  });

  it('when an unknown one is answered with «Stop», then who stopped the run stands, and it is held for a person', async () => {
    const clock = aMovedClock();
    const answer = ({ argsJson }: { argsJson: string }): ToolOutcome | undefined =>
      argsJson.includes('"hotel"') ? { kind: 'unknown', why: 'the connection broke' } : undefined;
    const world = await open({
      ...{ answer, clock },
      workflows: [trip((ctx) => ctx.sleep('stay', { days: 3 }))],
    });
    const { run, thread } = await world.say('ana', '/trip');
    await world.until(run, 'waiting');
    await world.app.backend.stopRun(world.person('ana'), run, 'no trip');
    await world.vote('ben', await world.pending(run), 'approve');
    await eventually(() => (sentBy(world).length === 3 ? true : undefined));
    await atRest(world);
    await later(world, clock, 8_000);

    const stop = await eventually(() => buttonOf(world, thread, 'Stop'));
    await world.app.backend.act(world.person('ben'), { action: stop });
    await world.until(run, 'parked');
    const held = await world.story(thread);
    await world.app.backend.act(world.person('ben'), { action: `v1:${run}:leave`, text: 'they know' });
    await world.until(run, 'stopped');

    expect(held).toContain('Taking back "no-hotel" with books/pay failed');
    expect(await world.story(thread)).toContain('Ana stopped the run: no trip');
    expect(sentBy(world).slice(2)).toEqual(['{"amount":5,"to":"hotel"}', '{"text":"cancel flight"}']);
  });

  it('when the process stands still before any of its commits, then another one takes it all back, once and in order', async () => {
    const workflows = [trip((ctx) => ctx.sleep('stay', { days: 3 }))];
    let deaths = 0;
    for (let commits = 0; commits === deaths; commits += 1) {
      const folder = aFolder();
      folders.push(folder);
      const clock = aMovedClock();
      const inner = await openLocalStore({ folder, clock });
      const dying = aFrozenStore(inner);
      const first = await open({ folder, clock, workflows, store: dying.store });
      const { run, thread } = await first.say('ana', '/trip');
      await first.until(run, 'waiting');
      await atRest(first);

      const ben = first.person('ben');
      const isOver = async () => (await inner.runs.find(asRunId(run)))?.status === 'stopped';
      const approve = async (world: World): Promise<boolean> => {
        const [asked] = await inner.runs.listApprovals({ state: 'pending', limit: 1 });
        if (asked !== undefined) void world.app.backend.act(ben, { action: `v1:${asked.id}:approve` });
        return asked !== undefined;
      };
      dying.freezeAfter(commits);
      void first.app.backend.stopRun(first.person('ana'), run, 'no trip');
      await eventually(async () => {
        if (dying.isFrozen() || (await isOver())) return true;
        await approve(first);
        return undefined;
      });
      if (dying.isFrozen()) deaths += 1;

      clock.advance(20_000);
      const second = await open({
        ...{ folder, clock, workflows },
        store: await openLocalStore({ folder, clock }),
      });
      await second.app.backend.stopRun(second.person('ana'), run, 'no trip');
      await eventually(
        async () => {
          if (await isOver()) return true;
          const button = await buttonOf(second, thread, 'It happened', 'ana');
          // Whoever may decide about a call says what became of it; what needed nobody, whoever asked for it.
          for (const by of button === undefined ? [] : ['ben', 'ana'])
            await second.app.backend.act(second.person(by), { action: button ?? '' });
          if (button === undefined && !(await approve(second))) await later(second, clock, 8_000);
          return undefined;
        },
        15_000,
        () => `${String(commits)}: ${sentBy(first).join()} and ${sentBy(second).join()}`,
      );
      dying.thaw();
      await later(first, clock, 20_000);
      await atRest(first);

      expect([...sentBy(first).slice(2), ...sentBy(second)]).toEqual([
        '{"amount":5,"to":"hotel"}',
        '{"text":"cancel flight"}',
      ]);
      for (const world of worlds.splice(0)) await world.close();
    }

    expect(deaths).toBeGreaterThan(3);
  }, 120_000);

  it('when it fails for good, then they run before it ends; when it is done, then none does', async () => {
    const failing = await open({
      workflows: [trip(() => Promise.reject(new AppError('model.refused', 'The model declined.')))],
    });
    const { run } = await failing.say('ana', '/trip');
    await failing.vote('ben', await failing.pending(run), 'approve');
    const failed = await failing.until(run, 'failed');
    const done = await open({ workflows: [trip((ctx) => ctx.say('Back home.'))] });
    const through = await done.say('ana', '/trip');
    await done.until(through.run, 'done');

    expect(failed.status).toBe('failed');
    expect(sentBy(failing).slice(2)).toEqual(['{"amount":5,"to":"hotel"}', '{"text":"cancel flight"}']);
    expect(sentBy(done)).toHaveLength(2);
  });
});
