/** Runs as a program beside the bot holds them: it keeps no lease, works on none, and reacts to nothing. */
import type { Clock } from '../core/clock.ts';
import { newWorkerId } from '../core/ids.ts';
import type { LedgerStore } from '../ledger/store.ts';
import { createOpenRuns } from './open-runs.ts';
import type { OpenRun, OpenRuns } from './open-runs.ts';

export interface RunsBesideOptions {
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  /** True when a running bot has to react to what is recorded here. */
  readonly isPending?: boolean;
}

export interface RunsBeside extends OpenRuns {
  /** Leaves a run with a lease that is over: whoever sweeps next takes it up and finds what was recorded. */
  leaveToSweep(run: OpenRun): void;
}

export function createRunsBeside({ ledger, clock, isPending = false }: RunsBesideOptions): RunsBeside {
  const worker = newWorkerId();
  const runs = createOpenRuns({
    ledger,
    clock,
    isPending: () => isPending,
    onLanded: () => undefined,
    onMoved: () => undefined,
  });
  return {
    ...runs,
    leaveToSweep(run) {
      run.lease = { worker, lastsMs: 0 };
    },
  };
}
