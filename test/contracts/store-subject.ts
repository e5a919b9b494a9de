/** What the store contracts are run against: a database that starts empty, and processes that share it. */
import type { Store } from '../../src/stores/store.ts';

export type { Store };

export interface StoreSubject {
  readonly name: string;
  /**
   * Set for a server that finds a document and changes it in two steps, so that two changes under one condition may
   * both succeed: what rests on that (who works on a run, who posts an item) is not asked of it.
   */
  readonly changesInTwoSteps?: boolean;
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
