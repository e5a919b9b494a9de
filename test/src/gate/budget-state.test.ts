import { describe, expect, it } from '@jest/globals';
import { accountOf, emptyBudgets, foldBudgets } from '../../../src/gate/budget-state.ts';
import { foldStream } from '../../../src/ledger/fold.ts';
import { verifyStream } from '../../../src/ledger/verify.ts';
import { readFixture } from '../../builders/event-fixture.ts';

describe('given a stream of budgets that an earlier version wrote', () => {
  it('then it folds to what it meant then, and counts neither an answer nor a raise twice', () => {
    const commits = readFixture('budgets-v1.jsonl');

    expect(verifyStream(commits)).toBeUndefined();
    const state = foldStream(commits, emptyBudgets, foldBudgets);
    expect(state.open.size).toBe(0);
    expect(accountOf(state, 'person/ana')).toEqual({
      spent: { tokens: 4200, microUsd: 7000 },
      held: { tokens: 0, microUsd: 0 },
      extra: { tokens: 5000, microUsd: 0 },
      raises: 1,
      warnedAt: 0,
    });
    expect(accountOf(state, 'day')).toMatchObject({
      spent: { tokens: 4200 },
      held: { tokens: 0, microUsd: 0 },
    });
  });
});
