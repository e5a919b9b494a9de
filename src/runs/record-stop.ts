/** Records in a run's ledger that it is stopped; whoever sweeps next takes the run up and ends it. */
import type { Clock } from '../core/clock.ts';
import type { ActorId, RunId } from '../core/ids.ts';
import type { LedgerStore } from '../ledger/store.ts';
import { runEvent } from './run-events.ts';
import { isFinished } from './run-state.ts';
import type { RunState } from './run-state.ts';
import { createRunsBeside } from './runs-beside.ts';

export interface RecordStopOptions {
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  /** Nothing that the run did is taken back. */
  readonly isFinal?: true;
  /** Why whoever asks may not stop this one. */
  readonly whyNot?: (state: RunState) => string | undefined;
}

export type RecordedStop =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'over'; readonly status: RunState['status'] }
  | { readonly kind: 'refused'; readonly text: string }
  | { readonly kind: 'not-found' };

/** For use beside a running bot or without one. */
export async function recordStop(
  { ledger, clock, whyNot, isFinal }: RecordStopOptions,
  id: RunId,
  by: ActorId,
  reason: string,
): Promise<RecordedStop> {
  const runs = createRunsBeside({ ledger, clock });
  const run = await runs.open(id);
  if (run === undefined) return { kind: 'not-found' };
  try {
    if (isFinished(run.state())) return { kind: 'over', status: run.state().status };
    const refused = whyNot?.(run.state());
    if (refused !== undefined) return { kind: 'refused', text: refused };
    runs.leaveToSweep(run);
    run.stream.append({
      sort: 'fact',
      by,
      // One that takes back what it did is stopped for good only by who says so.
      isKnown: (state) =>
        isFinished(state) ||
        (state.stopped !== undefined && (isFinal !== true || state.stopped.isFinal === true)),
      events: [runEvent('run.stopped', { by, ...(isFinal === true && { isFinal }) }, { reason })],
    });
    await run.stream.durable();
    return { kind: 'stopped' };
  } finally {
    runs.close(run);
  }
}
