/**
 * Drafts: an answer shown while it is written, as far as a platform can grow a message.
 *
 * A draft is never state. It is closed when the words end, before any wait; then the message that the ledger holds is
 * shown in its place, and a draft that no message follows is taken away. Short answers never have one. What a process
 * that died left half written is taken away by the next one that writes or answers in that thread.
 */
import type { Clock, Timer } from '../core/clock.ts';
import { pause } from '../core/clock.ts';
import type { ThreadId } from '../core/ids.ts';
import type { Draft, ShownItem } from './adapter.ts';
import { asAgentsWords } from './card-words.ts';
import type { DraftNotes } from './draft-notes.ts';

/** How one platform shows a message that grows; nothing here throws. */
export interface DraftSurface<Handle> {
  /** Undefined when it cannot be shown, or not now. */
  begin(thread: ThreadId, draft: Draft): Promise<Handle | undefined>;
  /** Shows all of the text, of which `shown` is there already. False when the message cannot grow any more. */
  grow(handle: Handle, text: string, shown: string): Promise<boolean>;
  close(handle: Handle): Promise<void>;
  remove(handle: Handle): Promise<void>;
  /** Takes away every draft in the thread; false when that is not certain. */
  clear(thread: ThreadId): Promise<boolean>;
}

export interface Drafts<Handle> {
  show(thread: ThreadId, draft: Draft): void;
  /**
   * The draft of these words, closed, for whoever shows them for good; undefined when there is none. A draft whose
   * words have ended is closed when this resolves, so that no card ever stands below a message that still grows.
   */
  take(thread: ThreadId, item: ShownItem): Promise<Handle | undefined>;
  /** The draft that was taken is an item now. */
  adopted(thread: ThreadId): void;
  /** Takes away what is under way. */
  stop(): Promise<void>;
}

export interface DraftsOptions<Handle> {
  readonly clock: Clock;
  readonly surface: DraftSurface<Handle>;
  readonly growEveryMs: number;
  /** Undefined where nothing is kept: then a draft outlives a process that is killed. */
  readonly notes: DraftNotes | undefined;
}

interface Entry<Handle> {
  draft: Draft;
  shown: string;
  handle: Handle | undefined;
  canGrow: boolean;
  isTaken: boolean;
  work: Promise<void>;
}

/** An answer that is there sooner needs no draft. */
const beginAfterMs = 1_200;
/** Words of a turn that ends in calls have no message of their own. */
const removeAfterMs = 5_000;
const lookEveryMs = 100;
const threadsKnown = 5_000;

export function createDrafts<Handle>(options: DraftsOptions<Handle>): Drafts<Handle> {
  const { clock, surface, growEveryMs, notes } = options;
  /** Threads of which this process knows that no other one's draft stands there. */
  const looked = new Map<ThreadId, Promise<void>>();
  const entries = new Map<ThreadId, Entry<Handle>>();
  const timers = new Set<Timer>();
  let isStopped = false;
  const isOver = (entry: Entry<Handle>): boolean => entry.draft.isDone || isStopped;

  async function clearLeft(thread: ThreadId): Promise<void> {
    try {
      if (notes === undefined || !(await notes.isLeft(thread))) return;
      if (await surface.clear(thread)) await notes.over(thread);
      else looked.delete(thread);
    } catch {
      // The store or the platform is away: the next words look again.
      looked.delete(thread);
    }
  }

  /** Whoever writes or answers in a thread is alone in it, so a draft that is none of his is nobody's. */
  function look(thread: ThreadId): Promise<void> {
    const known = looked.get(thread);
    if (known !== undefined) return known;
    if (entries.has(thread)) return Promise.resolve();
    if (looked.size >= threadsKnown) looked.clear();
    const work = clearLeft(thread);
    looked.set(thread, work);
    return work;
  }

  /** False when a draft could not be noted: then there is none. */
  async function note(thread: ThreadId): Promise<boolean> {
    try {
      await notes?.begun(thread);
      return true;
    } catch {
      return false;
    }
  }

  async function over(thread: ThreadId): Promise<void> {
    // A note that stays only costs whoever comes after a look.
    await notes?.over(thread).catch(() => undefined);
  }

  /** Resolves after a while, or sooner when the words have ended. */
  async function rest(entry: Entry<Handle>, ms: number): Promise<void> {
    const end = clock.monotonicMs() + ms;
    while (!isOver(entry) && clock.monotonicMs() < end) await pause(clock, Math.min(lookEveryMs, ms));
  }

  async function work(thread: ThreadId, entry: Entry<Handle>, left: Promise<void>): Promise<void> {
    await rest(entry, beginAfterMs);
    if (isOver(entry)) return;
    const first = entry.draft;
    await left;
    // What reads like a card is only ever shown quoted, which the message itself does.
    const mayBegin = isShownAsWritten(first.text) && (await note(thread));
    const handle = mayBegin ? await surface.begin(thread, first) : undefined;
    if (handle === undefined) {
      await rest(entry, Infinity);
      return;
    }
    entry.handle = handle;
    entry.shown = first.text;
    for (;;) {
      await rest(entry, growEveryMs);
      const { text } = entry.draft;
      // What redaction or a second attempt changed cannot be taken back here; the message itself will say it.
      if (!text.startsWith(entry.shown) || !isShownAsWritten(text)) entry.canGrow = false;
      if (isOver(entry)) break;
      if (!entry.canGrow || text === entry.shown) continue;
      entry.canGrow = await surface.grow(handle, text, entry.shown);
      entry.shown = text;
    }
    await surface.close(handle);
    if (isStopped) await surface.remove(handle);
  }

  function begin(thread: ThreadId, draft: Draft): Entry<Handle> {
    const left = look(thread);
    const entry: Entry<Handle> = {
      draft,
      shown: '',
      handle: undefined,
      canGrow: true,
      isTaken: false,
      work: Promise.resolve(),
    };
    entry.work = work(thread, entry, left).then(() => {
      if (entry.handle === undefined || entry.isTaken || isStopped) return;
      const timer = clock.after(removeAfterMs, () => {
        timers.delete(timer);
        void forget(thread, entry);
      });
      timers.add(timer);
    });
    entries.set(thread, entry);
    return entry;
  }

  async function forget(thread: ThreadId, entry: Entry<Handle>): Promise<void> {
    if (entries.get(thread) === entry) entries.delete(thread);
    if (entry.isTaken || entry.handle === undefined) return;
    entry.isTaken = true;
    await surface.remove(entry.handle);
    await over(thread);
  }

  return {
    show(thread, draft) {
      if (isStopped) return;
      const known = entries.get(thread);
      if (known !== undefined && !known.draft.isDone) {
        known.draft = draft;
        return;
      }
      if (draft.isDone || draft.text.trim() === '') {
        void look(thread);
        return;
      }
      // The words of the next turn: what the last one said is no answer.
      if (known !== undefined) void known.work.then(() => forget(thread, known));
      begin(thread, draft);
    },
    async take(thread, item) {
      const isAnswer = item.kind === 'message' && item.card === undefined;
      if (isAnswer) await look(thread);
      const entry = entries.get(thread);
      if (entry?.draft.isDone !== true) return undefined;
      if (!isAnswer || entry.draft.text.trim() !== item.text.trim()) {
        await entry.work;
        return undefined;
      }
      entries.delete(thread);
      const wasTaken = entry.isTaken;
      entry.isTaken = true;
      await entry.work;
      return wasTaken ? undefined : entry.handle;
    },
    adopted: (thread) => void over(thread),
    async stop() {
      isStopped = true;
      for (const timer of timers) timer.cancel();
      const all = [...entries];
      await Promise.all(all.map(([, entry]) => entry.work));
      await Promise.all(all.map(([thread, entry]) => forget(thread, entry)));
    },
  };
}

function isShownAsWritten(text: string): boolean {
  return asAgentsWords(text) === text;
}
