/**
 * In whose place somebody decides. Pure.
 *
 * Each person takes one seat in a question: his own where he is entitled to one, else that of somebody who is away and
 * has named him. So a stand-in never adds to what the two could come to together, and never holds two seats at once;
 * whoever stands in for somebody does not hand that on.
 */
import type { ActorId } from '../core/ids.ts';
import type { People } from '../people/person.ts';

export interface Seats {
  /** Undefined for somebody who has no seat. */
  seatOf(person: ActorId): ActorId | undefined;
  /** Who stands in for this person now, if anybody does. */
  standInFor(person: ActorId): ActorId | undefined;
  isAway(person: ActorId): boolean;
}

export interface SeatsQuestion {
  readonly people: People;
  /** Whom the question names, shut out or not. */
  readonly entitled: ReadonlySet<ActorId>;
  readonly votes: readonly ActorId[];
  /** Whether this person must keep out of what that one would decide. */
  mayStandIn(person: ActorId, delegator: ActorId): boolean;
}

export function assignSeats({ people, entitled, votes, mayStandIn }: SeatsQuestion): Seats {
  const voted = new Set(votes);
  const { absences } = people;

  function seatOf(person: ActorId): ActorId | undefined {
    if (entitled.has(person)) return person;
    if (people.findPerson(person) === undefined) return undefined;
    return absences
      .filter(
        (absence) =>
          absence.delegate === person &&
          entitled.has(absence.person) &&
          // Whoever has decided before he left has used his seat himself.
          !voted.has(absence.person) &&
          mayStandIn(person, absence.person),
      )
      .map((absence) => absence.person)
      .toSorted()[0];
  }

  return {
    seatOf,
    standInFor(person) {
      const delegate = absences.find((absence) => absence.person === person)?.delegate;
      return delegate !== undefined && seatOf(delegate) === person ? delegate : undefined;
    },
    isAway: (person) => absences.some((absence) => absence.person === person),
  };
}
