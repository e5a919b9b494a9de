/** What the store contracts are run against: a database that starts empty, and processes that share it. */
import type { ChatStore, DeliveryStore } from '../../src/chat/store.ts';
import type { LedgerStore } from '../../src/ledger/store.ts';
import type { RunStore } from '../../src/runs/store.ts';

/** The ports that have a contract. */
export interface Store {
  readonly ledger: LedgerStore;
  readonly runs: RunStore;
  readonly chat: ChatStore;
  readonly deliveries: DeliveryStore;
}

export interface StoreSubject {
  readonly name: string;
  /** An empty database. */
  open(): Promise<StoreUnderTest>;
}

export interface StoreUnderTest {
  readonly store: Store;
  /** The same data as another process of the bot sees it. */
  readonly other: Store;
  /** Lets this much of the store's time pass. */
  passes(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Whoever races is spread over both processes. */
export function storeOf({ store, other }: StoreUnderTest, index: number): Store {
  return index % 2 === 0 ? store : other;
}
