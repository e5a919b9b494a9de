import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChatAdapter, ShownItem } from '../../../src/chat/adapter.ts';
import { createParkedThreads } from '../../../src/chat/parked-threads.ts';
import { createOutbox } from '../../../src/chat/outbox.ts';
import type { Outbox } from '../../../src/chat/outbox.ts';
import type { Delivery, DeliveryStore } from '../../../src/chat/store.ts';
import { endOfTurn, systemClock } from '../../../src/core/clock.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { AppError } from '../../../src/core/errors.ts';
import { asThreadId, newWorkerId } from '../../../src/core/ids.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { openLocalStore } from '../../../src/stores/local/local-store.ts';
import type { LocalStore } from '../../../src/stores/local/local-store.ts';
import { aManualClock } from '../../builders/manual-clock.ts';
import { aFolder, removeFolder } from '../../builders/running-bot.ts';

const thread = asThreadId('plain:C1/1');
const item = (id: string): ShownItem => ({ id, kind: 'message', by: 'bot', at: new Date(0), text: id });

/** A platform that takes everything, and calls back when the answer to a post is on its way. */
function aPlatform(onPosted: (item: ShownItem) => void): { adapter: ChatAdapter; posted: string[] } {
  const posted: string[] = [];
  const adapter: ChatAdapter = {
    name: 'plain',
    routes: [],
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    post(_thread, shown) {
      posted.push(shown.id);
      onPosted(shown);
      return Promise.resolve(shown.id);
    },
    edit: () => Promise.resolve(),
    findPosted: () => Promise.resolve(undefined),
    takeBack: () => Promise.resolve(),
    status: () => ({ state: 'ok', detail: '' }),
  };
  return { adapter, posted };
}

/** What was posted, as a store keeps it. */
function someDeliveries(): DeliveryStore {
  const kept = new Map<string, Delivery>();
  return {
    claim(id) {
      const delivery = kept.get(id);
      return Promise.resolve(delivery === undefined ? { kind: 'claimed' } : { kind: 'shown', delivery });
    },
    renew: () => Promise.resolve(),
    find: (id) => Promise.resolve(kept.get(id)),
    save(id, reference, shownHash) {
      kept.set(id, { item: id, thread, state: 'shown', reference, shownHash });
      return Promise.resolve();
    },
    saveOver(id, reference, shownHash, before) {
      if (kept.get(id)?.shownHash !== before) return Promise.resolve(false);
      kept.set(id, { item: id, thread, state: 'shown', reference, shownHash });
      return Promise.resolve(true);
    },
    abandon: () => Promise.resolve(),
  };
}

describe('given a thread whose last item is just being shown', () => {
  it.each(Array.from({ length: 24 }, (_, turns) => turns))(
    'when another one comes in %i turns later, then it is shown too',
    async (turns) => {
      const asked: Promise<void>[] = [];
      const { adapter, posted } = aPlatform(({ id }) => {
        if (id !== 'first' || asked.length > 0) return;
        const later = async (): Promise<void> => {
          for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
          await outbox.show(thread, [item('first'), item('second')]);
        };
        asked.push(later());
      });
      const outbox = createOutbox({
        adapters: [adapter],
        deliveries: someDeliveries(),
        clock: systemClock,
        logger: silentLogger,
        worker: newWorkerId(),
        parked: createParkedThreads({
          clock: systemClock,
          onParked: () => undefined,
          onFreed: () => undefined,
        }),
        onOvertaken: () => undefined,
        namesFor: ({ tell = [] }) => Promise.resolve(tell),
      });

      await outbox.show(thread, [item('first')]);
      await Promise.all(asked);

      expect(posted).toContain('second');
    },
  );
});

describe('given a status card that changes all the time', () => {
  it('when it is shown again and again, then it is edited at most every three seconds, and nothing else waits for it', async () => {
    const clock = aManualClock();
    const status = (text: string): ShownItem => ({
      ...{ id: 'status', kind: 'card', by: 'bot', at: new Date(0), text },
      card: {
        ...{ kind: 'status', title: text, lines: [], fields: [], actions: [], fallback: text },
      },
    });
    const edits: { readonly at: number; readonly text: string }[] = [];
    const { adapter, posted } = aPlatform(() => undefined);
    const outbox = createOutbox({
      adapters: [
        {
          ...adapter,
          edit(_thread, _reference, { text }) {
            edits.push({ at: clock.monotonicMs(), text });
            return Promise.resolve();
          },
        },
      ],
      ...{ deliveries: someDeliveries(), clock, logger: silentLogger, worker: newWorkerId() },
      parked: createParkedThreads({ clock, onParked: () => undefined, onFreed: () => undefined }),
      onOvertaken: () => undefined,
      namesFor: ({ tell = [] }) => Promise.resolve(tell),
    });
    const pass = async (ms: number): Promise<void> => {
      for (let turn = 0; turn < 5; turn += 1) await endOfTurn();
      clock.advance(ms);
      for (let turn = 0; turn < 5; turn += 1) await endOfTurn();
    };
    await outbox.show(thread, [status('0')], 0);
    const shown: Promise<void>[] = [];

    for (let step = 1; step <= 14; step += 1) {
      shown.push(outbox.show(thread, [status(String(step))], step));
      if (step === 4) shown.push(outbox.show(thread, [item('answer')], step));
      await pass(500);
      if (step === 4) expect(posted).toEqual(['status', 'answer']);
    }
    await pass(3_000);
    await Promise.all(shown);

    expect(edits.at(-1)?.text).toBe('14');
    expect(edits.length).toBeGreaterThan(1);
    for (const [index, { at }] of edits.entries())
      expect(at - (edits[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(3_000);
  });
});

describe('given an item that another process has claimed for posting', () => {
  const folder = aFolder();
  const clock = aManualClock();
  let store: LocalStore;
  beforeAll(async () => {
    store = await openLocalStore({ folder, clock });
  });
  afterAll(async () => {
    await store.close();
    removeFolder(folder);
  });

  const outboxOf = (adapter: ChatAdapter, itsClock: Clock = clock): Outbox =>
    createOutbox({
      adapters: [adapter],
      deliveries: store.deliveries,
      clock: itsClock,
      logger: silentLogger,
      worker: newWorkerId(),
      parked: createParkedThreads({ clock, onParked: () => undefined, onFreed: () => undefined }),
      onOvertaken: () => undefined,
      namesFor: ({ tell = [] }) => Promise.resolve(tell),
    });

  /** Lets the time pass second by second, with all that is done in each. */
  async function pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      for (let turn = 0; turn < 6; turn += 1) await endOfTurn();
      clock.advance(1_000);
    }
    for (let turn = 0; turn < 6; turn += 1) await endOfTurn();
  }

  it('when that process is dead, then it is posted within forty seconds', async () => {
    const { adapter, posted } = aPlatform(() => undefined);
    await store.deliveries.claim('left', thread, newWorkerId(), 0);

    void outboxOf(adapter).show(thread, [item('left')]);
    await pass(20);
    expect(posted).toEqual([]);
    await pass(20);

    expect(posted).toEqual(['left']);
  });

  it('when that process lives and its platform lets it wait for minutes, then it is posted once', async () => {
    const slow = aPlatform(() => undefined);
    const quick = aPlatform(() => undefined);
    let answer: (() => void) | undefined;
    const waiting = new Promise<void>((resolve) => (answer = resolve));
    const slowly: ChatAdapter = {
      ...slow.adapter,
      async post(...asked) {
        await waiting;
        return slow.adapter.post(...asked);
      },
    };

    const first = outboxOf(slowly).show(thread, [item('slow')]);
    await pass(1);
    const second = outboxOf(quick.adapter)
      .show(thread, [item('slow')])
      .catch(() => undefined);
    await pass(240);
    answer?.();
    await pass(60);
    await Promise.all([first, second]);

    expect([...slow.posted, ...quick.posted]).toEqual(['slow']);
  });

  it('when that process stood still meanwhile and posts it as well in the end, then its message is taken back', async () => {
    const there = new Map<string, string>();
    const platform = (onPost: () => Promise<void>): ChatAdapter => ({
      ...aPlatform(() => undefined).adapter,
      async post(_thread, shown) {
        await onPost();
        const reference = `m${String(there.size + 1)}`;
        there.set(reference, shown.text);
        return reference;
      },
      takeBack(_thread, reference, kept) {
        if (isDown) return Promise.reject(new AppError('chat.unavailable', 'down'));
        if (reference !== kept) there.delete(reference);
        return Promise.resolve();
      },
    });
    let isDown = true;
    let wake = (): void => undefined;
    const asleep = new Promise<void>((resolve) => (wake = resolve));
    // Its clock stands still with it: nothing makes its claim young again.
    const itsClock = aManualClock();
    const late = outboxOf(
      platform(() => asleep),
      itsClock,
    ).show(thread, [{ ...item('both'), text: 'open' }], 3);
    await pass(1);
    const awake = outboxOf(platform(() => Promise.resolve()));
    void awake.show(thread, [{ ...item('both'), text: 'settled' }], 5);
    await pass(40);
    expect([...there.values()]).toEqual(['settled']);

    wake();
    await pass(2);
    expect([...there.values()]).toEqual(['settled', 'open']);
    isDown = false;
    itsClock.advance(1_000);
    await late;

    expect([...there.values()]).toEqual(['settled']);
  });
});

describe('given two processes that show the same card, one from what it was before', () => {
  const deliveries = someDeliveries();
  let said = '';
  const overtaken: string[] = [];
  /** The next edit with these words is kept on its way there, or its answer on the way back, until it is let go. */
  const toHold = new Map<string, 'there' | 'back'>();
  const held = new Map<string, () => void>();
  const hold = (text: string, when: 'there' | 'back'): Promise<void> =>
    new Promise((resolve) => {
      if (toHold.get(text) !== when) resolve();
      else {
        toHold.delete(text);
        held.set(text, resolve);
      }
    });

  const outboxOfOne = (): Outbox =>
    createOutbox({
      adapters: [
        {
          ...aPlatform((shown) => {
            said = shown.text;
          }).adapter,
          async edit(_thread, _reference, shown) {
            await hold(shown.text, 'there');
            said = shown.text;
            await hold(shown.text, 'back');
          },
        },
      ],
      deliveries,
      clock: systemClock,
      logger: silentLogger,
      worker: newWorkerId(),
      parked: createParkedThreads({
        clock: systemClock,
        onParked: () => undefined,
        onFreed: () => undefined,
      }),
      onOvertaken: (id) => overtaken.push(id),
      namesFor: ({ tell = [] }) => Promise.resolve(tell),
    });
  const [newer, older] = [outboxOfOne(), outboxOfOne()];
  const card = (id: string, text: string): ShownItem => ({ ...item(id), text });
  const isHeld = async (text: string): Promise<void> => {
    while (!held.has(text)) await endOfTurn();
  };

  it('when the earlier one comes later, then the message stays as it is', async () => {
    await older.show(thread, [card('late', 'open')], 3);
    await newer.show(thread, [card('late', 'approved')], 5);
    await older.show(thread, [card('late', 'one vote')], 4);

    expect(said).toBe('approved');
    expect(overtaken).toEqual([]);
  });

  it('when the later edit is still on its way while the earlier one is recorded, then it is made again', async () => {
    await older.show(thread, [card('slow', 'open')], 3);
    toHold.set('approved', 'back');
    const shown = newer.show(thread, [card('slow', 'approved')], 5);
    await isHeld('approved');
    await older.show(thread, [card('slow', 'one vote')], 4);
    expect(said).toBe('one vote');
    held.get('approved')?.();
    await shown;

    expect(said).toBe('approved');
    expect(overtaken).toEqual([]);
  });

  it('when the earlier edit arrives after the later one was recorded, then it is shown again by whoever knows', async () => {
    await older.show(thread, [card('lost', 'open')], 3);
    toHold.set('one vote', 'there');
    const shown = older.show(thread, [card('lost', 'one vote')], 4);
    await isHeld('one vote');
    await newer.show(thread, [card('lost', 'approved')], 5);
    held.get('one vote')?.();
    await shown;

    expect([said, overtaken]).toEqual(['one vote', ['lost']]);
    // The same card as before: nothing but what was recorded says that it has to be shown again.
    await newer.show(thread, [card('lost', 'approved')], 5);
    expect(said).toBe('approved');
  });
});
