import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { asRunId, runStream } from '../../src/core/ids.ts';
import { foldGrants } from '../../src/gate/grant-state.ts';
import type { GrantsState } from '../../src/gate/grant-state.ts';
import { parsePolicy } from '../../src/gate/parse-policy.ts';
import { replayRun } from '../../src/gate/policy-replay.ts';
import { foldStream } from '../../src/ledger/fold.ts';
import { demonstrationPeople } from '../../src/people/parse-people.ts';
import { verifyStream } from '../../src/ledger/verify.ts';
import { defineWorkflow } from '../../src/workflow-kit.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { eventually } from '../builders/running-bot.ts';
import { aWorld, call, lastResult, words, worldPolicy } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { readFixture } from '../builders/event-fixture.ts';

/** Asks for a plan of three payments, then pays whatever `pays` says, and tells what came of each. */
const payAll = defineWorkflow({
  name: 'pay-all',
  title: 'Pay the open invoices',
  input: z.object({ pays: z.string() }),
  start: { command: true, mention: 'pay-all' },
  async run(ctx, { pays }) {
    const plan = await ctx.approvePlan('plan', {
      title: 'Pay what is open',
      calls: [
        {
          tool: 'books/pay',
          times: 3,
          arguments: { amount: { atMost: 100 }, to: { oneOf: ['acme', 'beta'] } },
          money: { argument: 'amount', most: 150 },
        },
      ],
    });
    await ctx.say(`Plan: ${plan.kind}${'text' in plan ? `, ${plan.text}` : ''}`, 'plan-said');
    for (const [index, pay] of pays.split(',').entries()) {
      const [amount = '', to = ''] = pays === '' ? [] : pay.trim().split(' ');
      if (to === 'wait') await ctx.sleep(`wait-${String(index)}`, { minutes: 1 });
      else if (to === 'mail') await ctx.tool(`mail-${String(index)}`, 'mail/read', {});
      else {
        const done = await ctx.tool(`pay-${String(index)}`, 'books/pay', { amount: Number(amount), to });
        await ctx.say(`${amount} to ${to}: ${done.text}`, `said-${String(index)}`);
      }
    }
  },
});

const clock = aMovedClock();
let world: World;
/** What became of books/pay: another definition from now on, at the look before it is sent, or set aside. */
let payIs: 'itself' | 'redefined' | 'redefined when it is sent' | 'drifted' = 'itself';
beforeAll(async () => {
  world = await aWorld({
    clock,
    workflows: [payAll],
    find: (name, found, isFresh) => {
      if (name !== 'books/pay' || found.kind !== 'ready' || payIs === 'itself') return found;
      if (payIs === 'redefined when it is sent' && !isFresh) return found;
      const tool = { ...found.tool, definitionHash: 'another' };
      return payIs === 'drifted'
        ? { kind: 'drifted', tool, pinnedHash: found.tool.definitionHash, why: 'its description changed' }
        : { ...found, tool };
    },
    model: (turn, request) => {
      if (turn > 1) return words(`Result: ${lastResult(request)}`);
      if (turn === 1) return call('books__pay', { amount: 30, to: 'acme' });
      const line = {
        tool: 'books__pay',
        times: 2,
        arguments: { amount: { atMost: 40 }, to: { is: 'acme' } },
      };
      return { ...call('plan__propose', { calls: [line] }), text: 'Two payments are due.' };
    },
  });
});
afterAll(() => world.close());

const start = (pays: string): ReturnType<World['say']> => world.say('ana', `pay-all pays="${pays}"`);

/** Everything that is still asked about in this run, denied; what was paid. */
async function paidIn(run: string, since: number): Promise<readonly unknown[]> {
  for (;;) {
    const { status } = await world.until(run, 'waiting', 'done');
    if (status === 'done') break;
    await world.vote('ben', await world.pending(run), 'deny', 'not in the plan');
  }
  return world.sent
    .slice(since)
    .filter(({ tool }) => tool.name === 'books/pay')
    .map(({ argsJson }): unknown => JSON.parse(argsJson));
}

describe('given a plan of at most three payments up to 100, 150 in all, to acme or beta', () => {
  it('when it is approved, then calls within it run without a card, and what is beyond any bound asks', async () => {
    const since = world.sent.length;
    const { run, thread } = await start('60 acme, 40 other, 101 acme, 80.5 beta, 60 beta, 9.5 acme, 1 acme');
    const card = await world.pending(run);
    const before = await world.story(thread);
    expect((await world.vote('ana', card, 'approve')).kind).toBe('refused');
    await world.vote('ben', card, 'approve');

    const paid = await paidIn(run, since);

    expect(before).toContain(
      'books/pay up to 3 times: amount up to 100, to one of "acme" "beta"; amount at most 150 in all',
    );
    expect(paid).toEqual([
      { amount: 60, to: 'acme' },
      { amount: 80.5, to: 'beta' },
      { amount: 9.5, to: 'acme' },
    ]);
    const story = await world.story(thread);
    expect(story).toContain('3 of 3 calls used.');
    expect(story).toMatch(/books\/pay is within the plan «Pay what is open» that Ben approved/u);
  });

  it('when it needed two, then the trail names both', async () => {
    world.setPolicy(worldPolicy.replace('approvers: [finance]', 'approvers: [approver], quorum: 2'));
    const { run, thread } = await start('50 acme');
    const card = await world.pending(run);
    await world.vote('ben', card, 'approve');
    await world.vote('cho', card, 'approve');
    await world.until(run, 'done');
    world.setPolicy(worldPolicy);

    expect(await world.story(thread)).toContain(
      'within the plan «Pay what is open» that Ben and Cho approved',
    );
    // Whom a plan asks follows from its lines, not from a rule about plans.
    const replayed = replayRun(asRunId(run), await world.app.store.ledger.read(runStream(asRunId(run))), {
      policy: parsePolicy(worldPolicy, 'policy.yaml'),
      people: demonstrationPeople(),
      isServerReviewed: () => true,
    });
    expect(replayed.filter(({ difference }) => difference !== undefined).map(({ tool }) => tool)).toEqual([
      'books/pay',
    ]);
  });

  it('when anything ends it before a call is made, then the call asks', async () => {
    const { backend } = world.app;
    const freezer = backend.freezer;
    const endings: readonly (readonly [string, (run: string) => unknown])[] = [
      ['nothing', () => undefined],
      [
        'revoked',
        async (run) => {
          const plans = await backend.listGrants(world.person('ana'));
          const [grant] = plans.filter((entry) => entry.state === 'live');
          expect([run === '', grant?.uses]).toEqual([false, 3]);
          await backend.act(world.person('ana'), { action: `v1:${grant?.id ?? ''}:revoke` });
        },
      ],
      [
        'frozen',
        async () => {
          await freezer.freeze(world.person('ben'), 'odd payments');
          await freezer.unfreeze(world.person('cho'), 'looked at');
        },
      ],
      ['redefined', () => void (payIs = 'redefined')],
      ['redefined when it is sent', () => void (payIs = 'redefined when it is sent')],
      ['drifted', () => void (payIs = 'drifted')],
      ['stopped', (run) => backend.stopRun(world.person('ana'), run, undefined)],
      [
        'stricter',
        () => {
          world.setPolicy(worldPolicy.replace('> 500', '> 5'));
        },
      ],
      [
        'expired',
        () => {
          clock.advance(8 * 3_600_000 + 1_000);
        },
      ],
    ];
    const asked: unknown[] = [];
    for (const [name, end] of endings) {
      const since = world.sent.length;
      const { run } = await start('0 wait, 50 acme');
      await world.vote('ben', await world.pending(run), 'approve');
      await eventually(async () => {
        const open = await world.app.runs.open(asRunId(run));
        const isAsleep = open?.state().waits.has('wait-0') === true;
        if (open !== undefined) world.app.runs.close(open);
        return isAsleep ? true : undefined;
      });
      await end(run);
      clock.advance(61_000);
      const state = await eventually(async () => {
        await world.app.engine.sweep();
        const open = await backend.listApprovals(world.person('ben'), { state: 'pending' });
        if (open.items.some((entry) => entry.run === run)) return 'asks';
        const { status = '' } = (await backend.readRun(world.person('ana'), run)) ?? {};
        return status === 'done' || status === 'stopped' ? status : undefined;
      });
      asked.push([
        name,
        state,
        world.sent.slice(since).filter(({ tool }) => tool.name === 'books/pay').length,
      ]);
      if (state === 'asks') await backend.stopRun(world.person('ana'), run, undefined);
      world.setPolicy(worldPolicy);
      payIs = 'itself';
    }

    expect(asked).toEqual([
      ['nothing', 'done', 1],
      ['revoked', 'asks', 0],
      ['frozen', 'asks', 0],
      ['redefined', 'asks', 0],
      ['redefined when it is sent', 'asks', 0],
      ['drifted', 'done', 0],
      ['stopped', 'stopped', 0],
      ['stricter', 'asks', 0],
      ['expired', 'asks', 0],
    ]);
  }, 60_000);

  it('when the run reads what nobody vouches for, then calls ask, and a plan is not asked about at all', async () => {
    const since = world.sent.length;
    const { run } = await start('0 mail, 50 acme');
    await world.vote('ben', await world.pending(run), 'approve');
    expect(await paidIn(run, since)).toEqual([]);
  });

  it('when an agent proposes one, then the card has its bounds and not its words, and its calls run', async () => {
    const since = world.sent.length;
    const { run, thread } = await world.say('ana', 'pay what is due');
    const card = await world.pending(run);
    await world.vote('ben', card, 'approve');
    await world.until(run, 'done');

    expect(card.title).toBe('Plan: up to 2 calls of books/pay');
    expect(world.sent.slice(since).map(({ argsJson }) => argsJson)).toEqual(['{"amount":30,"to":"acme"}']);
    const story = await world.story(thread);
    expect(story).toContain('1 of 2 calls used.');
    expect(story).toContain('asked finance about the plan');
    // Its own name is for programs.
    expect(story + JSON.stringify(card.card)).not.toContain('decision/');
    expect(story).toContain('Result: Paid, receipt R-1');
  });
});

describe('given a plan in a stream of grants that an earlier version wrote', () => {
  it('then it folds to what it meant then, and counts no money beyond it', () => {
    const commits = readFixture('grants-plan-v1.jsonl');

    expect(verifyStream(commits)).toBeUndefined();
    const empty: GrantsState = [];
    const [grant] = foldStream(commits, empty, foldGrants);
    expect(grant).toMatchObject({
      uses: 3,
      run: 'run_1',
      plan: { votes: ['ben', 'cho'], money: { most: 100 } },
    });
    // 60 and 40 fit; 1 more does not, though a use is left.
    expect(grant?.taken.map(({ call: id }) => id)).toEqual(['call_1', 'call_2']);
  });
});
