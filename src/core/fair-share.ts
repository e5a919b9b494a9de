/** Whose turn it is when there is more to do than room for it. Pure. */
import { groupBy } from './group-by.ts';

/** Where something comes from, and from whom: `slack:T01/C1/171…` is of the channel C1 in the workspace T01. */
export interface Origin {
  readonly thread: string;
  readonly by: string;
}

/** Very many of one person in a channel, of one channel, or of one workspace: all threads that begin so. */
export interface Crowd {
  readonly prefix: string;
  readonly by?: string;
}

/**
 * At most `limit` of `entries`: always the next one of whoever has the fewest at work or chosen, first by workspace, then
 * by channel, then by person, each in its own order. So whoever asks for very much holds up no other one.
 */
export function fairShare<T extends Origin>(
  entries: readonly T[],
  limit: number,
  atWork: readonly Origin[] = [],
): readonly T[] {
  if (entries.length <= limit) return entries;
  const counts = new Map<string, number>();
  const countOf = (key: string): number => counts.get(key) ?? 0;
  const add = (origin: Origin): void => {
    for (const key of keysOf(origin)) counts.set(key, countOf(key) + 1);
  };
  for (const origin of atWork) add(origin);
  const queues = [...groupBy(entries, (entry) => keysOf(entry).join(' ')).values()].map((own) => ({
    own,
    taken: 0,
  }));
  const chosen: T[] = [];
  while (chosen.length < limit) {
    let next: { readonly entry: T; readonly queue: { taken: number }; readonly rank: Rank } | undefined;
    for (const queue of queues) {
      const entry = queue.own[queue.taken];
      if (entry === undefined) continue;
      const [workspace, place, person] = keysOf(entry);
      const rank: Rank = [countOf(workspace), countOf(place), countOf(person)];
      if (next === undefined || isBefore(rank, next.rank)) next = { entry, queue, rank };
    }
    if (next === undefined) break;
    next.queue.taken += 1;
    add(next.entry);
    chosen.push(next.entry);
  }
  return chosen;
}

type Rank = readonly [workspace: number, place: number, person: number];

function isBefore(one: Rank, other: Rank): boolean {
  if (one[0] !== other[0]) return one[0] < other[0];
  return one[1] === other[1] ? one[2] < other[2] : one[1] < other[1];
}

/** How many that are due are looked at when so many may be taken. */
export const lookedAt = (limit: number): number => Math.max(200, limit * 8);

/** How often is looked behind crowds. */
export const mostLooks = 6;

/** Who fills so much of a page that others may stand behind it: as few as account for it. */
export function findCrowds(page: readonly Origin[]): readonly Crowd[] {
  const levels: readonly ((origin: Origin) => Crowd)[] = [
    ({ thread, by }) => ({ prefix: placeOf(thread), by }),
    ({ thread }) => ({ prefix: placeOf(thread) }),
    ({ thread }) => ({ prefix: workspaceOf(thread) }),
  ];
  for (const crowdOf of levels) {
    const groups = groupBy(page, (origin) => JSON.stringify(crowdOf(origin)));
    const large = [...groups.values()].filter(({ length }) => length * 4 >= page.length);
    if (large.length > 0) return large.flatMap(([origin]) => (origin === undefined ? [] : [crowdOf(origin)]));
  }
  return [];
}

function keysOf({ thread, by }: Origin): readonly [workspace: string, place: string, person: string] {
  const place = placeOf(thread);
  return [`w ${workspaceOf(thread)}`, `p ${place}`, `b ${place} ${by}`];
}

/** `slack:T01/C1/` of `slack:T01/C1/171…`. */
function placeOf(thread: string): string {
  return thread.slice(0, thread.lastIndexOf('/') + 1) || thread;
}

/** `slack:T01/` of `slack:T01/C1/171…`; each channel of the console counts as one. */
function workspaceOf(thread: string): string {
  return thread.slice(0, thread.indexOf('/') + 1) || thread;
}
