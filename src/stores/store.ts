/** What the app keeps things in: every port, on one database. */
import type { ChatStore, DeliveryStore, InstallationStore } from '../chat/store.ts';
import type { Clock } from '../core/clock.ts';
import type { PassageStore } from '../context/store.ts';
import type { LedgerStore } from '../ledger/store.ts';
import type { MemoryStore, SourceIndex } from '../memory/store.ts';
import type { ActivityStore, RunStore, SignalStore } from '../runs/store.ts';
import type { ScheduleStore } from '../schedule/store.ts';

/** How well something can be searched, for an operator. */
export interface SearchCheck {
  readonly level: 'ok' | 'warn' | 'FAIL';
  readonly detail: string;
}

export interface Store {
  readonly ledger: LedgerStore;
  readonly runs: RunStore;
  readonly activity: ActivityStore;
  readonly chat: ChatStore;
  readonly deliveries: DeliveryStore;
  readonly memories: MemoryStore;
  readonly passages: PassageStore;
  readonly sources: SourceIndex;
  readonly installations: InstallationStore;
  readonly signals: SignalStore;
  readonly schedules: ScheduleStore;
  /** The organisation's id: made once, when the store is. */
  readonly organisation: string;
  /** The time that everybody goes by who shares it, as far as this process can tell, whatever its own clock says. */
  readonly clock: Clock;
  /** Where it is, as people read it; without any password. */
  readonly place: string;
  /** Writes a complete copy as of one moment to a file that does not exist yet, while everything goes on. */
  backUp(file: string): Promise<void>;
  /** The indexes of a search server, where the store could have one. */
  checkSearch(): Promise<readonly SearchCheck[]>;
  close(): Promise<void>;
}
