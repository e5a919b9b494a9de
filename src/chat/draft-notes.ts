/**
 * Which threads may hold a draft that nobody will finish: noted before it is begun, so that a process that comes after
 * one that died takes away what that one left half written.
 */
import type { ThreadId, WorkerId } from '../core/ids.ts';
import type { DeliveryStore } from './store.ts';

export interface DraftNotes {
  /** A draft is about to stand in the thread; durable when it resolves. */
  begun(thread: ThreadId): Promise<void>;
  /** No draft stands there any more. */
  over(thread: ThreadId): Promise<void>;
  /** True when one may stand there. */
  isLeft(thread: ThreadId): Promise<boolean>;
}

const open = 'open';

/** Beside the deliveries: a draft is a message of ours that shows no item. */
export function createDraftNotes(deliveries: DeliveryStore, worker: WorkerId): DraftNotes {
  const noteOf = (thread: ThreadId): string => `draft/${thread}`;
  return {
    async begun(thread) {
      await deliveries.claim(noteOf(thread), thread, worker, 0);
      await deliveries.save(noteOf(thread), open, '');
    },
    over: (thread) => deliveries.save(noteOf(thread), '', ''),
    isLeft: async (thread) => (await deliveries.find(noteOf(thread)))?.reference === open,
  };
}
