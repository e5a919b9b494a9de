/**
 * Epochs: a store that was restored from a backup begins a new one.
 *
 * Between backup and restore calls may have been sent that the store knows nothing of. What was under way at the
 * backup could send them a second time; so it is stopped before anything else happens, and people ask again for
 * what is still needed.
 */
import { AppError } from '../core/errors.ts';
import type { FoldedEvent } from './fold.ts';
import { createSmallStream, numberField } from './small-stream.ts';
import type { SmallStream } from './small-stream.ts';
import type { LedgerStore } from './store.ts';

export const epochStream = 'epochs';

export interface EpochState {
  /** 0 for a store that was never restored. */
  readonly number: number;
  /** Who said that it was restored. */
  readonly by: string;
  /** True once everything that was under way is stopped. */
  readonly isSettled: boolean;
}

const first: EpochState = { number: 0, by: 'bot', isSettled: true };

export function openEpochs(store: LedgerStore): SmallStream<EpochState> {
  return createSmallStream({ store, stream: epochStream, empty: first, fold: foldEpoch });
}

export function foldEpoch(state: EpochState, event: FoldedEvent): EpochState {
  if (event.v === 1 && event.kind === 'epoch.begun')
    return { number: numberField(event, 'number'), by: event.by, isSettled: false };
  if (event.v === 1 && event.kind === 'epoch.settled')
    return state.number === numberField(event, 'number') ? { ...state, isSettled: true } : state;
  throw new AppError('ledger.unknown-event', `${epochStream} holds ${event.kind} v${String(event.v)}.`);
}
