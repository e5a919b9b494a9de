/**
 * Fusing rankings by reciprocal rank. Pure.
 *
 * Scores of different methods mean different things; ranks do not. What two methods find counts twice.
 */
const damping = 60;

export interface Ranking<Item> {
  readonly items: readonly Item[];
  readonly weight: number;
}

/** Best first; ties keep the order in which the rankings first name them. */
export function fuse<Item>(
  rankings: readonly Ranking<Item>[],
  idOf: (item: Item) => string,
): readonly Item[] {
  const found = new Map<string, { readonly item: Item; score: number }>();
  for (const { items, weight } of rankings) {
    for (const [rank, item] of items.entries()) {
      const id = idOf(item);
      const entry = found.get(id) ?? { item, score: 0 };
      entry.score += weight / (damping + rank + 1);
      found.set(id, entry);
    }
  }
  return [...found.values()].sort((left, right) => right.score - left.score).map(({ item }) => item);
}
