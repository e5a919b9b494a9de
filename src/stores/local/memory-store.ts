/** Memories on SQLite. */
import { AppError } from '../../core/errors.ts';
import { heldFrom } from '../../memory/memory-row.ts';
import type { Memory } from '../../memory/memory-row.ts';
import type { Sight } from '../../memory/sight.ts';
import type { MemoryStore, Ranked } from '../../memory/store.ts';
import { memoryRow } from '../sighted-row.ts';
import type { LocalDatabase } from './database.ts';
import { createSightedRows } from './sighted-rows.ts';

export function createLocalMemoryStore(database: LocalDatabase): MemoryStore {
  const rows = createSightedRows(database, 'memory');

  // Every row of this sort was inserted by `save` below.
  const read = (sight: Sight, ids: readonly string[]): readonly Memory[] =>
    rows.findIds(sight, ids) as readonly Memory[];

  function chainOf(sight: Sight, id: string): readonly Memory[] {
    const chain: Memory[] = [];
    let next: string | undefined = id;
    while (next !== undefined) {
      const [memory]: readonly Memory[] = read(sight, [next]);
      if (memory === undefined || chain.some((known) => known.id === memory.id)) break;
      chain.push(memory);
      next = memory.supersedes;
    }
    return chain;
  }

  return {
    save: async (sight, memory) => {
      const isKept = await database.write(() => {
        if (memory.supersedes !== undefined) {
          const [old] = read(sight, [memory.supersedes]);
          if (old?.channel !== memory.channel) return false;
          if (!rows.supersede(sight, old.id, memory.id, { ...old, supersededBy: memory.id })) return false;
        }
        rows.insert(memoryRow(memory));
        return true;
      });
      if (!isKept)
        throw new AppError(
          'memory.misplaced',
          `${memory.id} corrects ${memory.supersedes ?? ''}, which is not there, was corrected before, or is elsewhere.`,
        );
    },
    saveVector: (sight, id, { model, values }) =>
      database.write(() => {
        rows.saveVector(sight, id, model, values);
      }),
    search(sight, query, now) {
      // Likewise.
      return rows.search(sight, query, now) as Promise<Ranked<Memory>>;
    },
    read(sight, ids) {
      const found = new Map(read(sight, ids).map((memory) => [memory.id, memory]));
      return Promise.resolve(ids.flatMap((id) => found.get(id) ?? []));
    },
    list(sight, { author, isHere, isWithPast, isHeld, cursor, limit }, now) {
      const sql: string[] = ['1 = 1'];
      const values: (string | number)[] = [];
      const where = (condition: string, ...given: readonly (string | number)[]): void => {
        sql.push(condition);
        values.push(...given);
      };
      if (author !== undefined) where('r.family = ?', author);
      if (isHere === true && sight.kind === 'audience') where('r.channel = ?', sight.channel);
      if (isHeld === true) where('r.valid_from = ?', heldFrom);
      else if (isWithPast !== true)
        where(
          'r.superseded_by IS NULL AND r.valid_from <= ? AND (r.valid_until IS NULL OR r.valid_until > ?)',
          now,
          now,
        );
      if (cursor !== undefined)
        where(
          'r.number < (SELECT c.number FROM sighted c WHERE c.id = ? AND c.workspace = r.workspace)',
          cursor,
        );
      // Likewise.
      const found = rows.find(sight, { sql: sql.join(' AND '), values }, 'r.number DESC', limit) as Memory[];
      return Promise.resolve(found);
    },
    findDerived(sight, id) {
      const chain = chainOf(sight, id);
      if (chain.length === 0) return Promise.resolve(undefined);
      const vectors = rows.countVectors(
        sight,
        chain.map((memory) => memory.id),
      );
      return Promise.resolve({ chain, vectors });
    },
    async forget(sight, id) {
      const gone = await database.write(() => {
        const chain = chainOf(sight, id);
        rows.removeIds(
          sight,
          chain.map((memory) => memory.id),
        );
        return chain;
      });
      if (gone.length > 0) database.emptyLogSoon();
      return gone;
    },
    async undo(sight, id) {
      const isDone = await database.write(() => {
        const [memory] = read(sight, [id]);
        if (memory === undefined) return false;
        rows.removeIds(sight, [id]);
        const [old] = memory.supersedes === undefined ? [] : read(sight, [memory.supersedes]);
        if (old !== undefined) {
          const { supersededBy: _gone, ...current } = old;
          rows.restore(sight, old.id, current);
        }
        return true;
      });
      if (isDone) database.emptyLogSoon();
      return isDone;
    },
    listWithoutVector: (sight, kind, limit, without = []) =>
      // Likewise.
      Promise.resolve(rows.listWithoutVector(sight, kind, limit, without) as Memory[]),
  };
}
