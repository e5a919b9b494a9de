/** Who may hold and stop a run, what a command takes in, and what a removed step leaves behind. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineWorkflow } from '../../src/workflow-kit.ts';
import type { WorkflowContext } from '../../src/workflow-kit.ts';
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

async function open(options: Parameters<typeof aWorld>[0]): Promise<World> {
  for (const world of worlds.splice(0)) await world.close();
  const world = await aWorld(options);
  worlds.push(world);
  await world.app.start();
  return world;
}

const errand = (run: (ctx: WorkflowContext) => Promise<void>) =>
  defineWorkflow({ name: 'errand', title: 'An errand', input: z.object({}), start: { command: true }, run });

describe('given a run that waits', () => {
  it('when a reader without a say holds, retries or stops it by any way, then he is refused and nothing changes', async () => {
    const world = await open({ workflows: [errand((ctx) => ctx.sleep('rest', { days: 1 }))] });
    const { run } = await world.say('ana', '/errand');
    const before = await world.until(run, 'waiting');
    const dev = world.person('dev');

    const answers = [
      await world.app.backend.operateRun(dev, run, { kind: 'pause' }, ''),
      await world.app.backend.operateRun(dev, run, { kind: 'retry' }, ''),
      await world.app.backend.stopRun(dev, run, 'no'),
      await world.app.backend.act(dev, { action: `v1:${run}:stop` }),
    ];
    const said = await world.command('dev', 'finance', `pause ${run}`);
    const after = await world.until(run, 'waiting');

    expect(answers.map((answer) => (answer.kind === 'refused' ? answer.status : answer.kind))).toEqual([
      403, 403, 403, 403,
    ]);
    expect(said).toContain('Only Ana, who asked for this, approvers and operators');
    expect(after).toEqual(before);
    expect((await world.app.backend.operateRun(world.person('ben'), run, { kind: 'pause' }, '')).kind).toBe(
      'done',
    );
    expect((await world.app.backend.stopRun(world.person('ana'), run, 'mine')).kind).toBe('stopped');
  });
});

describe('given a command whose workflow takes numbers, truth values and dates', () => {
  const seen: unknown[] = [];
  const booking = defineWorkflow({
    name: 'booking',
    title: 'A booking',
    input: z.object({
      seats: z.number().int(),
      isUrgent: z.boolean().optional(),
      on: z.date().optional(),
      code: z.string().optional(),
    }),
    start: { command: true },
    async run(ctx, input) {
      await ctx.sleep('rest', { seconds: 1 });
      seen.push(input);
    },
  });

  it('when they are typed as words, then the workflow gets them as what they are, also after a wait', async () => {
    const clock = aMovedClock();
    const world = await open({ clock, workflows: [booking] });

    const { run } = await world.say('ana', '/booking seats: 3, isurgent: yes, on: 2026-12-24, code: 007');
    await world.until(run, 'waiting');
    clock.advance(5_000);
    await world.app.engine.sweep();
    await world.until(run, 'done');

    expect(seen).toEqual([{ seats: 3, isUrgent: true, on: new Date('2026-12-24'), code: '007' }]);
  });

  it('when one does not fit or is missing, then the thread names the field and nothing begins', async () => {
    const world = await open({ workflows: [booking] });
    seen.length = 0;

    const wrong = await world.say('ana', '/booking seats: many');
    const missing = await world.say('ana', '/booking code: 1');
    await world.until(wrong.run, 'waiting');
    await world.until(missing.run, 'waiting');

    expect(await world.story(wrong.thread)).toMatch(/I need more to begin: seats: .*given was "many"/u);
    expect(await world.story(missing.thread)).toContain('I need more to begin: seats is missing');
    expect(seen).toEqual([]);
  });
});

describe('given a sent call whose step a new version took out', () => {
  it('when nobody knows what became of it, then the run is parked with the reason until somebody says so', async () => {
    const clock = aMovedClock();
    const folder = aFolder();
    folders.push(folder);
    const answer = () => ({ kind: 'unknown' as const, why: 'the connection broke' });
    const first = await open({
      folder,
      clock,
      answer,
      workflows: [
        errand(async (ctx) => {
          await ctx.tool('note', 'books/note', { text: 'x' });
        }),
      ],
    });
    const { run, thread } = await first.say('ana', '/errand');
    await eventually(() => (first.sent.length > 0 ? true : undefined));

    const second = await open({ folder, clock, workflows: [errand((ctx) => ctx.say('Without it.'))] });
    clock.advance(60_000);
    await second.app.engine.sweep();
    await second.until(run, 'parked');
    const parked = await second.story(thread);
    const { items = [] } = (await second.app.backend.readThread(second.person('ana'), thread)) ?? {};
    const actions = items.flatMap((item) => item.actions ?? []);
    const happened = actions.find(({ label }) => label === 'It happened')?.id ?? '';
    await second.app.backend.act(second.person('ana'), { action: happened });
    await second.until(run, 'done');

    expect(parked).toContain(
      'Nobody knows whether books/note happened, and this workflow has no step "note" any more that would ask. Say on its card what happened; then I go on.',
    );
    expect(actions.map(({ label }) => label)).not.toContain('Try again');
    expect(second.sent).toEqual([]);
  });
});
