/** Finance decides first, then engineering: nobody decides early, and nobody decides twice. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ApprovalJson } from '../../src/api/shapes.ts';
import { explainPolicy } from '../../src/gate/policy-explain.ts';
import { findUnanswerable } from '../../src/gate/find-unanswerable.ts';
import { parsePolicy } from '../../src/gate/parse-policy.ts';
import { runPolicyCases } from '../../src/gate/policy-test.ts';
import { demonstrationPeople } from '../../src/people/parse-people.ts';
import { aWorld, worldPolicy } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

const stages = 'stages: [{ approvers: [finance] }, { approvers: [engineering, finance] }]';
const staged = worldPolicy.replace('approvers: [finance]', stages);
const waiting = 'needs stage 1 of 2: 1 of finance, then 1 of engineering or finance';

let world: World;
beforeEach(async () => {
  world = await aWorld({ policy: staged });
});
afterEach(() => world.close());

async function asked(): Promise<ApprovalJson> {
  const { run } = await world.say('ana', 'pay acme');
  return world.pending(run);
}
const now = async ({ id }: ApprovalJson): Promise<ApprovalJson | undefined> =>
  world.app.backend.readApproval(world.person('ana'), id);

describe('given a call that two stages decide', () => {
  it('when the second stage votes first, then it is refused with the reason and waits for its turn', async () => {
    const approval = await asked();
    expect(approval.card.badge).toBe(waiting);

    expect(await world.vote('cho', approval, 'approve')).toMatchObject({
      kind: 'refused',
      status: 403,
      code: 'vote.early',
      detail:
        'This is decided in stages, and finance decides before you. You are asked when they have approved; you can deny it now. It waits for Ben.',
    });
    expect(await world.command('cho', 'finance', 'approvals')).not.toContain('Pay 120');
    expect((await now(approval))?.votes).toEqual([]);

    await world.vote('ben', approval, 'approve');
    const half = await now(approval);
    expect(half?.card.outcome).toBe('Ben approved. Still needs stage 2 of 2: 1 of engineering or finance.');
    expect(half?.requirements.map(({ have, stage }) => [have, stage?.isOpen])).toEqual([
      [1, true],
      [0, true],
    ]);
    // Ben is in both stages, but decided already.
    expect(await world.vote('ben', approval, 'approve')).toMatchObject({ kind: 'counted' });
    expect((await now(approval))?.state).toBe('pending');
    expect(world.sent).toEqual([]);

    await world.vote('cho', approval, 'approve');
    await world.until(approval.run, 'done');
    expect(world.sent).toHaveLength(1);
    expect((await now(approval))?.card.outcome).toContain('Approved by Ben and Cho');
  });

  it('when the second stage says no before its turn, then that ends it', async () => {
    const approval = await asked();

    expect(await world.vote('cho', approval, 'deny', 'not this week')).toMatchObject({ kind: 'counted' });

    await world.until(approval.run, 'done');
    expect((await now(approval))?.state).toBe('denied');
    expect(world.sent).toEqual([]);
  });

  it('when the order is turned round while it waits, then it is asked anew', async () => {
    const approval = await asked();
    world.setPolicy(
      worldPolicy.replace(
        'approvers: [finance]',
        'stages: [{ approvers: [engineering, finance] }, { approvers: [finance] }]',
      ),
    );

    expect(await world.vote('ben', approval, 'approve')).toMatchObject({ status: 409 });

    expect((await now(approval))?.state).toBe('stale');
    expect((await world.pending(approval.run)).card.badge).toContain('stage 1 of 2: 1 of engineering');
    expect(world.sent).toEqual([]);
  });
});

describe('given a policy with stages', () => {
  const people = demonstrationPeople();
  const policy = parsePolicy(staged, 'policy.yaml', { people });

  it('then explain shows their order, test expects it, and check finds those that too few could fill', () => {
    const question = {
      tool: 'books/pay',
      args: { amount: 120, to: 'acme' },
      actor: { id: 'ana', roles: [] },
      channel: 'finance',
      workflow: 'assistant',
      isTainted: false,
      isServerReviewed: true,
      budget: { usdSpent: 0, calls: 0 },
    };
    const explained = explainPolicy(policy, people, question);
    expect(explained).toContain('stage 1 of 2: 1 of finance, not the requester (books/pay): Ben');
    expect(explained).toContain(
      'stage 2 of 2: 1 of engineering, finance, not the requester (books/pay): Cho, Ben',
    );

    const cases = (expected: string): string =>
      `- { tool: books/pay, args: { amount: 1, to: a }, as: ana, expect: { verdict: ask, stages: [${expected}] } }\n`;
    const run = (expected: string): readonly string[] =>
      runPolicyCases(cases(expected), 'cases.yaml', { policy, people }).flatMap(({ problems }) => problems);
    expect(run('finance, engineering or finance')).toEqual([]);
    expect(run('finance')).toEqual([
      'expected the stages finance, but they are finance, engineering or finance',
    ]);

    expect(findUnanswerable(policy, people)).toEqual([]);
    const lonely = parsePolicy(staged.replace('[engineering, finance]', '[ben]'), 'policy.yaml');
    expect(findUnanswerable(lonely, people).join()).toContain('decides in one stage only');
  });
});
