/**
 * A process dies at any of its commits while it serves one gated request: right before it, or when it is durable and
 * nobody has been told. Another one takes over, and the dead one wakes up in the end, as after a long stop.
 */
import { afterEach, describe, expect, it } from '@jest/globals';
import { pause, systemClock } from '../../src/core/clock.ts';
import { asRunId, runStream } from '../../src/core/ids.ts';
import { sourceOfStore, verifyLedger } from '../../src/ledger/verify-ledger.ts';
import { openLocalStore } from '../../src/stores/local/local-store.ts';
import { aFrozenStore } from '../builders/frozen-store.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { atRest, later } from '../builders/errands.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld, call, lastResult, words, worldPolicy } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

const worlds: World[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
  for (const folder of folders.splice(0)) removeFolder(folder);
});

const keyed = worldPolicy.replace(
  'books/pay: { effect: opaque,',
  'books/pay: { effect: keyed, key: idempotency_key,',
);

/** Longer than appends wait for company: each step is a commit of its own, and a place to die. */
const aWhile = (): Promise<void> => pause(systemClock, 12);

async function open(options: Parameters<typeof aWorld>[0]): Promise<World> {
  const world = await aWorld({
    async model(turn, request) {
      await aWhile();
      return turn === 0
        ? call('books__pay', { amount: 120, to: 'acme' })
        : words(`Result: ${lastResult(request)}`);
    },
    async answer() {
      await aWhile();
      return undefined;
    },
    ...options,
  });
  worlds.push(world);
  await world.app.start();
  return world;
}

/** Ben approves what waits; false when nothing does. Nobody waits for the answer: it may never come. */
async function approve(world: World): Promise<boolean> {
  const { items } = await world.app.backend.listApprovals(world.person('ben'), { state: 'pending' });
  for (const approval of items) void world.vote('ben', approval, 'approve').catch(() => undefined);
  return items.length > 0;
}

/** Ben looks into the books and says what he finds there about a call whose outcome nobody knows. */
async function sayWhatHappened(world: World, thread: string, hasHappened: boolean): Promise<void> {
  const found = await world.app.backend.readThread(world.person('ben'), thread);
  const label = hasHappened ? 'It happened' : 'It did not: ask me again';
  const action = found?.items.flatMap(({ actions }) => actions ?? []).find((one) => one.label === label)?.id;
  if (action !== undefined) await world.app.backend.act(world.person('ben'), { action });
}

describe.each([
  ['opaque', 'before', worldPolicy],
  ['opaque', 'after', worldPolicy],
  ['keyed', 'before', keyed],
  ['keyed', 'after', keyed],
] as const)(
  'given a call that is %s, and a process that dies %s any of its commits',
  (effect, when, policy) => {
    it('when another one takes over, then it happens once, the model is asked once more at most, and the reply is there once', async () => {
      let deaths = 0;
      for (let commits = 0; commits === deaths; commits += 1) {
        const folder = aFolder();
        folders.push(folder);
        const clock = aMovedClock();
        const inner = await openLocalStore({ folder, clock });
        const dying = aFrozenStore(inner);
        const first = await open({ folder, clock, policy, store: dying.store });
        dying.freezeAfter(commits, when);
        const { run, thread } = await first.say('ana', 'pay acme');
        const isOver = async (): Promise<boolean> => (await inner.runs.find(asRunId(run)))?.status === 'done';
        await eventually(async () => {
          if (dying.isFrozen() || (await isOver())) return true;
          void approve(first);
          return undefined;
        });
        if (dying.isFrozen()) deaths += 1;

        clock.advance(20_000);
        const store = await openLocalStore({ folder, clock });
        const second = await open({ folder, clock, policy, store });
        const sent = (): readonly string[] => [...first.sent, ...second.sent].map(({ argsJson }) => argsJson);
        await eventually(
          async () => {
            if (await isOver()) return true;
            await sayWhatHappened(second, thread, sent().length > 0);
            if (!(await approve(second))) await later(second, clock, 8_000);
            return undefined;
          },
          20_000,
          () => `dead ${when} commit ${String(commits)}: sent ${sent().join()}`,
        );
        dying.thaw();
        await later(first, clock, 20_000);
        await atRest(first);

        const events = (await inner.ledger.read(runStream(asRunId(run)))).flatMap((commit) => commit.events);
        const countOf = (kind: string): number => events.filter((event) => event.kind === kind).length;
        // With the same key the same bytes are one effect, however often they are sent.
        expect([...new Set(sent())]).toHaveLength(1);
        if (effect === 'opaque') expect(sent()).toHaveLength(1);
        expect(countOf('tool.dispatched')).toBeGreaterThanOrEqual(sent().length);
        expect([countOf('model.answered'), countOf('message.posted'), countOf('run.finished')]).toEqual([
          2, 1, 1,
        ]);
        expect(first.asked.length + second.asked.length).toBeLessThanOrEqual(3);
        const reply = (await second.story(thread)).match(/Result:/gu) ?? [];
        expect(reply).toHaveLength(1);
        expect((await verifyLedger(sourceOfStore(inner.ledger))).faults).toEqual([]);
        for (const world of worlds.splice(0)) await world.close();
      }

      expect(deaths).toBeGreaterThan(2);
    }, 120_000);
  },
);
