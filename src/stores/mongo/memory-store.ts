/**
 * Memories on MongoDB.
 *
 * Several rows change one after the other, each so that a process that dies in between leaves nothing half-told: what
 * is corrected carries its correction until that one is kept, and what is forgotten goes oldest first.
 */
import { AppError } from '../../core/errors.ts';
import { heldFrom } from '../../memory/memory-row.ts';
import type { Memory } from '../../memory/memory-row.ts';
import type { Sight } from '../../memory/sight.ts';
import type { MemoryStore, Ranked } from '../../memory/store.ts';
import { memoryRow } from '../sighted-row.ts';
import { ask } from './database.ts';
import { current } from './sighted-rows.ts';
import type { SightedFilter, SightedRows } from './sighted-rows.ts';

export function createMongoMemoryStore(rows: SightedRows): MemoryStore {
  // Every row of this sort was kept by `save` below.
  const read = async (sight: Sight, ids: readonly string[]): Promise<readonly Memory[]> =>
    (await rows.find(sight, { id: { $in: [...ids] } }, 1, ids.length)) as readonly Memory[];

  async function chainOf(sight: Sight, id: string): Promise<readonly Memory[]> {
    const chain: Memory[] = [];
    let next: string | undefined = id;
    while (next !== undefined) {
      const [memory]: readonly Memory[] = await read(sight, [next]);
      if (memory === undefined || chain.some((known) => known.id === memory.id)) break;
      chain.push(memory);
      next = memory.supersedes;
    }
    return chain;
  }

  async function saveNow(sight: Sight, memory: Memory): Promise<boolean> {
    const row = memoryRow(memory);
    if (memory.supersedes === undefined) {
      await rows.insert([row]);
      return true;
    }
    const [old] = await read(sight, [memory.supersedes]);
    if (old?.channel !== memory.channel) return false;
    return rows.supersede(sight, old.id, row, { ...old, supersededBy: memory.id });
  }

  return {
    save: async (sight, memory) => {
      if (!(await ask(() => saveNow(sight, memory))))
        throw new AppError(
          'memory.misplaced',
          `${memory.id} corrects ${memory.supersedes ?? ''}, which is not there, was corrected before, or is elsewhere.`,
        );
    },
    saveVector: (sight, id, { model, values }) => ask(() => rows.saveVector(sight, id, model, values)),
    search: (sight, query, now) =>
      ask(
        // Likewise.
        async () => (await rows.search(sight, query, now)) as Ranked<Memory>,
      ),
    read: (sight, ids) =>
      ask(async () => {
        const found = new Map((await read(sight, ids)).map((memory) => [memory.id, memory]));
        return ids.flatMap((id) => found.get(id) ?? []);
      }),
    list: (sight, { author, isHere, isWithPast, isHeld, cursor, limit }, now) =>
      ask(async () => {
        const conditions: SightedFilter[] = [{ sort: 'memory' }];
        if (author !== undefined) conditions.push({ family: author });
        if (isHere === true && sight.kind === 'audience') conditions.push({ channel: sight.channel });
        if (isHeld === true) conditions.push({ validFrom: heldFrom });
        else if (isWithPast !== true) conditions.push(...current(now));
        if (cursor !== undefined) {
          const keptAt = await rows.findKeptAt(sight, cursor);
          if (keptAt === undefined) return [];
          conditions.push({ $or: [{ keptAt: { $lt: keptAt } }, { keptAt, _id: { $lt: cursor } }] });
        }
        // Likewise.
        return (await rows.find(sight, { $and: conditions }, -1, limit)) as readonly Memory[];
      }),
    findDerived: (sight, id) =>
      ask(async () => {
        const chain = await chainOf(sight, id);
        if (chain.length === 0) return undefined;
        const vectors = await rows.countVectors(
          sight,
          chain.map((memory) => memory.id),
        );
        return { chain, vectors };
      }),
    forget: (sight, id) =>
      ask(async () => {
        const chain = await chainOf(sight, id);
        for (const memory of chain.toReversed()) await rows.removeId(sight, memory.id);
        return chain;
      }),
    undo: (sight, id) =>
      ask(async () => {
        const [memory] = await read(sight, [id]);
        if (memory === undefined) return false;
        const [old] = memory.supersedes === undefined ? [] : await read(sight, [memory.supersedes]);
        if (old !== undefined) {
          const { supersededBy: _gone, ...before } = old;
          await rows.restore(sight, old.id, before);
        }
        await rows.removeId(sight, id);
        return true;
      }),
    listWithoutVector: (sight, kind, limit, without = []) =>
      // Likewise.
      ask(async () => (await rows.listWithoutVector(sight, kind, limit, without)) as readonly Memory[]),
  };
}
