/** What every signal store promises: a signal is kept once, brought to whoever waits, and found by who waits later. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asActorId, newNonce, newRunId } from '../../src/core/ids.ts';
import type { RunId } from '../../src/core/ids.ts';
import type { RowWrite } from '../../src/ledger/store.ts';
import type { Signal } from '../../src/runs/store.ts';
import { storeOf } from './store-subject.ts';
import type { StoreSubject, StoreUnderTest } from './store-subject.ts';

const aSignal = (name: string, id: string = newNonce()): Signal => ({
  name,
  id,
  by: asActorId('ana'),
  data: { 'invoice.number': 1042, $odd: [null, 'ä'] },
});

const waits = (run: RunId, name: string, isOpen = true, seq = 1): RowWrite => ({
  table: 'waits',
  key: `${run}/paid`,
  seq,
  row: { run, name, isOpen },
});

export function describeSignalContract(subject: StoreSubject): void {
  describe(`given signals on ${subject.name}`, () => {
    let under: StoreUnderTest;
    beforeAll(async () => {
      under = await subject.open();
    });
    afterAll(() => under.close());

    it('when one signal comes 16 times at once, then it is kept once and comes back as it was', async () => {
      const signal = aSignal(newNonce());

      const kept = await Promise.all(
        Array.from({ length: 16 }, (_, index) => storeOf(under, index).signals.keep(signal)),
      );

      expect(kept.filter((isNew) => isNew)).toHaveLength(1);
      const listed = await under.other.signals.listAfter(signal.name, { receivedAt: 0, id: '' }, 10);
      expect(listed).toEqual([{ ...signal, receivedAt: expect.any(Number) }]);
    });

    it('when signals of a name are listed, then they come in order, from a place on, and no others', async () => {
      const name = newNonce();
      const sent = [aSignal(name), aSignal(name), aSignal(name)];
      await under.other.signals.keep(aSignal(newNonce()));
      for (const [index, signal] of sent.entries()) {
        await storeOf(under, index).signals.keep(signal);
        await under.passes(5);
      }

      const [first, ...rest] = await under.store.signals.listAfter(name, { receivedAt: 0, id: '' }, 2);

      expect([first?.id, ...rest.map(({ id }) => id)]).toEqual([sent[0]?.id, sent[1]?.id]);
      const [last] = rest;
      if (last === undefined) throw new Error('There is no second one.');
      const after = await under.other.signals.listAfter(name, last, 10);
      expect(after.map(({ id }) => id)).toEqual([sent[2]?.id]);
    });

    it('when runs wait for a name, then they are listed once each, in order, until they wait no more', async () => {
      const name = newNonce();
      const runs = Array.from({ length: 5 }, () => newRunId()).toSorted();
      const [early, ...others] = runs;
      if (early === undefined) throw new Error('There are five.');
      await under.store.ledger.saveRows([
        ...runs.map((run) => waits(run, name)),
        { ...waits(early, name), key: `${early}/again` },
        waits(newRunId(), newNonce()),
      ]);

      expect(await under.other.signals.listWaiting(name, undefined, 2)).toEqual(runs.slice(0, 2));
      expect(await under.other.signals.listWaiting(name, runs[1], 10)).toEqual(runs.slice(2));

      await under.store.ledger.saveRows(others.map((run) => waits(run, name, false, 2)));
      await under.other.ledger.saveRows(others.map((run) => waits(run, name, true, 1)));
      expect(await under.other.signals.listWaiting(name, undefined, 10)).toEqual([early]);
    });

    it('when a signal was not brought to everybody, then it is found until it is settled', async () => {
      const signal = aSignal(newNonce());
      await under.store.signals.keep(signal);
      await under.passes(20);
      const found = async (before: Date): Promise<boolean> =>
        (await under.other.signals.listPending(before, 1_000)).some(({ id }) => id === signal.id);

      expect(await found(new Date(0))).toBe(false);
      expect(await found(new Date(Date.now() + 60_000))).toBe(true);
      await under.store.signals.settle(signal.name, signal.id);

      expect(await found(new Date(Date.now() + 60_000))).toBe(false);
      expect(await under.other.signals.listAfter(signal.name, { receivedAt: 0, id: '' }, 10)).toHaveLength(1);
    });
  });
}
