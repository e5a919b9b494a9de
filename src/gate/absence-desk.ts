/**
 * People who are away: nobody reminds them, and whom they name decides for them, where they may decide.
 *
 * Recorded in the ledger and read again before every vote, so all processes know it. It ends by itself; whatever is in
 * doubt (a stand-in whom nobody knows any more, a moment that has passed) gives nobody anything.
 */
import type { Clock } from '../core/clock.ts';
import type { ActorId } from '../core/ids.ts';
import type { LedgerStore } from '../ledger/store.ts';
import { createPeople } from '../people/create-people.ts';
import type { Absence, People } from '../people/person.ts';
import { openAbsenceStream } from './absence-state.ts';
import type { AbsenceState } from './absence-state.ts';

export interface AbsenceDesk {
  /** People with those who are away at this moment. */
  over(people: People): People;
  /** Reads what other processes recorded; true when somebody has left or is back since the last look. */
  read(): Promise<boolean>;
  /** `by` says so: the person, or whoever runs the bot. */
  begin(absence: Absence, by: string): Promise<void>;
  /** False when he was not away. */
  end(person: ActorId, by: string): Promise<boolean>;
}

export interface AbsenceDeskOptions {
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  /** Somebody can decide more, or less, than before. */
  onChanged(): void;
}

export function createAbsenceDesk({ ledger, clock, onChanged }: AbsenceDeskOptions): AbsenceDesk {
  const stream = openAbsenceStream(ledger);
  let shown: { readonly of: People; readonly key: string; readonly people: People } | undefined;
  let lastKey = '';

  const now = (): number => clock.now().getTime();
  const keyOf = (absences: AbsenceState): string => JSON.stringify(absences);
  const current = (): AbsenceState => stream.known().filter(({ until }) => until > now());

  return {
    over(people) {
      const absences = current();
      if (absences.length === 0) return people;
      const key = keyOf(absences);
      if (shown?.of !== people || shown.key !== key)
        shown = { of: people, key, people: withAbsences(people, absences) };
      return shown.people;
    },
    async read() {
      await stream.read();
      const key = keyOf(current());
      const isChanged = key !== lastKey;
      lastKey = key;
      return isChanged;
    },
    async begin({ person, until, delegate }, by) {
      const data = { person, until, ...(delegate !== undefined && { delegate }) };
      await stream.append(by, () => [{ kind: 'absence.begun', v: 1, data }]);
      onChanged();
    },
    async end(person, by) {
      const seen: boolean[] = [];
      await stream.append(by, (state) => {
        seen.push(state.some((entry) => entry.person === person && entry.until > now()));
        return seen.at(-1) === true ? [{ kind: 'absence.ended', v: 1, data: { person } }] : [];
      });
      const wasAway = seen.at(-1) === true;
      if (wasAway) onChanged();
      return wasAway;
    },
  };
}

function withAbsences(people: People, absences: AbsenceState): People {
  const known = absences.filter(({ person }) => people.findPerson(person) !== undefined);
  return createPeople({ ...people, absences: known });
}
