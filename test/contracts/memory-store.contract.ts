/** What every memory store promises: found by words and by meaning, seen only where it may be, gone when forgotten. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asActorId, asChannelId, asThreadId, newNonce } from '../../src/core/ids.ts';
import { heldFrom } from '../../src/memory/memory-row.ts';
import type { Memory } from '../../src/memory/memory-row.ts';
import { markAudience, mayUse, operatorSight } from '../../src/memory/sight.ts';
import type { Sight } from '../../src/memory/sight.ts';
import { aMemory } from '../builders/store-entries.ts';
import { storeOf } from './store-subject.ts';
import type { StoreSubject, StoreUnderTest } from './store-subject.ts';

const now = 5_000;
const everything = { isWithPast: true, limit: 1_000 };

export function describeMemoryContract(subject: StoreSubject): void {
  describe(`given memories on ${subject.name}`, () => {
    let under: StoreUnderTest;
    beforeAll(async () => {
      under = await subject.open();
    });
    afterAll(() => under.close());

    /** A workspace of the test's own, so that tests do not see each other's rows. */
    function aPlace(): {
      readonly workspace: string;
      readonly channel: Memory['channel'];
      readonly all: Sight;
    } {
      const workspace = `slack:${newNonce()}`;
      return { workspace, channel: asChannelId(`${workspace}/C1`), all: operatorSight(workspace) };
    }

    async function keep(sight: Sight, ...memories: readonly Memory[]): Promise<void> {
      for (const [index, memory] of memories.entries()) {
        await storeOf(under, index).memories.save(sight, memory);
        await under.passes(2);
      }
    }

    const textsOf = (memories: readonly Memory[]): readonly string[] => memories.map(({ text }) => text);

    it('when something is looked for by other forms of its words, then the best fit comes first', async () => {
      const { all, ...place } = aPlace();
      await keep(
        all,
        aMemory({ ...place, text: 'Damaged goods are refunded after a photo.' }),
        aMemory({ ...place, text: 'The office has a coffee machine.' }),
        aMemory({ ...place, text: 'Refunds over 500 need two people.' }),
      );
      const find = async (text: string): Promise<readonly string[]> =>
        textsOf((await under.other.memories.search(all, { text, limit: 2 }, now)).byText);

      expect((await find('refunding damage'))[0]).toBe('Damaged goods are refunded after a photo.');
      expect(await find('refund')).toHaveLength(2);
      expect(await find('xylophone')).toEqual([]);
      expect(await find('coffee OR NEAR("machines* $where')).toEqual(['The office has a coffee machine.']);
      expect(await find('')).toEqual([]);
    });

    it('when something is looked for by meaning, then vectors of that model are compared, and no others', async () => {
      const { all, ...place } = aPlace();
      const memories = ['north', 'east', 'north-east'].map((text) => aMemory({ ...place, text }));
      await keep(all, ...memories);
      const directions = [
        [0, 1],
        [1, 0],
        [1, 1],
      ];
      for (const [index, { id }] of memories.entries())
        await under.store.memories.saveVector(all, id, {
          model: 'm1',
          values: new Float32Array(directions[index] ?? []),
        });
      const find = async (model: string, values: readonly number[]): Promise<readonly string[]> => {
        const vector = { model, values: new Float32Array(values) };
        return textsOf(
          (await under.other.memories.search(all, { text: '', vector, limit: 2 }, now)).byVector,
        );
      };

      expect(await find('m1', [0.1, 1])).toEqual(['north', 'north-east']);
      expect(await find('m1', [1, 0.1])).toEqual(['east', 'north-east']);
      const vector = { model: 'm1', values: new Float32Array([0, 2]) };
      const { likeness } = await under.other.memories.search(all, { text: '', vector, limit: 3 }, now);
      expect(likeness.map((value) => value.toFixed(3))).toEqual(['1.000', '0.707', '0.000']);
      expect(await find('m2', [1, 0])).toEqual([]);
      expect(await find('m1', [1, 0, 0])).toEqual([]);
      expect(await under.other.memories.listWithoutVector(all, { model: 'm1', dims: 2 }, 10)).toEqual([]);
      for (const kind of [
        { model: 'm2', dims: 2 },
        { model: 'm1', dims: 3 },
      ])
        expect(textsOf(await under.other.memories.listWithoutVector(all, kind, 2))).toEqual([
          'north',
          'east',
        ]);
      const [north] = memories.map(({ id }) => id);
      const without = north === undefined ? [] : [north];
      expect(
        textsOf(await under.other.memories.listWithoutVector(all, { model: 'm2', dims: 2 }, 2, without)),
      ).toEqual(['east', 'north-east']);
    });

    it('when people look from many places, then each sees what the rule allows, whatever he asks', async () => {
      const { all, workspace } = aPlace();
      const channels = ['C1', 'C2', 'C3'].map((name) => asChannelId(`${workspace}/${name}`));
      const persons = ['ana', 'ben'].map((name) => asActorId(name));
      const threads = channels.flatMap((channel) => [asThreadId(`${channel}/1`), asThreadId(`${channel}/2`)]);
      const memories = channels.flatMap((channel) => [
        aMemory({ workspace, channel }),
        aMemory({ workspace, channel, scope: 'channel' }),
        ...persons.map((person) => aMemory({ workspace, channel, scope: 'person', person })),
        ...threads
          .filter((thread) => thread.startsWith(channel))
          .map((thread) => aMemory({ workspace, channel, scope: 'thread', thread })),
      ]);
      const elsewhere = aPlace();
      await keep(all, ...memories);
      await keep(elsewhere.all, aMemory({ workspace: elsewhere.workspace, channel: elsewhere.channel }));
      const values = new Float32Array([1, 0]);
      for (const { id } of memories) await under.store.memories.saveVector(all, id, { model: 'm', values });
      const [first, second, third] = channels;
      if (first === undefined || second === undefined || third === undefined) throw new Error('Three.');
      const base = { workspace, channel: first };
      const sights = [
        all,
        markAudience({ ...base, open: [] }),
        markAudience({ ...base, open: [second] }),
        markAudience({ ...base, open: [second, third], person: persons[0] ?? asActorId('') }),
        markAudience({ ...base, open: [], thread: threads[0] ?? asThreadId('') }),
        markAudience({ ...base, open: [second], thread: asThreadId('none'), person: asActorId('none') }),
      ];

      for (const sight of sights) {
        const allowed = memories.filter((memory) => mayUse(sight, memory)).map(({ id }) => id);
        const ids = (found: readonly Memory[]): readonly string[] => found.map(({ id }) => id).toSorted();
        const expected = [...allowed].toSorted();
        const query = { text: 'photo refund', vector: { model: 'm', values }, limit: 100 };

        const { byText, byVector } = await under.other.memories.search(sight, query, now);

        expect(allowed.length).toBeGreaterThan(0);
        expect(ids(byText)).toEqual(expected);
        expect(ids(byVector)).toEqual(expected);
        expect(ids(await under.other.memories.list(sight, everything, now))).toEqual(expected);
        const every = memories.map(({ id }) => id);
        expect(ids(await under.other.memories.read(sight, every))).toEqual(expected);
        expect(
          ids(await under.other.memories.listWithoutVector(sight, { model: 'x', dims: 2 }, 100)),
        ).toEqual(expected);
        for (const memory of memories.filter(({ id }) => !allowed.includes(id))) {
          expect(await under.other.memories.forget(sight, memory.id)).toEqual([]);
          expect(await under.other.memories.findDerived(sight, memory.id)).toBeUndefined();
          expect(await under.other.memories.undo(sight, memory.id)).toBe(false);
        }
      }
      expect(await under.store.memories.list(all, everything, now)).toHaveLength(memories.length);
      const { sources } = under.other;
      expect([...(await sources.listSources(workspace))].toSorted()).toEqual(channels);
      expect(await sources.listWorkspaces()).toEqual(
        expect.arrayContaining([workspace, elsewhere.workspace]),
      );
    });

    const raced = subject.changesInTwoSteps === true ? it.skip : it;
    raced(
      'when a memory is corrected, then of 16 corrections at once one stands and the old one is past',
      async () => {
        const { all, ...place } = aPlace();
        const old = aMemory({ ...place, text: 'Refunds take 5 days.' });
        await keep(all, old);
        const next = Array.from({ length: 16 }, (_, index) =>
          aMemory({ ...place, text: `Refunds take ${String(index)} hours.`, supersedes: old.id }),
        );

        const told = await Promise.allSettled(
          next.map((memory, index) => storeOf(under, index).memories.save(all, memory)),
        );

        const won = next.filter((_, index) => told[index]?.status === 'fulfilled');
        expect(won).toHaveLength(1);
        expect(await under.other.memories.list(all, { limit: 100 }, now)).toEqual(won);
        expect(await under.other.memories.list(all, everything, now)).toEqual([
          won[0],
          { ...old, supersededBy: won[0]?.id },
        ]);
        const { byText } = await under.other.memories.search(all, { text: 'refunds', limit: 10 }, now);
        expect(byText).toEqual(won);
      },
    );

    it('when one is held, then no question finds it, only whoever asks for what is held', async () => {
      const { all, ...place } = aPlace();
      const held = aMemory({ ...place, text: 'Refunds are free.', validFrom: heldFrom, held: {} });
      const told = aMemory({ ...place, text: 'Refunds take 5 days.' });
      await keep(all, held, told);
      expect(await under.store.memories.listWithoutVector(all, { model: 'm', dims: 2 }, 9)).toEqual([told]);
      const vector = { model: 'm', values: new Float32Array([1, 2]) };
      for (const { id } of [held, told]) await under.store.memories.saveVector(all, id, vector);

      const { memories } = under.other;
      const { byText, byVector } = await memories.search(all, { text: 'refunds', vector, limit: 9 }, now);
      expect([byText, byVector]).toEqual([[told], [told]]);
      expect(await memories.list(all, { limit: 9 }, now)).toEqual([told]);
      expect(await memories.list(all, { isHeld: true, limit: 9 }, now)).toEqual([held]);
      expect(await memories.forget(all, held.id)).toEqual([held]);
      expect(await memories.list(all, { isHeld: true, limit: 9 }, now)).toEqual([]);
    });

    it('when a correction is for another channel, then it is refused and nothing changes', async () => {
      const { all, ...place } = aPlace();
      const old = aMemory(place);
      await keep(all, old);
      const channel = asChannelId(`${place.workspace}/C2`);

      const told = under.other.memories.save(all, aMemory({ ...place, channel, supersedes: old.id }));

      await expect(told).rejects.toMatchObject({ code: 'memory.misplaced' });
      expect(await under.store.memories.list(all, everything, now)).toEqual([old]);
    });

    it('when a correction is taken back, then the old one is told again; forgetting takes both', async () => {
      const { all, ...place } = aPlace();
      const old = aMemory({ ...place, text: 'Refunds take 5 days.' });
      const next = aMemory({ ...place, text: 'Refunds take 2 days.', supersedes: old.id });
      await keep(all, old, next);

      expect(await under.other.memories.undo(all, next.id)).toBe(true);
      expect(await under.store.memories.list(all, { limit: 10 }, now)).toEqual([old]);

      await keep(all, next);
      const vector = { model: 'm', values: new Float32Array([1, 2]) };
      await under.store.memories.saveVector(all, next.id, vector);
      const chain = [next, { ...old, supersededBy: next.id }];
      expect(await under.other.memories.findDerived(all, next.id)).toEqual({ chain, vectors: 1 });
      expect(await under.other.memories.forget(all, next.id)).toEqual(chain);
      expect(await under.store.memories.list(all, everything, now)).toEqual([]);
      expect(await under.store.memories.forget(all, next.id)).toEqual([]);
    });

    it('when a memory is kept twice or its time is over, then it is there once, and not told any more', async () => {
      const { all, ...place } = aPlace();
      const memory = aMemory({ ...place, validUntil: now });
      const early = aMemory({ ...place, validFrom: now + 1 });
      await keep(all, memory, memory, early);

      expect(await under.other.memories.list(all, everything, now)).toEqual([early, memory]);
      expect(await under.other.memories.list(all, { limit: 10 }, now)).toEqual([]);
      const { byText } = await under.other.memories.search(all, { text: 'photo', limit: 10 }, now);
      expect(byText).toEqual([]);
      expect((await under.other.memories.search(all, { text: 'photo', limit: 10 }, now - 1)).byText).toEqual([
        memory,
      ]);
    });

    it('when memories are listed, then the youngest come first, filtered, and a cursor goes on', async () => {
      const { all, ...place } = aPlace();
      const memories = Array.from({ length: 5 }, (_, index) =>
        aMemory({ ...place, text: String(index), author: asActorId(index % 2 === 0 ? 'ana' : 'ben') }),
      );
      await keep(all, ...memories);
      const list = async (more: object): Promise<readonly string[]> =>
        textsOf(await under.other.memories.list(all, { limit: 2, ...more }, now));

      expect(await list({})).toEqual(['4', '3']);
      expect(await list({ cursor: memories[3]?.id })).toEqual(['2', '1']);
      expect(await list({ author: 'ben' })).toEqual(['3', '1']);
      expect(await list({ cursor: 'mem_none' })).toEqual([]);
      const here = markAudience({ workspace: place.workspace, channel: place.channel, open: [] });
      expect(await under.other.memories.list(here, { isHere: true, limit: 10 }, now)).toHaveLength(5);
    });
  });
}
