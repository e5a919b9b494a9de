/** A question that nobody decides: reminders, and others who may decide as well after a time. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ApprovalJson } from '../../src/api/shapes.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import { aWorld, worldPolicy } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

const hour = 3_600_000;
const ladder = worldPolicy.replace(
  'approvers: [finance]',
  'approvers: [finance], escalate: [{ after: 2h, to: [engineering] }], reminders: [1h, 3h]',
);

const open: World[] = [];
const folders: string[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((world) => world.close()));
  for (const folder of folders.splice(0)) removeFolder(folder);
});

const countOf = async (world: World, run: string, kind: string): Promise<number> =>
  ((await world.app.backend.readLedger(world.person('ana'), run))?.items ?? [])
    .flatMap((commit) => commit.events)
    .filter((event) => event.kind === kind).length;

describe('given a call that finance does not decide', () => {
  it('when time goes by over two processes and a restart, then each step is done once, and those it names can decide', async () => {
    const clock = aMovedClock();
    const folder = aFolder();
    folders.push(folder);
    const start = async (): Promise<World> => {
      const world = await aWorld({ policy: ladder, clock, folder });
      open.push(world);
      return world;
    };
    const [first, second] = [await start(), await start()];
    const { run, thread } = await first.say('ana', 'pay acme');
    const approval: ApprovalJson = await first.pending(run);
    const vote = (world: World, by: string): ReturnType<World['vote']> => world.vote(by, approval, 'approve');
    const sweepBoth = (): Promise<unknown> =>
      Promise.all([first, second].map((world) => world.app.engine.sweep()));

    clock.advance(hour + 1);
    await sweepBoth();
    await eventually(async () => ((await countOf(first, run, 'approval.reminded')) === 1 ? true : undefined));
    await sweepBoth();
    expect(await first.story(thread)).toContain('Still waiting: Pay 120 to acme. It needs 1 of finance.');
    expect(await vote(first, 'cho')).toMatchObject({ status: 403, code: 'vote.not-entitled' });

    // Both processes stand still for the moment of escalation and the second reminder.
    await Promise.all(open.splice(0).map((world) => world.close()));
    clock.advance(2 * hour);
    const third = await start();
    const fourth = await start();
    await Promise.all([third.app.engine.sweep(), fourth.app.engine.sweep()]);
    await eventually(async () => ((await countOf(third, run, 'approval.reminded')) === 2 ? true : undefined));
    expect(await countOf(third, run, 'approval.escalated')).toBe(1);
    const story = await third.story(thread);
    expect(story).toContain('Nobody decided in 2 hours, so engineering may decide as well.');
    const after = await third.app.backend.readApproval(third.person('cho'), approval.id);
    expect(after).toMatchObject({ state: 'pending', digest: approval.digest });
    expect(after?.card.badge).toBe('needs 1 of finance or engineering');

    expect(await vote(third, 'ana')).toMatchObject({ status: 403 });
    expect(await vote(fourth, 'cho')).toMatchObject({ kind: 'counted' });
    await third.until(run, 'done');
    expect([...third.sent, ...fourth.sent]).toHaveLength(1);
    expect(await third.story(thread)).toContain('asked engineering too about books/pay');
  });

  it('when the policy takes the escalation back before the call is sent, then who came by it does not count', async () => {
    const clock = aMovedClock();
    const two = ladder.replace(
      'verdict: ask, approvers: [finance]',
      'verdict: ask_two, approvers: [finance]',
    );
    const world = await aWorld({ policy: two, clock });
    open.push(world);
    const { run } = await world.say('ana', 'pay acme');
    const approval = await world.pending(run);
    clock.advance(2 * hour + 1);
    await world.app.engine.sweep();
    await eventually(async () =>
      (await countOf(world, run, 'approval.escalated')) === 1 ? true : undefined,
    );
    expect(await world.vote('cho', approval, 'approve')).toMatchObject({ kind: 'counted' });

    world.setPolicy(two.replace('to: [engineering]', 'to: [ben]'));
    expect(await world.vote('ben', approval, 'approve')).toMatchObject({ status: 409 });

    expect((await world.app.backend.readApproval(world.person('ben'), approval.id))?.state).toBe('stale');
    expect(world.sent).toEqual([]);
  });

  it('when it waits on Slack, then the card and the reminder name those who may decide, once each', async () => {
    const clock = aMovedClock();
    const bot = await aSlackWorld({ policy: ladder, clock });
    try {
      const asked = bot.ana.mention('C1', 'pay acme 120');
      await bot.card(asked.ts);
      expect(bot.fake.pings()).toHaveLength(1);

      clock.advance(hour + 1);
      await bot.world.app.engine.sweep();
      await bot.until(asked.ts, 'Still waiting: Pay 120 to acme');
      await bot.world.app.engine.sweep();

      expect(bot.fake.pings()).toHaveLength(2);
      await bot.ben.press(await bot.card(asked.ts), 'Approve');
      await bot.until(asked.ts, 'Was still waiting');
      expect(bot.fake.pings()).toHaveLength(2);
    } finally {
      await bot.close();
    }
  });
});
