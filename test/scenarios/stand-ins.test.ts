import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineWorkflow } from '../../src/workflow-kit.ts';
import { eventually } from '../builders/running-bot.ts';
import { aWorld, call, lastResult, words } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

/** Finance first, then engineering. */
const access = defineWorkflow({
  name: 'let-in',
  title: 'Let somebody in',
  input: z.object({}),
  start: { command: true },
  async run(ctx) {
    const answer = await ctx.approve('access', {
      title: 'Let Dev into the vault',
      facts: { person: 'dev' },
      stages: [{ approvers: ['finance'] }, { approvers: ['engineering', 'finance'] }],
    });
    await ctx.say(answer.kind === 'approved' ? `Agreed by ${answer.by.join(' and ')}.` : answer.text);
  },
});

let world: World;

beforeAll(async () => {
  world = await aWorld({
    workflows: [access],
    model: (turn, request) => {
      const first = request.messages.find((message) => message.role === 'user');
      const amount = JSON.stringify(first).includes('much') ? 900 : 120;
      return turn === 0
        ? call('books__pay', { amount, to: 'acme' })
        : words(`Result: ${lastResult(request)}`);
    },
  });
  await world.app.start();
});

afterAll(() => world.close());

describe('given a workflow that asks in stages', () => {
  it('then the second stage waits for the first, nobody decides in both, and it goes on with both names', async () => {
    const { run, thread } = await world.say('ana', '/let-in');
    const asked = await world.pending(run);
    expect(asked.card.badge).toBe('needs stage 1 of 2: 1 of finance, then 1 of engineering or finance');

    expect(await world.vote('cho', asked, 'approve')).toMatchObject({ code: 'vote.early' });
    await world.vote('ben', asked, 'approve');
    await world.vote('ben', asked, 'approve');
    expect((await world.pending(run)).card.outcome).toContain('Still needs stage 2 of 2');
    await world.vote('cho', asked, 'approve');
    await world.until(run, 'done');
    expect(await world.story(thread)).toContain('Agreed by Ben and Cho.');
  });
});

describe('given an approver who is away', () => {
  it('then whom he names decides for him, the card says for whom, and both are one person', async () => {
    expect(await world.command('ben', 'finance', 'away until 2d delegate @dev')).toContain(
      'Dev decides for you',
    );
    const small = await world.say('ana', 'pay');
    const asked = await world.pending(small.run);
    expect(await world.story(small.thread)).toContain('Dev decides for Ben');

    expect((await world.vote('dev', asked, 'approve')).kind).toBe('counted');
    await world.until(small.run, 'done');
    expect(await world.story(small.thread)).toContain('Approved by Dev (for Ben)');

    // Finance, and two of approver: Ben and Cho hold it, and Dev is Ben here.
    const large = await world.say('ana', 'pay much');
    const second = await world.pending(large.run);
    await world.vote('dev', second, 'approve');
    await world.vote('ben', second, 'approve');
    expect(world.sent).toHaveLength(1);
    expect(await world.story(large.thread)).toContain('1 more of approver');
    await world.vote('cho', second, 'approve');
    await world.until(large.run, 'done');
    expect(world.sent).toHaveLength(2);
  });

  it('when he is back, then nobody decides for him, and what was decided so does not count any more', async () => {
    const { run, thread } = await world.say('ana', 'pay much');
    const asked = await world.pending(run);
    await world.vote('dev', asked, 'approve');
    expect(await world.command('ben', 'finance', 'back')).toContain('Welcome back');

    await eventually(async () => ((await world.story(thread)).includes('Dev decides') ? undefined : true));
    expect((await world.vote('cho', asked, 'approve')).kind).toBe('counted');
    const other = await world.say('ana', 'pay');
    const refused = await world.vote('dev', await world.pending(other.run), 'approve');
    expect(refused).toMatchObject({ kind: 'refused', status: 403 });
    expect(world.sent).toHaveLength(2);

    await world.vote('ben', asked, 'approve');
    await world.until(run, 'done');
    expect(world.sent).toHaveLength(3);
  });
});
