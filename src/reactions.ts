/**
 * What follows from a run's commits outside its stream: its thread shows it, and a finished run hands its thread over.
 *
 * A commit stays pending until both are done. Whatever a process left undone when it died, the sweep of any process
 * finds and does: reacting twice is harmless, because deliveries are claimed and hand-overs are compare-and-set.
 */
import type { Outbox } from './chat/outbox.ts';
import { surfaceOf } from './chat/outbox.ts';
import type { ShownItem } from './chat/adapter.ts';
import type { Clock } from './core/clock.ts';
import { AppError, describeError } from './core/errors.ts';
import { runOfStream } from './core/ids.ts';
import type { Logger } from './core/logger.ts';
import type { Commit, LedgerEvent, LedgerStore } from './ledger/store.ts';
import type { Router } from './router.ts';
import type { OpenRuns } from './runs/open-runs.ts';
import { isFinished } from './runs/run-state.ts';
import type { RunState } from './runs/run-state.ts';

export interface Reactions {
  isPending(state: RunState, events: readonly LedgerEvent[]): boolean;
  /** A commit has landed in this process. */
  landed(state: RunState, commit: Commit): void;
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
  /** Brings the end of a run to the run that started it. */
  bringEnd(state: RunState): Promise<void>;
  story(state: RunState): Promise<readonly ShownItem[]>;
}

// With a sweep every five seconds, what a dead process left is done within ten.
const leftAloneMs = 4_000;
const sweepSize = 200;

export function createReactions(options: ReactionsOptions): Reactions {
  const { ledger, logger, surfaces } = options;
  const underWay = new Set<Promise<void>>();

  async function show(state: RunState): Promise<void> {
    if (!surfaces.has(surfaceOf(state.thread))) return;
    await options.outbox.show(state.thread, await options.story(state));
  }

  async function react(state: RunState): Promise<void> {
    // The next run of the thread does not wait for the platform to show the end of this one.
    if (isFinished(state))
      await (state.parent === undefined ? options.router().goOn(state) : options.bringEnd(state));
    await show(state);
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

  return {
    isPending: (state, events) =>
      surfaces.has(surfaceOf(state.thread)) || events.some((event) => event.kind === 'run.finished'),
    landed(state, commit) {
      if (!commit.pending) return;
      follow(
        react(state).then(() => {
          ledger.clearPending([commit]);
        }),
        state.id,
      );
    },
    async sweep() {
      const before = new Date(options.clock.now().getTime() - leftAloneMs);
      const commits = await ledger.findPending(before, sweepSize);
      for (const stream of new Set(commits.map((commit) => commit.stream))) {
        const id = runOfStream(stream);
        const run = id === undefined ? undefined : await options.runs().open(id);
        if (run === undefined) continue;
        try {
          await react(run.state());
          ledger.clearPending(commits.filter((commit) => commit.stream === stream));
        } catch (error) {
          // What one thread cannot show does not hold up the others.
          failed(run.id, error);
        } finally {
          options.runs().close(run);
        }
      }
    },
    async stop() {
      await options.outbox.stop();
      await Promise.allSettled([...underWay]);
    },
  };
}
