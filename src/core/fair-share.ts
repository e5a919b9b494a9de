/** Whose turn it is when there is more to do than room for it. Pure. */
import { groupBy } from './group-by.ts';

/**
 * At most `limit` of `entries`: one of each group in turn, in the order of `groupOf`'s first appearance, each group in
 * its own order. So a group with very many entries does not hold up another one with few.
 */
export function fairShare<T>(
  entries: readonly T[],
  limit: number,
  groupOf: (entry: T) => string,
): readonly T[] {
  if (entries.length <= limit) return entries;
  const groups = groupBy(entries, groupOf);
  const chosen: T[] = [];
  for (let turn = 0; chosen.length < limit; turn += 1) {
    for (const group of groups.values()) {
      const entry = group[turn];
      if (entry !== undefined && chosen.length < limit) chosen.push(entry);
    }
  }
  return chosen;
}

/** `slack:T01/C1/171…` belongs to `slack:T01/C1`: one busy channel, or workspace, is one group. */
export function placeOf(thread: string): string {
  const slash = thread.lastIndexOf('/');
  return slash < 0 ? thread : thread.slice(0, slash);
}

/** How many that are due are looked at for one that is taken. */
export const lookedAtPerTaken = 8;
