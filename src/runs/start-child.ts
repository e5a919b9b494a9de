/**
 * Runs that other runs start: each has a ledger of its own and a share of its parent's budget.
 *
 * A child's id follows from its parent and step, so starting it twice is starting it once. Its end is brought to its
 * parent by whoever reacts to it, in any process; a stop of the parent travels down.
 */
import { sha256OfParts } from '../core/hash.ts';
import { asRunId } from '../core/ids.ts';
import type { ActorId, RunId } from '../core/ids.ts';
import type { Clock } from '../core/clock.ts';
import type { LedgerStore } from '../ledger/store.ts';
import { beginRun } from './begin-run.ts';
import type { OpenRun, OpenRuns } from './open-runs.ts';
import { runEvent } from './run-events.ts';
import { isFinished } from './run-state.ts';
import type { RunState } from './run-state.ts';
import type { BudgetShare, WaitState } from './wait-state.ts';

export interface Children {
  /** Sees to it that the child of this wait is there and at work, or that its end is recorded. */
  start(parent: OpenRun, wait: WaitState): Promise<void>;
  /** Brings the end of a run to its parent, if it has one. */
  bringEnd(child: RunState): Promise<void>;
  /** Stops every child that is not over, before its parent ends. */
  stopAll(parent: OpenRun): Promise<void>;
}

export interface ChildrenOptions {
  readonly ledger: LedgerStore;
  readonly runs: OpenRuns;
  readonly clock: Clock;
  wake(run: OpenRun): void;
}

/** How a child ended, as its parent's ledger keeps it. */
export interface ChildResult {
  readonly status: 'done' | 'failed' | 'stopped';
  /** The last thing it said, or why it failed. */
  readonly text: string;
}

export const deepestChild = 4;

export function childIdOf(parent: RunId, key: string): RunId {
  return asRunId(`run_${sha256OfParts([parent, 'child', key]).slice(0, 35)}`);
}

export function createChildren(options: ChildrenOptions): Children {
  const { ledger, runs } = options;

  /** Writes the first commit; when it is there already, somebody else did. */
  async function begin(parent: RunState, wait: WaitState, child: RunId, share: BudgetShare): Promise<void> {
    const events = [
      runEvent(
        'run.requested',
        {
          organisation: parent.organisation,
          workflow: wait.name ?? '',
          thread: parent.thread,
          channel: parent.channel,
          requester: parent.requester,
          message: `child/${child}`,
        },
        { text: '', input: wait.text ?? '{}' },
      ),
      runEvent('child.began', {
        parent: parent.id,
        step: wait.key,
        depth: depthOf(parent) + 1,
        share,
        ...(parent.taintedBy !== undefined && { source: parent.taintedBy }),
      }),
    ];
    const { draft, rows } = beginRun(child, { by: 'bot', events, at: options.clock.now() });
    await ledger.append(draft, rows);
  }

  async function record(parent: OpenRun, wait: WaitState, child: RunState): Promise<void> {
    if (parent.state().waits.get(wait.key)?.end !== undefined || isFinished(parent.state())) return;
    const { status } = child;
    const result: ChildResult = {
      status: status === 'done' || status === 'stopped' ? status : 'failed',
      text: child.failure?.tell ?? child.said.at(-1)?.text ?? '',
    };
    parent.stream.append({
      sort: 'fact',
      by: 'bot',
      isKnown: (state) => state.waits.get(wait.key)?.end !== undefined,
      events: [
        runEvent(
          'wait.closed',
          {
            key: wait.key,
            how: 'answered',
            used: { calls: child.calls.size, tokens: child.tokens, usd: child.usdSpent },
            ...(child.taintedBy !== undefined && { source: child.taintedBy }),
          },
          { result: JSON.stringify(result) },
        ),
      ],
    });
    options.wake(parent);
    await parent.stream.durable();
    options.wake(parent);
  }

  return {
    async start(parent, wait) {
      const { child, share } = wait;
      if (child === undefined || share === undefined) return;
      await parent.stream.durable();
      const there = await runs.open(child);
      if (there === undefined) await begin(parent.state(), wait, child, share);
      const run = there ?? (await runs.open(child));
      if (run === undefined) return;
      try {
        if (isFinished(run.state())) await record(parent, wait, run.state());
        else options.wake(run);
      } finally {
        runs.close(run);
      }
    },
    async bringEnd(child) {
      if (child.parent === undefined || !isFinished(child)) return;
      const parent = await runs.open(child.parent.run);
      if (parent === undefined) return;
      try {
        // Held open here for something else, it may not know yet that another process began to wait.
        await parent.stream.catchUp();
        const wait = parent.state().waits.get(child.parent.step);
        if (wait !== undefined) await record(parent, wait, child);
      } finally {
        runs.close(parent);
      }
    },
    async stopAll(parent) {
      for (const wait of parent.state().waits.values()) {
        if (wait.child === undefined || wait.end?.how === 'answered') continue;
        const run = await runs.open(wait.child);
        if (run === undefined) continue;
        try {
          await stopOne(run, parent.state(), options.wake);
        } finally {
          runs.close(run);
        }
      }
    },
  };
}

async function stopOne(run: OpenRun, parent: RunState, wake: (run: OpenRun) => void): Promise<void> {
  if (isFinished(run.state()) || run.state().stopped !== undefined) return;
  const { stopped } = parent;
  const by: ActorId = stopped?.by ?? parent.requester;
  const reason = stopped?.reason ?? 'The run that started this one went on without it.';
  run.stream.append({
    sort: 'fact',
    by,
    isKnown: (state) => state.stopped !== undefined || isFinished(state),
    events: [runEvent('run.stopped', { by }, { reason })],
  });
  wake(run);
  await run.stream.durable();
  wake(run);
}

export function depthOf(state: RunState): number {
  return state.parent?.depth ?? 0;
}
