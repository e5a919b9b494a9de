/** Branches of a workflow: all of them side by side, or the fastest only. */
import { runEvent } from '../runs/run-events.ts';
import type { RunEventDraft } from '../runs/run-events.ts';
import { isDeniable } from '../runs/run-state.ts';
import type { RunState } from '../runs/run-state.ts';
import { readResult } from './tried-step.ts';
import type { BranchScope, StepScope } from './step-scope.ts';

export interface RaceResult<T> {
  /** The name of the branch that was first. */
  readonly winner: string;
  readonly value: T;
}

/** Runs every branch; each may wait by itself. Rejects with the first failure. */
export async function all<T>(branches: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
  const running = branches.map((branch) => branch());
  // The first failure is thrown below; later ones must not end the process.
  for (const promise of running) promise.catch(() => undefined);
  return Promise.all(running);
}

/**
 * Runs branches until one is through. The winner is recorded together with the end of what the others had open, so
 * the same one wins at every pass.
 */
export async function race<T>(
  scope: StepScope,
  key: string,
  names: readonly string[],
  start: (name: string, scope: BranchScope) => Promise<T>,
): Promise<RaceResult<T>> {
  const inputHash = scope.enter(key, 'race', {});
  const before = scope.recorded(key);
  if (before !== undefined) return readResult<RaceResult<T>>(key, before.result);
  const branches = names.map((name) => ({ name, scope: scope.branch() }));
  const finished = branches.map(async (branch) => ({
    winner: branch.name,
    value: await start(branch.name, branch.scope),
  }));
  for (const promise of finished) promise.catch(() => undefined);
  const first = await Promise.race(finished);
  const losers = branches.filter(({ name }) => name !== first.winner);
  const keys = new Set(losers.flatMap((branch) => [...branch.scope.keys]));
  const events = [
    runEvent(
      'step.completed',
      { key, kind: 'race', inputHash },
      { result: JSON.stringify({ winner: first.winner, value: first.value ?? null }) },
    ),
    ...openEndsOf(scope.run.state(), keys),
  ];
  scope.run.stream.append({ sort: 'decision', by: 'bot', events });
  for (const branch of losers) branch.scope.lose();
  return first;
}

/** Ends what these steps have open: waits are given up, questions to people are withdrawn. What was sent stays sent. */
export function openEndsOf(state: RunState, keys: ReadonlySet<string>): readonly RunEventDraft[] {
  const events: RunEventDraft[] = [];
  for (const wait of state.waits.values()) {
    if (wait.end === undefined && keys.has(wait.key))
      events.push(runEvent('wait.closed', { key: wait.key, how: 'dropped' }));
  }
  for (const approval of state.approvals.values()) {
    const call = state.calls.get(approval.call);
    if (call === undefined || call.result !== undefined) continue;
    if (!keys.has(call.call.step) || !isDeniable(state, approval)) continue;
    const content = 'The run went another way. Nothing ran.';
    events.push(
      runEvent('approval.decided', { approval: approval.id, state: 'cancelled' }),
      runEvent('call.refused', { call: approval.call, why: 'cancelled' }, { content }),
    );
  }
  return events;
}
