/**
 * Events as a fold reads them: with their place in the stream and the texts that were kept beside them.
 */
import type { JsonObject } from '../core/json.ts';
import type { Body, Commit } from './commit.ts';

/**
 * When and where a commit stands. Shared by all its events.
 *
 * Until the commit has landed, `at` is this process's own guess; the writer then puts the store's time in its
 * place, so whoever keeps the stamp reads the true moment.
 */
export interface Stamp {
  at: Date;
  isLanded: boolean;
}

/** An event to append. Fields in `texts` are kept as bodies: unhashed, erasable, committed to by a salted hash. */
export interface EventDraft {
  readonly kind: string;
  readonly v: number;
  readonly data: JsonObject;
  readonly texts?: Readonly<Record<string, string>>;
}

export interface FoldedEvent {
  readonly kind: string;
  readonly v: number;
  readonly data: JsonObject;
  /** Counts events of the stream from 1: the number that people see on audit lines. */
  readonly number: number;
  readonly by: string;
  readonly stamp: Stamp;
  /** The text of a body field, or undefined once it was erased. */
  text(field: string): string | undefined;
  /** The same with its salt: whoever acts on a text first compares it with its commitment. */
  body(field: string): Body | undefined;
}

/** A pure step: takes the state and an event, and returns the state after it. May reuse and alter its argument. */
export type Fold<State> = (state: State, event: FoldedEvent) => State;

export function textOf(
  data: JsonObject,
  bodies: Readonly<Record<string, Body>>,
  field: string,
): string | undefined {
  return bodyOf(data, bodies, field)?.text;
}

function bodyOf(data: JsonObject, bodies: Readonly<Record<string, Body>>, field: string): Body | undefined {
  const reference = data[field];
  if (typeof reference !== 'object' || reference === null || !('body' in reference)) return undefined;
  const name = reference.body;
  return typeof name === 'string' ? bodies[name] : undefined;
}

/** How an event's fold reads the texts that its commit carries. */
export function readerOf(
  data: JsonObject,
  bodies: Readonly<Record<string, Body>>,
): Pick<FoldedEvent, 'text' | 'body'> {
  return {
    text: (field) => textOf(data, bodies, field),
    body: (field) => bodyOf(data, bodies, field),
  };
}

/** Folds commits that stand, from the first to the last. */
export function foldStream<State>(commits: readonly Commit[], empty: State, fold: Fold<State>): State {
  let state = empty;
  let number = 0;
  for (const { events, bodies, by, landedAt } of commits) {
    const stamp: Stamp = { at: landedAt, isLanded: true };
    for (const { kind, v, data } of events) {
      number += 1;
      state = fold(state, { kind, v, data, number, by, stamp, ...readerOf(data, bodies) });
    }
  }
  return state;
}
