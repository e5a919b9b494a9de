/**
 * How the app begins, what it does every few seconds, and how it ends: in an order that promises nothing it cannot keep.
 *
 * Whoever asks is heard once everything behind the doors is there; at the end the work is handed back first, and the
 * store closes last.
 */
import type { InboundSink } from './chat/adapter.ts';
import { pause } from './core/clock.ts';
import type { Clock, Timer } from './core/clock.ts';
import { AppError, describeError } from './core/errors.ts';
import type { Logger } from './core/logger.ts';
import { letGo } from './let-go.ts';
import type { LetGoOptions } from './let-go.ts';
import type { Engine } from './runs/engine.ts';
import { settleEpoch } from './runs/settle-epoch.ts';
import type { Store } from './stores/store.ts';
import type { ToolRegistry } from './tools/tool.ts';

interface Part {
  /** May be called again after it failed. */
  readonly start: () => Promise<void> | void;
  stop(): Promise<void> | void;
}

interface Sweeps {
  sweep(): Promise<void>;
}

export interface LifeParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Store;
  readonly engine: Engine;
  readonly surfaces: { start(sink: InboundSink): Promise<void>; stop(): Promise<void> };
  readonly sink: InboundSink;
  /** The rules that were agreed to while this process was away: before anybody is heard or any run goes on. */
  readonly catchUpRules: () => Promise<void>;
  readonly sealing: Part;
  readonly listening: Part;
  readonly retention: Part;
  readonly scheduler: Part;
  readonly registry: Pick<ToolRegistry, 'list' | 'stop'>;
  readonly runs: LetGoOptions['runs'];
  readonly dispatcher: LetGoOptions['dispatcher'];
  readonly reactions: Sweeps & { stop(): Promise<void> };
  /** What every sweep looks after, beside reactions. */
  readonly sweeps: readonly (() => Promise<unknown>)[];
  /** What is looked up at the start and every few minutes. */
  readonly lookUps: readonly (() => void)[];
}

export interface AppLife {
  start(): Promise<void>;
  stop(doorsClosed?: Promise<void>): Promise<void>;
}

const sweepEveryMs = 5_000;
const lookUpEveryMs = 5 * 60_000;
/** It is cut off after nine seconds. */
const slowStopMs = 2_000;
/** How long a start waits for whoever holds the store, as opening it does, and how often it looks. */
const startWithinMs = 30_000;
const startAgainMs = 1_000;
/** A platform or a store that does not answer holds no stop up: what is cut off is looked for by whoever takes over. */
const postsWithinMs = 2_500;

export function createAppLife(parts: LifeParts): AppLife {
  const { clock, logger, store, engine, surfaces, sealing, listening, retention, scheduler, reactions } =
    parts;
  let timers: readonly Timer[] = [];

  function sweep(): void {
    Promise.all([reactions.sweep(), ...parts.sweeps.map((one) => one())]).catch((error: unknown) => {
      logger.error('sweep.failed', { why: describeError(error) });
    });
  }

  /** A stop that is cut off, or takes long, says in the log what it waited for. */
  async function waitFor(what: string, work: Promise<void> | void): Promise<void> {
    const timer = clock.after(slowStopMs, () => {
      logger.warn('process.stop-slow', { waitsFor: what });
    });
    try {
      await work;
    } finally {
      timer.cancel();
    }
  }

  /** Somebody may hold the store for a while when the process begins: that is no reason to end. */
  async function patiently(work: () => Promise<void> | void): Promise<void> {
    const until = clock.monotonicMs() + startWithinMs;
    for (;;) {
      try {
        await work();
        return;
      } catch (error) {
        const isPassing = error instanceof AppError && error.code === 'store.unavailable';
        if (!isPassing || clock.monotonicMs() >= until) throw error;
        logger.warn('process.start-waits', { why: error.message });
        await pause(clock, startAgainMs);
      }
    }
  }

  return {
    async start() {
      await patiently(() => settleEpoch(store, clock));
      await patiently(parts.catchUpRules);
      await surfaces.start(parts.sink);
      await patiently(sealing.start);
      await patiently(listening.start);
      engine.start();
      await patiently(retention.start);
      await patiently(scheduler.start);
      sweep();
      for (const lookUp of parts.lookUps) lookUp();
      timers = [
        clock.every(sweepEveryMs, sweep),
        ...parts.lookUps.map((lookUp) => clock.every(lookUpEveryMs, lookUp)),
      ];
      // Servers start while the first page loads; a failure is told when a tool is needed.
      parts.registry.list().catch((error: unknown) => {
        logger.warn('tool-servers.failed', { why: describeError(error) });
      });
    },
    async stop(doorsClosed) {
      for (const timer of timers) timer.cancel();
      // At once, whatever the platforms do: others take the work over.
      const handedBack = engine.stop();
      await waitFor('chat platforms', surfaces.stop());
      await waitFor('learning', listening.stop());
      await waitFor('schedules', scheduler.stop());
      await waitFor('runs under way', handedBack);
      await waitFor('calls under way', letGo({ clock, runs: parts.runs, dispatcher: parts.dispatcher }));
      await waitFor('posts under way', Promise.race([reactions.stop(), pause(clock, postsWithinMs)]));
      await waitFor('tool servers', parts.registry.stop());
      await waitFor('retention', retention.stop());
      await waitFor('the last seal', sealing.stop());
      // A request that is still being answered needs it.
      await waitFor('requests under way', doorsClosed);
      await waitFor('the store', store.close());
    },
  };
}
