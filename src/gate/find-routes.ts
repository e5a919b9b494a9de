/**
 * Where an approval's card goes beside its thread. Pure.
 *
 * `thread` adds direct messages to those who may decide and do not read along, `dm` to all who may decide, `@name` to
 * the persons of a name or a role, and everything else is a channel.
 */
import type { ThreadId } from '../core/ids.ts';
import { asThreadId } from '../core/ids.ts';
import type { People, Person } from '../people/person.ts';
import type { ApprovalState } from '../runs/run-state.ts';

export interface Wish {
  readonly persons: readonly Person[];
  /** Channels by their whole name; the top of each is where the card stands. */
  readonly places: readonly ThreadId[];
}

export interface RouteQuestion {
  readonly approval: Pick<ApprovalState, 'notify'>;
  /** Who may still decide it. */
  readonly left: readonly Person[];
  /** The surface that its run is on. */
  readonly surface: string;
  readonly people: People;
  /** Whether a person reads the thread anyway. */
  readsAlong(person: Person): boolean;
}

export function findRoutes({ approval, left, surface, people, readsAlong }: RouteQuestion): Wish {
  const persons = new Set<Person>();
  const places = new Set<ThreadId>();
  for (const wish of approval.notify.split(' ')) {
    if (wish === 'thread') left.filter((person) => !readsAlong(person)).forEach((one) => persons.add(one));
    else if (wish === 'dm') left.forEach((person) => persons.add(person));
    else if (wish.startsWith('@')) people.expand([wish.slice(1)]).forEach((person) => persons.add(person));
    else if (wish.includes(':')) places.add(asThreadId(wish));
    // A channel of the console has no copies: whoever may decide finds the card in the inbox.
    else if (surface !== 'console' && wish.includes('/')) places.add(asThreadId(`${surface}:${wish}`));
  }
  return { persons: [...persons], places: [...places] };
}

/** True when a wish needs to know who reads along. */
export function asksWhoReads({ notify }: Pick<ApprovalState, 'notify'>): boolean {
  return notify.split(' ').includes('thread');
}
