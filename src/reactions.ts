/**
 * What follows from a run's commits outside its stream: its thread shows it, and a finished run hands its thread over.
 *
 * A commit stays pending until both are done. Whatever a process left undone when it died, the sweep of any process
 * finds and does: reacting twice is harmless, because deliveries are claimed and hand-overs are compare-and-set.
 *
 * Processes may serve different platforms on one store: what a thread must show stays pending until a process that
 * serves its platform has shown it.
 */
import type { Outbox } from './chat/outbox.ts';
import { surfaceOf } from './core/surface-of.ts';
import type { ShownItem } from './chat/adapter.ts';
import type { Clock } from './core/clock.ts';
import { AppError, describeError } from './core/errors.ts';
import { groupBy } from './core/group-by.ts';
import { runOfItem, runOfStream } from './core/ids.ts';
import type { RunId, ThreadId } from './core/ids.ts';
import type { Logger } from './core/logger.ts';
import type { Commit, LedgerEvent, LedgerStore } from './ledger/store.ts';
import type { Courier } from './courier.ts';
import type { Router } from './router.ts';
import { durableState } from './runs/durable-state.ts';
import type { OpenRuns } from './runs/open-runs.ts';
import { isFinished } from './runs/run-state.ts';
import type { RunState } from './runs/run-state.ts';

export interface Reactions {
  isPending(state: RunState, events: readonly LedgerEvent[]): boolean;
  /** A commit has landed in this process. */
  landed(state: RunState, commit: Commit): void;
  /** Shows these runs as they stand: people or rules have changed, which their cards speak of. */
  refresh(runs: readonly RunId[]): void;
  /** The message that shows this item may be behind: it is shown again as its run stands. */
  overtaken(item: string): void;
  /** Does what others left undone. */
  sweep(): Promise<void>;
  /** Resolves when nothing is under way; does not wait for a platform that does not answer. */
  stop(): Promise<void>;
}

export interface ReactionsOptions {
  readonly ledger: LedgerStore;
  readonly runs: () => OpenRuns;
  readonly router: () => Router;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Surfaces that the outbox serves; the console reads the ledger itself. */
  readonly surfaces: ReadonlySet<string>;
  /** The surface of a run's thread; undefined when there is no such run. */
  surfaceOfRun(run: RunId): Promise<string | undefined>;
  /** Tells those who follow a run what it has come to. */
  readonly notices: { isFollowed(run: RunId): boolean; look(state: RunState): Promise<void> };
  /** Brings the end of a run to the run that started it. */
  bringEnd(state: RunState): Promise<void>;
  story(state: RunState): Promise<readonly ShownItem[]>;
  readonly courier: () => Courier;
  /** Cards of the run that stand in other threads too. */
  copies(state: RunState): Promise<readonly { readonly thread: ThreadId; readonly item: ShownItem }[]>;
}

// With a sweep every five seconds, what a dead process left is done within ten.
const leftAloneMs = 4_000;
/** Threads of the console hang on no platform. */
const ownSurface = 'console';
/** Threads of one surface that a sweep shows at the same time. */
const shownAtOnce = 16;
const sweepSize = 200;
/** How far a sweep looks past what only others can show. */
const largestSweep = 3_200;
/** What nobody has shown for so long is on a platform that no process serves any more. */
const unservedAfterMs = 24 * 60 * 60_000;

export function createReactions(options: ReactionsOptions): Reactions {
  const { ledger, logger, surfaces } = options;
  const underWay = new Set<Promise<void>>();
  /** What is left then stays pending: other processes, or the next start, show it. */
  let isStopping = false;

  const isShownHere = (surface: string): boolean => surface === ownSurface || surfaces.has(surface);

  /** What follows within the store; any process can do it. */
  async function goOn(state: RunState): Promise<void> {
    if (isFinished(state))
      await (state.parent === undefined ? options.router().goOn(state) : options.bringEnd(state));
  }

  async function react(state: RunState, from: number): Promise<void> {
    // The next run of the thread does not wait for the platform to show the end of this one.
    await goOn(state);
    await show(state, from);
  }

  /** The run as it stood with its commit `from`, or later. */
  async function show(state: RunState, from: number): Promise<void> {
    if (surfaces.has(surfaceOf(state.thread)))
      await options.outbox.show(state.thread, await options.story(state), from);
    for (const { thread, item } of await options.copies(state))
      if (surfaces.has(surfaceOf(thread))) await options.outbox.show(thread, [item], from);
    await options.courier().deliver(state, from);
    await options.notices.look(state);
  }

  /** A parked thread is told of once, elsewhere. */
  function failed(run: string, error: unknown): void {
    if (error instanceof AppError && error.code === 'chat.parked') return;
    logger.error('reaction.failed', { run, why: describeError(error) });
  }

  function follow(work: Promise<void>, run: string): void {
    const watched = work
      .catch((error: unknown) => {
        failed(run, error);
      })
      .finally(() => underWay.delete(watched));
    underWay.add(watched);
  }

  /** What only others can show, and this process has done the rest of. Bounded; forgetting costs a look. */
  const done = new Set<string>();
  function isDone({ stream, seq }: Commit): boolean {
    const key = `${stream}/${String(seq)}`;
    if (done.has(key)) return true;
    if (done.size >= largestSweep) done.clear();
    done.add(key);
    return false;
  }

  interface Left {
    readonly id: RunId;
    readonly surface: string;
    readonly isOurs: boolean;
    readonly commits: readonly Commit[];
  }

  /** By run. Looks further when all it finds is for others to show. */
  async function findLeft(before: Date): Promise<readonly Left[]> {
    for (let size = sweepSize; ; size *= 4) {
      const commits = await ledger.findPending(before, size);
      const left: Left[] = [];
      for (const [stream, own] of groupBy(commits, (commit) => commit.stream)) {
        const id = runOfStream(stream);
        const surface = id === undefined ? undefined : await options.surfaceOfRun(id);
        if (id === undefined || surface === undefined) continue;
        left.push({ id, surface, isOurs: isShownHere(surface), commits: own });
      }
      const isFull = commits.length === size && size < largestSweep;
      if (!isFull || left.some(({ isOurs }) => isOurs)) return left;
    }
  }

  /** With the run at hand as it stands. What fails for one holds up no other. */
  async function withRun(
    id: RunId,
    action: (state: RunState, from: number) => Promise<void>,
  ): Promise<boolean> {
    const run = await options.runs().open(id);
    if (run === undefined) return false;
    try {
      // Held open here for something else, it may not know yet what another process wrote.
      await run.stream.catchUp();
      const state = await durableState(run);
      if (state === undefined) return false;
      await action(state, run.stream.seq() - 1);
      return true;
    } catch (error) {
      failed(id, error);
      return false;
    } finally {
      options.runs().close(run);
    }
  }

  /** Surfaces whose left threads are being shown: a slow one is not asked for the same again meanwhile. */
  const showing = new Set<string>();
  async function showLeft(surface: string, left: readonly Left[]): Promise<void> {
    if (showing.has(surface)) return;
    showing.add(surface);
    const waiting = left.values();
    const showNext = async (): Promise<void> => {
      // Shared by all of them: each takes the next one.
      for (const entry of waiting) {
        if (isStopping) return;
        if (await withRun(entry.id, show)) ledger.clearPending(entry.commits);
      }
    };
    await Promise.all(Array.from({ length: shownAtOnce }, showNext)).finally(() => showing.delete(surface));
  }

  return {
    isPending: (state, events) =>
      surfaceOf(state.thread) !== ownSurface ||
      events.some((event) => event.kind === 'run.finished') ||
      options.courier().isConcerned(state, events) ||
      options.notices.isFollowed(state.id),
    landed(state, commit) {
      if (!commit.pending) return;
      follow(
        react(state, commit.seq).then(() => {
          if (isShownHere(surfaceOf(state.thread))) ledger.clearPending([commit]);
        }),
        state.id,
      );
    },
    refresh(ids) {
      const showAll = async (): Promise<void> => {
        // One after the other: many may wait, and platforms take only so much at a time.
        for (const id of ids) if (!isStopping) await withRun(id, react);
      };
      follow(showAll(), 'refresh');
    },
    overtaken(item) {
      const id = runOfItem(item);
      if (id === undefined) return;
      const again = async (): Promise<void> => {
        await withRun(id, show);
      };
      follow(again(), id);
    },
    async sweep() {
      const now = options.clock.now().getTime();
      const found = await findLeft(new Date(now - leftAloneMs));
      const toShow: Left[] = [];
      // First what follows within the store: no platform is waited for.
      for (const left of found) {
        if (isStopping) return;
        const { id, isOurs, commits, surface } = left;
        const isUnserved =
          !isOurs && commits.every(({ landedAt }) => landedAt.getTime() < now - unservedAfterMs);
        const fresh = isOurs || isUnserved ? commits : commits.filter((commit) => !isDone(commit));
        if (fresh.length === 0 || !(await withRun(id, goOn))) continue;
        if (isOurs) toShow.push(left);
        if (!isUnserved) continue;
        ledger.clearPending(commits);
        logger.warn('reaction.unserved', { run: id, surface });
      }
      const bySurface = groupBy(toShow, ({ surface }) => surface);
      await Promise.all([...bySurface].map(([surface, left]) => showLeft(surface, left)));
    },
    async stop() {
      isStopping = true;
      await options.outbox.stop();
      await Promise.allSettled([...underWay]);
    },
  };
}
