/** What the pages that only look are made of. */
import type { Clock } from '../../core/clock.ts';
import type { Policy } from '../../gate/policy.ts';
import type { LedgerStore } from '../../ledger/store.ts';
import type { People } from '../../people/person.ts';
import type { ActivityStore, RunStore, SignalStore } from '../../runs/store.ts';
import type { RunViews } from '../run-views.ts';
import type { HealthJson } from '../shapes.ts';

export interface LookOptions {
  readonly store: {
    readonly ledger: LedgerStore;
    readonly runs: RunStore;
    readonly activity: ActivityStore;
    readonly signals: SignalStore;
  };
  readonly clock: Clock;
  readonly views: Pick<RunViews, 'mayRead' | 'withState'>;
  people(): People;
  policy(): Policy;
  titleOf(workflow: string): string;
  health(): Promise<HealthJson>;
}
