/** Who is away, until when, and who decides for him meanwhile, folded from the stream `people/absences`. Pure. */
import { asActorId } from '../core/ids.ts';
import type { FoldedEvent } from '../ledger/fold.ts';
import { createSmallStream, numberField, textField } from '../ledger/small-stream.ts';
import type { SmallStream } from '../ledger/small-stream.ts';
import type { LedgerStore } from '../ledger/store.ts';
import type { Absence } from '../people/person.ts';

/** One per person: the latest word counts. */
export type AbsenceState = readonly Absence[];

export function openAbsenceStream(store: LedgerStore): SmallStream<AbsenceState> {
  return createSmallStream<AbsenceState>({
    store,
    stream: 'people/absences',
    empty: [],
    fold: foldAbsences,
  });
}

export function foldAbsences(state: AbsenceState, event: FoldedEvent): AbsenceState {
  if (event.v !== 1 || (event.kind !== 'absence.begun' && event.kind !== 'absence.ended')) return state;
  const person = asActorId(textField(event, 'person'));
  const others = state.filter((entry) => entry.person !== person);
  if (event.kind === 'absence.ended') return others;
  const { delegate } = event.data;
  return [
    ...others,
    {
      person,
      until: numberField(event, 'until'),
      ...(typeof delegate === 'string' && { delegate: asActorId(delegate) }),
    },
  ];
}
