/** Waits, children and decisions as an earlier version wrote them. */
import { describe, expect, it } from '@jest/globals';
import { asApprovalId, asCallId, asRunId } from '../../../src/core/ids.ts';
import { foldStream } from '../../../src/ledger/fold.ts';
import { verifyStream } from '../../../src/ledger/verify.ts';
import { foldRun } from '../../../src/runs/fold-run.ts';
import { emptyRun, wasDispatched } from '../../../src/runs/run-state.ts';
import { readFixture } from '../../builders/event-fixture.ts';

const commits = readFixture('waits-v1.jsonl');

/** Every kind and version ever written of these. Add to it, never take away. */
const everWritten = [
  'child.began v1',
  'decision.taken v1',
  'run.paused v1',
  'run.retried v1',
  'step.failed v1',
  'step.missed v1',
  'wait.closed v1',
  'wait.opened v1',
];

describe('given a run with waits that an earlier version wrote', () => {
  it('then its chain verifies and it holds every kind ever written', () => {
    const kinds = new Set(
      commits.flatMap((commit) => commit.events.map((event) => `${event.kind} v${String(event.v)}`)),
    );

    expect(verifyStream(commits)).toBeUndefined();
    expect(everWritten.filter((kind) => !kinds.has(kind))).toEqual([]);
  });

  it('then it folds to what it meant then', () => {
    const state = foldStream(commits, emptyRun(asRunId('run_fixture_waits')), foldRun);
    const call = state.calls.get(asCallId('call_1'));
    const approval = state.approvals.get(asApprovalId('apr_1'));

    expect(state.unknownKinds).toEqual([]);
    expect(state).toMatchObject({ status: 'running', taintedBy: 'mail/read', tokens: 300, usdSpent: 0.5 });
    expect(state.parent).toMatchObject({ run: 'run_parent', step: 'start', depth: 1, share: { calls: 50 } });
    expect(state.steps.has('count')).toBe(false);
    expect(state.operated.map(({ by, what }) => `${by} ${what}`)).toEqual([
      'cho paused the run',
      'cho let the run try again from count',
    ]);
    expect(state.missed.size).toBe(0);
    expect([...state.waits.values()].map(({ key, kind, end }) => [key, kind, end?.how])).toEqual([
      ['nap', 'sleep', 'expired'],
      ['paid', 'signal', 'answered'],
      ['trip', 'form', 'dropped'],
      ['pay', 'child', 'answered'],
    ]);
    expect(state.waits.get('paid')?.end).toMatchObject({ by: 'ben', cause: 'ben/s1' });
    expect(call).toMatchObject({ taken: 'apr_1', result: { kind: 'answered', isError: false } });
    expect(approval !== undefined && wasDispatched(state, approval)).toBe(true);
  });
});
