import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChatAdapter, ShownItem } from '../../../src/chat/adapter.ts';
import { createParkedThreads } from '../../../src/chat/parked-threads.ts';
import { createOutbox } from '../../../src/chat/outbox.ts';
import type { Outbox } from '../../../src/chat/outbox.ts';
import type { Delivery, DeliveryStore } from '../../../src/chat/store.ts';
import { endOfTurn, systemClock } from '../../../src/core/clock.ts';
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
      });

      await outbox.show(thread, [item('first')]);
      await Promise.all(asked);

      expect(posted).toContain('second');
    },
  );
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

  const outboxOf = (adapter: ChatAdapter): Outbox =>
    createOutbox({
      adapters: [adapter],
      deliveries: store.deliveries,
      clock,
      logger: silentLogger,
      worker: newWorkerId(),
      parked: createParkedThreads({ clock, onParked: () => undefined, onFreed: () => undefined }),
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
});
