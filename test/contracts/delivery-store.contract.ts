/** What every delivery store promises: of many who want to post an item, one does. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asThreadId, newNonce, newWorkerId } from '../../src/core/ids.ts';
import { storeOf } from './store-subject.ts';
import type { StoreSubject, StoreUnderTest } from './store-subject.ts';

const thread = asThreadId('slack:C1/1');
const staleAfterMs = 400;

export function describeDeliveryContract(subject: StoreSubject): void {
  describe(`given deliveries on ${subject.name}`, () => {
    let under: StoreUnderTest;
    beforeAll(async () => {
      under = await subject.open();
    });
    afterAll(() => under.close());

    async function race(item: string): Promise<readonly string[]> {
      const results = await Promise.all(
        Array.from({ length: 16 }, (_, index) =>
          storeOf(under, index).deliveries.claim(item, thread, newWorkerId(), staleAfterMs),
        ),
      );
      return results.map(({ kind }) => kind).toSorted();
    }

    const busy = (count: number): readonly string[] => Array.from({ length: count }, () => 'busy');

    it('when 16 claim an item at once, then one posts it and the others leave it alone', async () => {
      expect(await race(newNonce())).toEqual([...busy(15), 'claimed']);
    });

    const raced = subject.changesInTwoSteps === true ? it.skip : it;
    raced('when a claim grows old, then one takes it over', async () => {
      const item = newNonce();
      await under.store.deliveries.claim(item, thread, newWorkerId(), staleAfterMs);
      expect(await race(item)).toEqual(busy(16));

      await under.passes(staleAfterMs + 50);

      expect(await race(item)).toEqual([...busy(15), 'taken-over']);
    });

    raced(
      'when a claim is renewed by its owner, then nobody takes it over; nobody else can renew it',
      async () => {
        const item = newNonce();
        const owner = newWorkerId();
        await under.store.deliveries.claim(item, thread, owner, staleAfterMs);
        await under.passes(0.7 * staleAfterMs);
        await under.other.deliveries.renew(item, owner);
        await under.passes(0.7 * staleAfterMs);
        expect(await race(item)).toEqual(busy(16));

        await under.other.deliveries.renew(item, newWorkerId());
        await under.passes(0.5 * staleAfterMs);

        expect(await race(item)).toEqual([...busy(15), 'taken-over']);
      },
    );

    it('when an item is shown, then everybody learns where, whenever they ask', async () => {
      const item = newNonce();
      await under.store.deliveries.claim(item, thread, newWorkerId(), staleAfterMs);

      const { deliveries } = under.store;
      expect(await deliveries.saveOver(item, 'C1/171.5', 'hash-0', 'hash-1')).toBe(false);
      expect(await deliveries.saveOver(item, 'C1/171.5', 'hash-0', undefined)).toBe(true);
      await deliveries.save(item, 'C1/171.5', 'hash-1');
      expect(await under.other.deliveries.saveOver(item, 'C1/171.5', 'hash-2', 'hash-1')).toBe(true);
      // Whoever went by what stood there before finds out.
      expect(await deliveries.saveOver(item, 'C1/171.5', 'hash-3', 'hash-1')).toBe(false);
      expect(await deliveries.saveOver(item, 'C1/171.5', 'hash-3', undefined)).toBe(false);
      await under.passes(staleAfterMs + 50);

      expect(await under.other.deliveries.find(newNonce())).toBeUndefined();
      expect(await under.other.deliveries.find(item)).toMatchObject({
        state: 'shown',
        reference: 'C1/171.5',
      });
      expect(await under.other.deliveries.claim(item, thread, newWorkerId(), staleAfterMs)).toEqual({
        kind: 'shown',
        delivery: { item, thread, state: 'shown', reference: 'C1/171.5', shownHash: 'hash-2' },
      });
    });

    it('when a claim is given up by its owner, then it is free; nobody else can give it up', async () => {
      const item = newNonce();
      const owner = newWorkerId();
      await under.store.deliveries.claim(item, thread, owner, staleAfterMs);

      await under.other.deliveries.abandon(item, newWorkerId());
      expect(await race(item)).toEqual(busy(16));
      await under.other.deliveries.abandon(item, owner);

      expect(await race(item)).toEqual([...busy(15), 'claimed']);
    });
  });
}
