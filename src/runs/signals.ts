/**
 * Signals: outside events that wake waiting runs, whether they come before or after the wait began.
 *
 * A signal is kept, then brought to every run that waits for its name; a run that begins to wait looks at what was
 * kept since it started. Each records first and looks second, so that of the two at least one finds the other.
 */
import { canonicalJson } from '../core/canonical-json.ts';
import type { Clock } from '../core/clock.ts';
import type { ActorId, RunId } from '../core/ids.ts';
import type { OpenRun, OpenRuns } from './open-runs.ts';
import { runEvent } from './run-events.ts';
import { isFinished } from './run-state.ts';
import type { RunState } from './run-state.ts';
import type { Signal, SignalStore } from './store.ts';
import type { WaitState } from './wait-state.ts';

export interface Signals {
  /** Keeps a signal and brings it to the runs that wait for it. Resolves once it is durable. */
  publish(signal: Signal): Promise<{ readonly isNew: boolean }>;
  /** Answers a wait of this run with a signal that came before it, if there is one. */
  bringEarlier(run: OpenRun, key: string): Promise<void>;
  /** Brings what a process that died had kept and not yet brought. */
  sweep(): Promise<void>;
}

export interface SignalsOptions {
  readonly store: SignalStore;
  readonly runs: OpenRuns;
  readonly clock: Clock;
  /** Whether this actor is among these roles and persons. */
  isAmong(actor: ActorId, who: readonly string[]): boolean;
  /** Goes on with a run after something was appended to it. */
  wake(run: OpenRun): void;
}

const pageSize = 200;
// With a sweep every five seconds, what a dead process left is done within ten.
const leftAloneMs = 4_000;

export function createSignals(options: SignalsOptions): Signals {
  const { store, runs } = options;

  function fits(signal: Signal, wait: WaitState): boolean {
    if (wait.kind !== 'signal' || wait.name !== signal.name || wait.end !== undefined) return false;
    if (wait.who !== undefined && !options.isAmong(signal.by, wait.who)) return false;
    return Object.entries(wait.match ?? {}).every(([field, value]) => {
      const given = signal.data[field];
      return given !== undefined && canonicalJson(given) === canonicalJson(value);
    });
  }

  /** Records the answer of the first wait that this signal fits. */
  function answer(run: OpenRun, signal: Signal, key?: string): boolean {
    const state = run.state();
    if (isFinished(state) || isUsed(state, signal)) return false;
    const wait = [...state.waits.values()].find(
      (entry) => (key === undefined || entry.key === key) && fits(signal, entry),
    );
    if (wait === undefined) return false;
    run.stream.append({
      sort: 'fact',
      by: signal.by,
      isKnown: (later) => isUsed(later, signal) || later.waits.get(wait.key)?.end !== undefined,
      events: [
        runEvent(
          'wait.closed',
          {
            key: wait.key,
            how: 'answered',
            by: signal.by,
            cause: signal.id,
            source: `signal ${signal.name}`,
          },
          { result: JSON.stringify(signal.data) },
        ),
      ],
    });
    return true;
  }

  async function bring(signal: Signal): Promise<void> {
    let after: RunId | undefined;
    for (;;) {
      const page = await store.listWaiting(signal.name, after, pageSize);
      for (const id of page) await bringTo(id, signal);
      after = page.at(-1);
      if (page.length < pageSize) break;
    }
    await store.settle(signal.name, signal.id);
  }

  async function bringTo(id: RunId, signal: Signal): Promise<void> {
    const run = await runs.open(id);
    if (run === undefined) return;
    try {
      if (!answer(run, signal)) return;
      // Before it is durable, so that the lease is saved with it.
      options.wake(run);
      await run.stream.durable();
      options.wake(run);
    } finally {
      runs.close(run);
    }
  }

  return {
    async publish(signal) {
      const isNew = await store.keep(signal);
      if (isNew) await bring(signal);
      return { isNew };
    },
    async bringEarlier(run, key) {
      await run.stream.durable();
      const wait = run.state().waits.get(key);
      const since = run.state().requested?.stamp.at.getTime();
      if (wait?.name === undefined || since === undefined) return;
      let after = { receivedAt: since, id: '' };
      for (;;) {
        const page = await store.listAfter(wait.name, after, pageSize);
        if (page.some((signal) => answer(run, signal, key))) return;
        const last = page.at(-1);
        if (last === undefined || page.length < pageSize) return;
        after = last;
      }
    },
    async sweep() {
      const before = new Date(options.clock.now().getTime() - leftAloneMs);
      for (const signal of await store.listPending(before, pageSize)) await bring(signal);
    },
  };
}

/** One signal answers one wait of a run. */
function isUsed(state: RunState, signal: Signal): boolean {
  for (const wait of state.waits.values())
    if (wait.kind === 'signal' && wait.name === signal.name && wait.end?.cause === signal.id) return true;
  return false;
}
