/**
 * The runs this process has open: one stream object each, shared by whoever works on the run or votes on it.
 *
 * A run is closed as soon as nobody holds it, so a waiting run costs nothing but its rows.
 */
import type { RunId } from '../core/ids.ts';
import { runStream } from '../core/ids.ts';
import type { Clock } from '../core/clock.ts';
import type { Commit, LedgerEvent } from '../ledger/commit.ts';
import { continueStream, openStream } from '../ledger/stream.ts';
import type { Stream, StreamOptions } from '../ledger/stream.ts';
import type { LedgerStore } from '../ledger/store.ts';
import { durableState } from './durable-state.ts';
import { foldRun } from './fold-run.ts';
import { projectRun } from './project-run.ts';
import { emptyRun, isFinished } from './run-state.ts';
import type { ApprovalStateName, RunState } from './run-state.ts';
import type { Lease } from './store.ts';

export interface OpenRun {
  readonly id: RunId;
  readonly stream: Stream<RunState>;
  state(): RunState;
  /** Set while this process works on the run; saved with each commit. */
  lease: Lease | undefined;
}

export interface OpenRuns {
  /** Opens a run and holds it until `close`. Undefined when there is no such run. */
  open(run: RunId): Promise<OpenRun | undefined>;
  /** Opens a run whose first commit was just written, without reading it back. */
  adopt(run: RunId, commits: readonly Commit[]): OpenRun;
  close(run: OpenRun): void;
  /** Resolves when everything that was appended to any of them is durable, or cannot become so, and was told of. */
  settled(): Promise<void>;
  /** Runs open right now. */
  count(): number;
}

export interface OpenRunsOptions {
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  /** True when something outside the run's stream must still follow from these events. */
  readonly isPending: (state: RunState, events: readonly LedgerEvent[]) => boolean;
  /** Takes secrets out of everything before it is kept. */
  readonly redact?: (text: string) => string;
  /** A commit of a run has landed, and nothing of the run is on its way any more: the state is as the store holds it. */
  readonly onLanded: (state: RunState, commit: Commit) => void;
  /** Decisions about this run were refused: whoever works on it starts over. */
  readonly onMoved: (run: RunId) => void;
}

interface Held {
  readonly run: OpenRun;
  holders: number;
}

export function createOpenRuns(options: OpenRunsOptions): OpenRuns {
  const held = new Map<RunId, Held>();
  /** Landings that are not told of yet: more of their runs is on its way. */
  const landings = new Set<Promise<void>>();

  async function tellLanded(run: OpenRun, commit: Commit): Promise<void> {
    const state = await durableState(run);
    if (state !== undefined) options.onLanded(state, commit);
  }
  const opening = new Map<RunId, Promise<OpenRun | undefined>>();

  function streamOptions(id: RunId, current: () => OpenRun): StreamOptions<RunState> {
    const saved = new Map<string, ApprovalStateName>();
    /** What the rows of the commit on its way say: by the time it lands, the state may say more. */
    let tried: readonly (readonly [string, ApprovalStateName])[] = [];
    return {
      stream: runStream(id),
      store: options.ledger,
      clock: options.clock,
      empty: () => emptyRun(id),
      fold: foldRun,
      isOver: isFinished,
      ...(options.redact !== undefined && { redact: options.redact }),
      rows(state, seq) {
        const changed = [...state.approvals.values()].filter(
          (approval) => saved.get(approval.id) !== approval.state,
        );
        tried = changed.map(({ id, state: name }) => [id, name]);
        return projectRun(state, seq, current().lease, changed);
      },
      isPending: (events: readonly LedgerEvent[]) => options.isPending(current().state(), events),
      onLanded(commit) {
        for (const [approval, name] of tried) saved.set(approval, name);
        const landing = tellLanded(current(), commit).finally(() => landings.delete(landing));
        landings.add(landing);
      },
      onMoved() {
        saved.clear();
        options.onMoved(id);
      },
    };
  }

  function hold(id: RunId, make: (current: () => OpenRun) => Stream<RunState>): OpenRun {
    // A stream asks for its run only when it commits, which is after this function has returned.
    const stream = make(() => run);
    const run: OpenRun = { id, stream, state: () => stream.state(), lease: undefined };
    held.set(id, { run, holders: 1 });
    return run;
  }

  async function load(id: RunId): Promise<OpenRun | undefined> {
    let current: (() => OpenRun) | undefined;
    const stream = await openStream(
      streamOptions(id, () => {
        if (current === undefined) throw new TypeError('A stream commits only after it was opened.');
        return current();
      }),
    );
    if (stream.seq() === 0) return undefined;
    return hold(id, (self) => {
      current = self;
      return stream;
    });
  }

  return {
    async open(id) {
      const there = held.get(id);
      if (there !== undefined && !there.run.stream.isBroken()) {
        there.holders += 1;
        return there.run;
      }
      const pending = opening.get(id);
      if (pending !== undefined) {
        await pending;
        return this.open(id);
      }
      const loading = load(id).finally(() => opening.delete(id));
      opening.set(id, loading);
      return loading;
    },
    adopt: (id, commits) => hold(id, (current) => continueStream(streamOptions(id, current), commits)),
    close(run) {
      const entry = held.get(run.id);
      if (entry?.run !== run) return;
      entry.holders -= 1;
      if (entry.holders > 0) return;
      if (run.stream.isDirty() && !run.stream.isBroken()) {
        // Appends nobody waited for are still on their way: the object stays until they are durable.
        entry.holders = 1;
        run.stream.durable().then(
          () => {
            this.close(run);
          },
          () => {
            this.close(run);
          },
        );
        return;
      }
      held.delete(run.id);
    },
    async settled() {
      const dirty = [...held.values()].filter(({ run }) => run.stream.isDirty() && !run.stream.isBroken());
      await Promise.allSettled([...dirty.map(({ run }) => run.stream.durable()), ...landings]);
    },
    count: () => held.size,
  };
}
