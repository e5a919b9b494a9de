import { describe, expect, it } from '@jest/globals';
import { asActorId, asRunId } from '../../../src/core/ids.ts';
import { askedIn, healthOf, healthRows } from '../../../src/gate/approval-health.ts';
import { foldStream } from '../../../src/ledger/fold.ts';
import { demonstrationPeople } from '../../../src/people/parse-people.ts';
import { foldRun } from '../../../src/runs/fold-run.ts';
import { emptyRun } from '../../../src/runs/run-state.ts';
import { readFixture } from '../../builders/event-fixture.ts';

const ben = asActorId('ben');
const cho = asActorId('cho');

describe('given questions and votes', () => {
  it('when they are summed up, then each person has counts, shares and the median of own votes', () => {
    const vote = (person: typeof ben, afterMs: number, isYes = true) => ({
      person,
      vote: { isYes, afterMs },
    });
    const health = healthOf([
      vote(ben, 1_000),
      vote(ben, 2_999),
      vote(ben, 3_000, false),
      vote(ben, 60_000),
      { person: ben },
      { person: cho },
    ]);

    expect(health).toEqual([
      { person: 'ben', asked: 5, decided: 4, approved: 3, medianSeconds: 3, quick: 2 },
      { person: 'cho', asked: 1, decided: 0, approved: 0, quick: 0 },
    ]);
    expect(healthRows(health, (id) => id).slice(1)).toEqual([
      ['ben', '5', '4', '75 %', '3 s', '50 %'],
      ['cho', '1', '0', '–', '–', '–'],
    ]);
  });

  it('when a run is read from the ledger, then whoever could decide counts as asked, and the requester does not', () => {
    const commits = readFixture('run-v1.jsonl');
    const state = foldStream(commits, emptyRun(asRunId('run_fixture_v1')), foldRun);

    const asked = askedIn(state, demonstrationPeople(), new Date(0));

    const votes = [...state.approvals.values()].flatMap((approval) => approval.votes);
    expect(asked.filter(({ vote }) => vote !== undefined)).toHaveLength(votes.length);
    expect(asked.filter(({ person }) => person === ben)).toHaveLength(2);
    expect(asked.filter(({ person }) => person === state.requester)).toEqual([]);
    expect(askedIn(state, demonstrationPeople(), new Date('2100-01-01'))).toEqual([]);
  });
});
