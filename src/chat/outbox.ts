/**
 * The outbox: brings what threads should show to the platforms, once each, edited in place afterwards.
 *
 * What a thread should show follows from the ledger, so nothing is queued durably here: an item that was not
 * delivered is found again because its commit is still pending. Within a thread items appear in order; questions
 * to people go first, and a status card is edited at most every three seconds.
 *
 * Several processes show the same run, each from the commits it knows. A message never goes back to an earlier commit:
 * what was made from one is left out where a later one stands, and when both were on their way at once, whoever cannot
 * know which arrived last has it shown again.
 */
import type { Clock } from '../core/clock.ts';
import { AppError, describeError } from '../core/errors.ts';
import { sha256 } from '../core/hash.ts';
import type { ThreadId, WorkerId } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { surfaceOf } from '../core/surface-of.ts';
import type { ChatAdapter, ShownItem } from './adapter.ts';
import type { ParkedThreads } from './parked-threads.ts';
import type { Delivery, DeliveryStore } from './store.ts';

export interface Outbox {
  /**
   * Shows these items of a thread, made from the run's commit `from`. Resolves when all of them are shown, or will never
   * be. Items that change with no run's commits need no `from`.
   */
  show(thread: ThreadId, items: readonly ShownItem[], from?: number): Promise<void>;
  /**
   * Ends every wait and resolves when nothing is under way. What a platform does not take by then stays pending in
   * the ledger, and the next start shows it.
   */
  stop(): Promise<void>;
}

export interface OutboxOptions {
  readonly adapters: readonly ChatAdapter[];
  readonly deliveries: DeliveryStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly worker: WorkerId;
  readonly parked: ParkedThreads;
  /** This item may show something older than what another process has just made of it: it must be shown again. */
  readonly onOvertaken: (item: string) => void;
  /** Whom an item may tell by name, asked once it is posted for the first time. */
  namesFor(item: ShownItem, surface: string): Promise<readonly string[]>;
}

/** A process that lives renews its claims three times in it, however long a platform lets it wait. */
const staleClaimMs = 30_000;
/** How often somebody else's claim is looked at again, and for how long: until it would be stale, and a little more. */
const busyEveryMs = 5_000;
const mostBusyLooks = staleClaimMs / busyEveryMs + 2;
const statusEveryMs = 3_000;
/** How long after it was given up a request may still take effect. */
const lateMs = 3_000;
/** Of one item in a row, while others edit it as well. */
const mostEdits = 5;
const retryDelaysMs = [1_000, 5_000, 15_000, 30_000];

/** An item and the commit it was made from. */
interface Made {
  readonly item: ShownItem;
  readonly from: number;
}

interface Lane {
  readonly waiting: Map<string, Made>;
  /** Ends a rest in which nothing may go yet. */
  wake: (() => void) | undefined;
  working: Promise<void> | undefined;
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { clock, deliveries, logger, worker, parked } = options;
  const adapters = new Map(options.adapters.map((adapter) => [adapter.name, adapter]));
  const lanes = new Map<ThreadId, Lane>();
  /** What this process knows to be shown, so that an unchanged item costs nothing. Bounded by forgetting idle lanes. */
  const shown = new Map<string, string>();
  /** Claims of this process whose post failed without it being known whether it stands, and until when they are its own. */
  const unsettled = new Map<string, number>();
  /** Second messages of this process that are to be taken back: while it stood still, another one posted the item. */
  const twins = new Map<string, string>();
  /** When a status card may be edited next, in the clock's monotonic milliseconds. It outlasts lanes, which come and go. */
  const notBefore = new Map<string, number>();
  const waits = new Set<() => void>();
  let isStopping = false;

  function noteEdited({ id, card }: ShownItem): void {
    if (card?.kind !== 'status') return;
    const now = clock.monotonicMs();
    notBefore.delete(id);
    notBefore.set(id, now + statusEveryMs);
    // They stand in the order of their times.
    for (const [known, at] of notBefore) {
      if (at > now) break;
      notBefore.delete(known);
    }
  }

  function rest(ms: number, onBegun: (wake: () => void) => void = () => undefined): Promise<void> {
    if (isStopping) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        waits.delete(wake);
        resolve();
      };
      const timer = clock.after(ms, wake);
      waits.add(wake);
      onBegun(wake);
    });
  }

  const isDue = ({ item }: Made): boolean =>
    isStopping || (notBefore.get(item.id) ?? 0) <= clock.monotonicMs();

  async function work(thread: ThreadId, adapter: ChatAdapter, lane: Lane): Promise<void> {
    while (lane.waiting.size > 0) {
      const made = nextItem(lane, isDue);
      if (made === undefined) await restUntilDue(lane);
      else {
        lane.waiting.delete(made.item.id);
        if (await deliverWithRetries(thread, adapter, made)) noteEdited(made.item);
      }
    }
  }

  /** Until the first of what waits may go, or something else comes in. */
  async function restUntilDue(lane: Lane): Promise<void> {
    const times = [...lane.waiting.keys()].map((id) => notBefore.get(id) ?? 0);
    await rest(Math.max(1, Math.min(...times) - clock.monotonicMs()), (wake) => {
      lane.wake = wake;
    });
    lane.wake = undefined;
  }

  /** Answers whether the platform was asked for anything. */
  async function deliverWithRetries(thread: ThreadId, adapter: ChatAdapter, made: Made): Promise<boolean> {
    const { item } = made;
    let busyLooks = 0;
    for (const delay of [...retryDelaysMs, undefined]) {
      try {
        let done = await deliver(thread, adapter, made);
        for (; done === 'busy' && busyLooks < mostBusyLooks && !isStopping; busyLooks += 1) {
          await rest(busyEveryMs);
          done = await deliver(thread, adapter, made);
        }
        if (done === 'busy')
          throw new AppError('chat.unavailable', `${item.id} is being posted by another process.`);
        // What was there already says nothing about whether the platform takes anything now.
        if (done === 'asked') parked.free(thread);
        return done === 'asked';
      } catch (error) {
        // Whoever can mend it has been told; the ledger keeps what is to be shown.
        if (parked.park(thread, error)) throw error;
        const isFinal =
          delay === undefined || isStopping || (error instanceof AppError && !error.isRetryable);
        logger.warn('delivery.failed', { item: item.id, why: describeError(error), isFinal });
        if (isFinal) throw error;
        await rest(delay);
      }
    }
    // The last try has answered or thrown.
    return false;
  }

  /** Answers whether the platform was asked for anything, or whether another process is just posting it. */
  async function deliver(
    thread: ThreadId,
    adapter: ChatAdapter,
    made: Made,
  ): Promise<'asked' | 'known' | 'busy'> {
    const { item, from } = made;
    const hash = hashOf(item);
    if (shown.get(item.id) === hash) return 'known';
    const isOwn = clock.monotonicMs() < (unsettled.get(item.id) ?? 0);
    unsettled.delete(item.id);
    const claim = await deliveries.claim(item.id, thread, worker, isOwn ? 0 : staleClaimMs);
    let isAsked = true;
    switch (claim.kind) {
      case 'busy':
        return 'busy';
      case 'shown':
        await takeTwinBack(thread, adapter, item, claim.delivery);
        isAsked = await change(thread, adapter, made, claim.delivery);
        break;
      case 'claimed':
      case 'taken-over': {
        const isFirst = claim.kind === 'claimed';
        const reference = await whileClaimed(item, () => bring(thread, adapter, item, isFirst));
        if (await deliveries.saveOver(item.id, reference, markOf(from, hash), undefined)) break;
        const standing = await deliveries.find(item.id);
        const isTwin = standing?.reference !== undefined && standing.reference !== reference;
        if (isTwin) twins.set(item.id, reference);
        await takeTwinBack(thread, adapter, item, standing);
        await change(thread, adapter, made, standing, !isTwin);
        break;
      }
      default:
        claim satisfies never;
    }
    shown.set(item.id, hash);
    return isAsked ? 'asked' : 'known';
  }

  /** Nobody would ever settle it: what is recorded is the other message. */
  async function takeTwinBack(
    thread: ThreadId,
    adapter: ChatAdapter,
    { id }: ShownItem,
    standing: Delivery | undefined,
  ): Promise<void> {
    const twin = twins.get(id);
    if (twin === undefined || standing?.reference === undefined) return;
    await adapter.takeBack(thread, twin, standing.reference);
    twins.delete(id);
  }

  /** Edits a message that stands there, unless it shows the same or what is later. Answers whether the platform was asked. */
  async function change(
    thread: ThreadId,
    adapter: ChatAdapter,
    { item, from }: Made,
    first: Delivery | undefined,
    isPosted = false,
  ): Promise<boolean> {
    const hash = hashOf(item);
    let isTouched = isPosted;
    let standing = first;
    for (let looks = 0; looks < mostEdits; looks += 1) {
      const reference = standing?.reference;
      if (standing === undefined || reference === undefined) return isTouched;
      const { shownHash: before } = standing;
      const there = readMark(before);
      const isLate = there.from > from;
      if (there.hash === hash || (isLate && !isTouched)) return isTouched;
      if (!isLate) await adapter.edit(thread, reference, await withFile(item));
      const mark = isLate ? markOf(there.from, unclear) : markOf(from, hash);
      if (await deliveries.saveOver(item.id, reference, mark, before)) {
        if (isLate) options.onOvertaken(item.id);
        return true;
      }
      // Somebody else changed it at the same time: nobody knows whose edit arrived last.
      isTouched = true;
      standing = await deliveries.find(item.id);
    }
    throw new AppError('chat.unavailable', `${item.id} is being changed by other processes all the time.`);
  }

  /** Posts what is claimed, unless it stands there already because whoever claimed it before died too late. */
  async function bring(
    thread: ThreadId,
    adapter: ChatAdapter,
    item: ShownItem,
    isFirst: boolean,
  ): Promise<string> {
    const found = isFirst ? undefined : await adapter.findPosted(thread, markerOf(item));
    if (found !== undefined) await adapter.edit(thread, found, await withFile(item));
    return found ?? (await post(thread, adapter, await withFile(item)));
  }

  /** The claim stays young as long as this process is at it. */
  async function whileClaimed<T>(item: ShownItem, action: () => Promise<T>): Promise<T> {
    const timer = clock.every(staleClaimMs / 3, () => {
      deliveries.renew(item.id, worker).catch((error: unknown) => {
        logger.warn('claim.not-renewed', { item: item.id, why: describeError(error) });
      });
    });
    try {
      return await action();
    } finally {
      timer.cancel();
    }
  }

  /** With its file at hand. A picture that cannot be drawn takes nobody the words: it is left out, and logged. */
  async function withFile(item: ShownItem): Promise<ShownItem> {
    if (item.file === undefined) return item;
    try {
      const bytes = await item.file.bytes();
      return { ...item, file: { ...item.file, bytes: () => Promise.resolve(bytes) } };
    } catch (error) {
      logger.warn('file.not-made', { item: item.id, why: describeError(error) });
      const { file: _file, ...rest } = item;
      return rest;
    }
  }

  async function withNames(item: ShownItem, surface: string): Promise<ShownItem> {
    return item.tell === undefined ? item : { ...item, tell: await options.namesFor(item, surface) };
  }

  /** Posts once. When the answer is lost, the platform is asked whether the message is there. */
  async function post(thread: ThreadId, adapter: ChatAdapter, item: ShownItem): Promise<string> {
    try {
      return await adapter.post(thread, await withNames(item, adapter.name), markerOf(item));
    } catch (error) {
      // A request that was given up may still arrive: whoever looked at once would miss it, and post a second one.
      if (error instanceof AppError && error.isRetryable) await rest(lateMs);
      const claimedUntil = clock.monotonicMs() + staleClaimMs / 2;
      const found = await adapter.findPosted(thread, markerOf(item)).catch((failure: unknown) => {
        // Nobody else may take it over before then: the next try asks again.
        unsettled.set(item.id, claimedUntil);
        throw failure;
      });
      if (found !== undefined) return found;
      await deliveries.abandon(item.id, worker);
      throw error;
    }
  }

  return {
    async show(thread, items, from = 0) {
      const adapter = adapters.get(surfaceOf(thread));
      if (adapter === undefined) return;
      parked.check(thread);
      const lane = lanes.get(thread) ?? {
        waiting: new Map<string, Made>(),
        wake: undefined,
        working: undefined,
      };
      lanes.set(thread, lane);
      for (const item of items)
        if (
          item.by === 'bot' &&
          shown.get(item.id) !== hashOf(item) &&
          (lane.waiting.get(item.id)?.from ?? 0) <= from
        )
          lane.waiting.set(item.id, { item, from });
      lane.wake?.();
      // An item may come in after the work found nothing more to do and before it is known to have ended.
      do {
        lane.working ??= work(thread, adapter, lane).finally(() => {
          lane.working = undefined;
          if (lane.waiting.size > 0) return;
          lanes.delete(thread);
          for (const item of items) shown.delete(item.id);
        });
        await lane.working;
      } while (lane.waiting.size > 0);
    },
    async stop() {
      isStopping = true;
      for (const wake of waits) wake();
      await Promise.allSettled([...lanes.values()].flatMap((lane) => lane.working ?? []));
    },
  };
}

/** Questions to people overtake everything else. */
function nextItem(lane: Lane, isDue: (made: Made) => boolean): Made | undefined {
  const due = [...lane.waiting.values()].filter(isDue);
  return (
    due.find(({ item: { card } }) => card?.kind === 'approval' || card?.kind === 'outcome-unknown') ?? due[0]
  );
}

function hashOf(item: ShownItem): string {
  const more = item.feedback === undefined ? [] : [item.feedback];
  return sha256(JSON.stringify([item.kind, item.text, item.card, ...more]));
}

/** What a delivery is said to show: the commit it was made from, and what was made. */
const markOf = (from: number, hash: string): string => `${String(from)}/${hash}`;
/** In place of a hash where nobody knows which of two edits arrived last. */
const unclear = '?';

/** Earlier versions kept the hash alone. */
function readMark(mark = ''): { readonly from: number; readonly hash: string } {
  const slash = mark.indexOf('/');
  return { from: Number(mark.slice(0, Math.max(0, slash))) || 0, hash: mark.slice(slash + 1) };
}

/** Travels with the message: says which item it shows, and nothing else. */
function markerOf(item: ShownItem): string {
  return sha256(item.id).slice(0, 24);
}
