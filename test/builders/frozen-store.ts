/**
 * A store whose process stands still: from one of its commits on nothing is answered, as for a process that was killed,
 * or stopped and woken up later. That commit was not made, or it was and nobody has been told.
 */
import type { LedgerStore } from '../../src/ledger/store.ts';
import type { Store } from '../../src/stores/store.ts';

export interface FrozenStore {
  readonly store: Store;
  /** It stands still instead of beginning the commit after so many more, or once that one is durable. */
  freezeAfter(commits: number, when?: 'before' | 'after'): void;
  isFrozen(): boolean;
  /** It wakes up, and what was begun goes on. */
  thaw(): void;
}

export function aFrozenStore(inner: Store): FrozenStore {
  let left = Number.POSITIVE_INFINITY;
  let isMade = false;
  let wake: () => void = () => undefined;
  let asleep: Promise<void> | undefined;
  const freeze = (): void => {
    asleep ??= new Promise((resolve) => (wake = resolve));
  };
  /** The same part, every call of which waits while it stands still. */
  const slow = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function' || name === 'readAll') return value;
        return async (...given: unknown[]): Promise<unknown> => {
          await asleep;
          const answer: unknown = Reflect.apply(value, target, given);
          return answer;
        };
      },
    });
  const ledger: LedgerStore = slow({
    ...inner.ledger,
    async append(draft, rows) {
      left -= 1;
      const isLast = left === -1;
      if (left < 0 && !(isLast && isMade)) freeze();
      await asleep;
      const appended = await inner.ledger.append(draft, rows);
      if (isLast && isMade) freeze();
      await asleep;
      return appended;
    },
  });
  return {
    store: {
      ...inner,
      ledger,
      runs: slow(inner.runs),
      chat: slow(inner.chat),
      deliveries: slow(inner.deliveries),
    },
    freezeAfter(commits, when = 'before') {
      left = commits;
      isMade = when === 'after';
    },
    isFrozen: () => asleep !== undefined,
    thaw() {
      left = Number.POSITIVE_INFINITY;
      asleep = undefined;
      wake();
    },
  };
}
