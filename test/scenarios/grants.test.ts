import { afterEach, describe, expect, it } from '@jest/globals';
import type { ApprovalJson } from '../../src/api/shapes.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { foldGrants } from '../../src/gate/grant-state.ts';
import type { GrantsState } from '../../src/gate/grant-state.ts';
import { foldStream } from '../../src/ledger/fold.ts';
import { verifyStream } from '../../src/ledger/verify.ts';
import type { ModelRequest } from '../../src/models/model.ts';
import type { ToolState } from '../../src/tools/tool.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { eventually } from '../builders/running-bot.ts';
import { aWorld, call, lastResult, words, worldPolicy } from '../builders/world.ts';
import type { Script, World, WorldOptions } from '../builders/world.ts';
import { readFixture } from '../builders/event-fixture.ts';

const policy = worldPolicy.replace(
  'verdict: ask, approvers: [finance], title',
  'verdict: ask, approvers: [approver], grants: { amount: 100 }, title',
);
const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

function taskOf(request: ModelRequest): string {
  const last = request.messages.findLast((message) => message.role === 'user');
  return last?.role === 'user' ? last.text : '';
}

/** «pay 40 acme» pays 40 to acme; «read pay 40 acme» reads a mail first. */
const paysWhatIsSaid: Script = (_turn, request) => {
  const parts = taskOf(request).split(' ');
  const isReading = parts[0] === 'read';
  const [, amount = '0', to = ''] = isReading ? parts.slice(1) : parts;
  const since = request.messages.slice(
    request.messages.findLastIndex((message) => message.role === 'user') + 1,
  );
  const results = since.filter((message) => message.role === 'tool').length;
  const pay = (): ReturnType<typeof call> =>
    call('books__pay', { amount: Number(amount), to } satisfies JsonObject, `toolu_${String(results)}`);
  if (results === 0) return isReading ? call('mail__read', {}) : pay();
  if (results === 1 && isReading) return pay();
  return words(`Result: ${lastResult(request)}`);
};

async function aStarted(options: WorldOptions = {}): Promise<World> {
  const world = await aWorld({ policy, model: paysWhatIsSaid, ...options });
  worlds.push(world);
  return world;
}

async function ask(
  world: World,
  text: string,
  by = 'ana',
): Promise<ApprovalJson & { readonly inRun: string }> {
  const { run } = await world.say(by, text);
  return { ...(await world.pending(run)), inRun: run };
}

const press = (
  world: World,
  by: string,
  action: string,
  text?: string,
): ReturnType<World['app']['backend']['act']> =>
  world.app.backend.act(world.person(by), { action, ...(text !== undefined && { text }) });

/** Ben approves «pay 40 acme» and grants five more up to 50. */
async function aGrant(world: World, wish = '5 times, 8h, amount up to 50'): Promise<string> {
  const approval = await ask(world, 'pay 40 acme');
  const done = await press(world, 'ben', `v1:${approval.id}:grant`, wish);
  if (done.kind === 'refused') throw new Error(done.detail);
  await world.until(approval.inRun, 'done');
  return done.text;
}

async function isAsked(world: World, text: string, by = 'ana'): Promise<boolean> {
  const before = world.sent.length;
  const { run } = await world.say(by, text);
  const state = await world.until(run, 'done', 'waiting');
  if (state.status === 'waiting') {
    await world.app.backend.stopRun(world.person(by), run, undefined);
    await world.until(run, 'stopped');
    return true;
  }
  expect(world.sent.length).toBeGreaterThan(before);
  return false;
}

describe('given a grant from the card', () => {
  it('when calls fit it, then they run without asking, as often as it says, and the thread names it', async () => {
    const world = await aStarted();
    const text = await aGrant(world, '2 times, 8h, amount up to 50');

    const { run, thread } = await world.say('ana', 'pay 50 acme');
    await world.until(run, 'done');
    const asked = [await isAsked(world, 'pay 12.5 acme'), await isAsked(world, 'pay 10 acme')];

    expect(text).toContain('amount up to 50, to "acme"; 0 of 2 used');
    expect(await world.story(thread)).toMatch(/granted books\/pay by Ben in advance \(grant_/u);
    expect(asked).toEqual([false, true]);
    expect(world.sent).toHaveLength(3);
    const [grant] = await world.app.backend.listGrants(world.person('ana'));
    expect(grant).toMatchObject({ state: 'used up', uses: 2 });
    expect(grant?.taken.map((use) => use.run)).toContain(run);
  });

  it('when a call is beyond it in any way, then people are asked', async () => {
    const world = await aStarted();
    await aGrant(world);

    for (const text of ['pay 51 acme', 'pay -1 acme', 'pay 40 other', 'read pay 40 acme']) {
      expect([text, await isAsked(world, text)]).toEqual([text, true]);
    }
    expect([await isAsked(world, 'pay 40 acme', 'dev'), 'for another requester']).toEqual([
      true,
      'for another requester',
    ]);
    expect(await isAsked(world, 'pay 40 acme')).toBe(false);
  });

  it('when its time is over, then people are asked', async () => {
    const clock = aMovedClock();
    const world = await aStarted({ clock });
    await aGrant(world, '5 times, 1h, amount up to 50');
    clock.advance(3_600_001);

    expect(await isAsked(world, 'pay 40 acme')).toBe(true);
  });

  it('when it is revoked by one press, then people are asked', async () => {
    const world = await aStarted();
    await aGrant(world);
    const [grant] = await world.app.backend.listGrants(world.person('ben'));

    const done = await press(world, 'cho', `v1:${grant?.id ?? ''}:revoke`);

    expect(done).toMatchObject({ kind: 'done' });
    expect(await isAsked(world, 'pay 40 acme')).toBe(true);
    expect((await world.app.backend.listGrants(world.person('ben')))[0]).toMatchObject({
      state: 'revoked',
      revokedBy: 'cho',
    });
  });

  it('when it is revoked while a call that uses it is about to be sent, then people are asked instead', async () => {
    let letGo: () => void = () => undefined;
    let isHolding = false;
    let isLooking = false;
    const gone = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const find = async (name: string, found: ToolState, isFresh: boolean): Promise<ToolState> => {
      if (isHolding && name === 'books/pay' && isFresh) {
        isLooking = true;
        await gone;
      }
      return found;
    };
    const world = await aStarted({ find });
    await aGrant(world);
    const [grant] = await world.app.backend.listGrants(world.person('ben'));
    isHolding = true;

    const { run } = await world.say('ana', 'pay 40 acme');
    await eventually(() => (isLooking ? true : undefined));
    await press(world, 'ben', `v1:${grant?.id ?? ''}:revoke`);
    letGo();
    await world.pending(run);

    expect(world.sent).toHaveLength(1);
  });

  it('when the policy or the people allow less since, then people are asked', async () => {
    const world = await aStarted();
    await aGrant(world);

    world.setPolicy(policy.replace('amount: 100', 'amount: 30'));
    expect(await isAsked(world, 'pay 20 acme')).toBe(true);
    world.setPolicy(policy.replace('approvers: [approver], grants', 'approvers: [engineering], grants'));
    expect(await isAsked(world, 'pay 20 acme')).toBe(true);
    world.setPolicy(policy);
    expect(await isAsked(world, 'pay 20 acme')).toBe(false);
  });

  it('when a call that reserved a use never went out, then the use is given back', async () => {
    const clock = aMovedClock();
    let isDown = false;
    const answer = (): { kind: 'not-sent'; why: string } | undefined =>
      isDown ? { kind: 'not-sent', why: 'down' } : undefined;
    const world = await aStarted({ clock, answer });
    await aGrant(world, '1 times, 8h, amount up to 50');
    isDown = true;
    const { run } = await world.say('ana', 'pay 40 acme');
    await world.until(run, 'done');
    isDown = false;
    const taken = async (): Promise<number | undefined> =>
      (await world.app.backend.listGrants(world.person('ben')))[0]?.taken.length;
    expect(await taken()).toBe(1);

    clock.advance(60_000);
    await world.app.start();
    await eventually(async () => ((await taken()) === 0 ? true : undefined));

    expect(await isAsked(world, 'pay 40 acme')).toBe(false);
  });
});

describe('given somebody who would grant more', () => {
  const wishes: readonly (readonly [string, string, string])[] = [
    ['beyond what the policy allows', '5 times, 8h, amount up to 101', 'up to 100 at most'],
    ['an argument that the policy does not free', '5 times, 8h, to any', 'does not let to differ'],
    ['for longer than a week', '5 times, 8d', '7 days'],
    ['too often', '21 times, 8h', '1 to 20 uses'],
    ['in words that nobody understands', 'whatever they like', 'I do not understand'],
    ['an argument that is not there', 'fee up to 5', 'no argument fee'],
  ];
  for (const [what, wish, why] of wishes) {
    it(`when it is ${what}, then nothing is approved and the reason is said`, async () => {
      const world = await aStarted();
      const approval = await ask(world, 'pay 40 acme');

      const done = await press(world, 'ben', `v1:${approval.id}:grant`, wish);

      expect(done).toMatchObject({ kind: 'refused', status: 422 });
      expect(done.kind === 'refused' && done.detail).toContain(why);
      expect((await world.app.backend.readApproval(world.person('ben'), approval.id))?.state).toBe('pending');
    });
  }

  it('when it is the requester, then it is refused and nothing is granted', async () => {
    const world = await aStarted();
    const approval = await ask(world, 'pay 40 acme');

    expect(await press(world, 'ana', `v1:${approval.id}:grant`, '5 times')).toMatchObject({
      kind: 'refused',
    });
    expect(await world.app.backend.listGrants(world.person('ben'))).toEqual([]);
  });

  it('when two persons must agree, the run is tainted, or the policy says nothing, then no card offers it', async () => {
    const offers = async (options: WorldOptions, text: string): Promise<boolean> => {
      const world = await aStarted(options);
      const approval = await ask(world, text);
      const isOffered = approval.card.actions.some((action) => action.id.endsWith(':grant'));
      const done = await press(world, 'ben', `v1:${approval.id}:grant`, '5 times');
      return isOffered || done.kind === 'done';
    };

    expect(await offers({}, 'pay 40 acme')).toBe(true);
    expect(await offers({}, 'pay 501 acme')).toBe(false);
    expect(await offers({}, 'read pay 40 acme')).toBe(false);
    expect(await offers({ policy: worldPolicy }, 'pay 40 acme')).toBe(false);
  });
});

describe('given a stream of grants that an earlier version wrote', () => {
  it('then it folds to what it meant then, and counts no use beyond the grant', () => {
    const commits = readFixture('grants-v1.jsonl');

    expect(verifyStream(commits)).toBeUndefined();
    const empty: GrantsState = [];
    expect(foldStream(commits, empty, foldGrants)).toMatchObject([
      {
        id: 'grant_fixture',
        tool: 'books/pay',
        by: 'ben',
        requester: 'ana',
        uses: 1,
        constraints: { amount: { kind: 'atMost', value: 50 }, to: { kind: 'equal', value: 'acme' } },
        // call_1 was given back, call_2 was sent, and there was none left for call_3.
        taken: [{ call: 'call_2', run: 'run_2', isSettled: true }],
        revoked: { by: 'cho' },
      },
    ]);
  });
});
