import type { Stamp } from '../ledger/fold.ts';

/** A place in the ledger: the event's number and when it landed. */
export interface Mark {
  readonly number: number;
  readonly stamp: Stamp;
}
