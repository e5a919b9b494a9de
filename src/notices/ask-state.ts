/** Who was asked by which card, folded from a day's stream `people/asks/<day>`. Pure. */
import type { ActorId } from '../core/ids.ts';
import { asActorId } from '../core/ids.ts';
import type { EventDraft, FoldedEvent } from '../ledger/fold.ts';
import { textField } from '../ledger/small-stream.ts';

/** A card that was brought to a person: by name in its thread, or in his direct messages. */
export interface BroughtCard {
  /** The run and the approval that it stands for: `run_…/apr_…`. */
  readonly card: string;
  readonly at: number;
}

/** In the order in which they came. */
export type AskState = ReadonlyMap<ActorId, readonly BroughtCard[]>;

export const nobodyAsked: AskState = new Map();

export function foldAsks(state: AskState, event: FoldedEvent): AskState {
  if (event.kind !== 'ask.brought' || event.v !== 1) return state;
  const card = textField(event, 'card');
  // Written by `broughtEvent` alone, as a list of texts.
  const persons = event.data['persons'] as readonly string[];
  const next = new Map(state);
  for (const person of persons.map(asActorId)) {
    const before = next.get(person) ?? [];
    next.set(person, [...before, { card, at: event.stamp.at.getTime() }]);
  }
  return next;
}

export function broughtEvent(card: string, persons: readonly ActorId[]): EventDraft {
  return { kind: 'ask.brought', v: 1, data: { card, persons: [...persons] } };
}
