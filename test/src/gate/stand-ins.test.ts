import { describe, expect, it } from '@jest/globals';
import { answerAway, answerBack } from '../../../src/commands/away.ts';
import { parseAbsence } from '../../../src/commands/parse-absence.ts';
import { asActorId } from '../../../src/core/ids.ts';
import { createAbsenceDesk } from '../../../src/gate/absence-desk.ts';
import { foldAbsences } from '../../../src/gate/absence-state.ts';
import type { Requirement } from '../../../src/gate/policy.ts';
import { whoMayDecide } from '../../../src/gate/who-may-decide.ts';
import type { DecisionOutlook } from '../../../src/gate/who-may-decide.ts';
import { foldStream } from '../../../src/ledger/fold.ts';
import { createPeople } from '../../../src/people/create-people.ts';
import { demonstrationPeople } from '../../../src/people/parse-people.ts';
import type { People } from '../../../src/people/person.ts';
import { readFixture } from '../../builders/event-fixture.ts';
import { aLedgerStore } from '../../builders/local-ledger.ts';
import { aManualClock } from '../../builders/manual-clock.ts';

// Ben: approver, finance. Cho: approver, engineering. Dev and Ana hold no role.
const demonstration = demonstrationPeople();

function withAway(...absences: readonly (readonly [person: string, delegate?: string])[]): People {
  return createPeople({
    ...demonstration,
    absences: absences.map(([person, delegate]) => ({
      person: asActorId(person),
      until: 1,
      ...(delegate !== undefined && { delegate: asActorId(delegate) }),
    })),
  });
}

const asks = (approvers: readonly string[], more: Partial<Requirement> = {}): Requirement => ({
  rule: approvers.join('+'),
  approvers,
  quorum: 1,
  excludeRequester: true,
  ...more,
});

function outlook(
  people: People,
  requirements: readonly Requirement[],
  votes: readonly string[] = [],
  excluded: readonly string[] = [],
  requester = 'ana',
): DecisionOutlook {
  return whoMayDecide({
    requirements,
    people,
    requester: asActorId(requester),
    excluded: excluded.map((person) => ({ person: asActorId(person), why: 'steerer' })),
    votes: votes.map(asActorId),
  });
}

const mayVote = (found: DecisionOutlook, person: string): string => found.mayVote(asActorId(person)).kind;
const idsOf = (found: DecisionOutlook): readonly string[] => found.left.map(({ id }) => id);

describe('given somebody who is away', () => {
  const finance = [asks(['finance'])];
  const both = [asks(['approver'], { quorum: 2 })];

  it('then his stand-in decides where he may, and in nothing else', () => {
    const people = withAway(['ben', 'dev']);

    expect(mayVote(outlook(people, finance), 'dev')).toBe('may');
    expect(outlook(people, finance, ['dev']).isMet).toBe(true);
    expect(outlook(people, finance).standsInFor(asActorId('dev'))).toBe('ben');
    expect(mayVote(outlook(people, [asks(['engineering'])]), 'dev')).toBe('not-entitled');
    expect(mayVote(outlook(demonstration, finance), 'dev')).toBe('not-entitled');
  });

  it('then both together are one person', () => {
    const people = withAway(['ben', 'dev']);

    for (const votes of [['ben', 'dev'], ['dev', 'ben'], ['dev']])
      expect(outlook(people, both, votes)).toMatchObject({ isMet: false, requirements: [{ have: 1 }] });
    expect(outlook(people, both, ['dev', 'cho']).isMet).toBe(true);
  });

  it('then whoever is asked himself takes his own seat alone, and nobody holds two', () => {
    expect(outlook(withAway(['cho', 'ben']), both, ['ben']).isMet).toBe(false);
    expect(outlook(withAway(['cho', 'ben']), [asks(['finance']), asks(['engineering'])], ['ben']).isMet).toBe(
      false,
    );
    expect(outlook(withAway(['ben', 'dev'], ['cho', 'dev']), both, ['dev'])).toMatchObject({
      isMet: false,
      requirements: [{ have: 1 }],
    });
  });

  it('then nobody stands in who had a part in it, nor for somebody who had', () => {
    expect(mayVote(outlook(withAway(['ben', 'ana']), finance), 'ana')).toBe('requester');
    expect(mayVote(outlook(withAway(['ben', 'dev']), finance, [], ['dev']), 'dev')).toBe('excluded');
    expect(mayVote(outlook(withAway(['ben', 'dev']), finance, [], ['ben']), 'dev')).toBe('not-entitled');
    expect(mayVote(outlook(withAway(['ben', 'dev']), finance, [], [], 'ben'), 'dev')).toBe('not-entitled');
    for (const [votes, excluded] of [
      [['ana'], []],
      [['dev'], ['dev']],
      [['dev'], ['ben']],
    ] as const)
      expect(outlook(withAway(['ben', votes[0]]), finance, votes, excluded).isMet).toBe(false);
  });

  it('then nobody hands on what he stands in for', () => {
    const people = withAway(['ben', 'dev'], ['dev', 'cho']);

    expect(mayVote(outlook(people, finance), 'cho')).toBe('not-entitled');
  });

  it('then in stages the two decide in one of them', () => {
    const stages = [
      asks(['finance'], { rule: 'pay', stage: { number: 1, of: 2 } }),
      asks(['approver'], { rule: 'pay', stage: { number: 2, of: 2 } }),
    ];
    const people = withAway(['ben', 'dev']);

    expect(outlook(people, stages, ['ben', 'dev']).isMet).toBe(false);
    expect(outlook(people, stages, ['dev', 'ben']).isMet).toBe(false);
    expect(outlook(people, stages, ['dev', 'cho']).isMet).toBe(true);
  });

  it('then nobody waits for him: his stand-in is told, or nobody', () => {
    expect(idsOf(outlook(withAway(['ben', 'dev']), finance))).toEqual(['dev']);
    expect(idsOf(outlook(withAway(['ben']), finance))).toEqual([]);
    expect(idsOf(outlook(withAway(['ben', 'dev'], ['dev']), finance))).toEqual([]);
    expect(mayVote(outlook(withAway(['ben']), finance), 'ben')).toBe('may');
    expect(outlook(withAway(['ben', 'dev']), finance).away).toMatchObject([
      { person: { id: 'ben' }, standIn: { id: 'dev' } },
    ]);
  });
});

describe('given the words behind away', () => {
  // A Sunday, noon in Berlin.
  const now = Date.parse('2026-11-22T11:00:00Z');
  const parse = (text: string): unknown => {
    const parsed = parseAbsence(text, { people: demonstration, now, zone: 'Europe/Berlin' });
    if (parsed.kind === 'refused') return parsed.why;
    const moment = new Date(parsed.until).toISOString().slice(0, 16);
    return parsed.delegate === undefined ? moment : [moment, parsed.delegate.id];
  };

  it.each([
    ['until 2026-12-24', '2026-12-24T22:59'],
    ['2026-12-24 17:00 delegate @cho', ['2026-12-24T16:00', 'cho']],
    ['until friday delegate to Cho', ['2026-11-27T22:59', 'cho']],
    ['until tomorrow', '2026-11-23T22:59'],
    ['today 18:00', '2026-11-22T17:00'],
    ['3d delegate ben', ['2026-11-25T11:00', 'ben']],
  ])('when it is «%s», then it is understood', (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it.each([
    ['until 2026-11-20', 'has passed'],
    ['until 2027-11-20', 'three months'],
    ['until 2026-02-30', 'do not understand'],
    ['until whenever', 'do not understand'],
    ['until friday delegate @nobody', 'nobody called «@nobody»'],
    ['until friday 25:00', 'do not understand'],
  ])('when it is «%s», then it says what to write instead', (text, expected) => {
    expect(parse(text)).toContain(expected);
  });
});

describe('given what people said about being away', () => {
  it('then every process knows it, it ends by itself or by a word, and nobody stands in for himself', async () => {
    const clock = aManualClock();
    const ledger = aLedgerStore(() => clock.now());
    const open = (): ReturnType<typeof createAbsenceDesk> =>
      createAbsenceDesk({ ledger, clock, onChanged: () => undefined });
    const [here, there] = [open(), open()];
    const ben = demonstration.findPerson('ben') ?? fail();
    const told: string[] = [];
    const context = {
      absences: here,
      people: () => here.over(demonstration),
      zone: 'UTC',
      get now() {
        return clock.now().getTime();
      },
      tellPerson: (person: { readonly id: string }, text: string) => {
        told.push(`${person.id}: ${text}`);
        return Promise.resolve(true);
      },
    };

    expect(await answerAway(context, ben, '2d delegate @ben')).toContain('cannot stand in for yourself');
    expect(await answerAway(context, ben, '2d delegate @dev')).toContain('Dev decides for you');
    expect(told).toHaveLength(1);
    expect(await there.read()).toBe(true);
    expect(there.over(demonstration).absences).toMatchObject([{ person: 'ben', delegate: 'dev' }]);
    expect(await there.read()).toBe(false);

    clock.advance(2 * 86_400_000);
    expect(there.over(demonstration).absences).toEqual([]);
    expect(await there.read()).toBe(true);
    expect(await answerBack(context, ben)).toContain('were not away');

    await answerAway(context, ben, '2d');
    expect(await answerAway(context, ben, '')).toContain('nobody decides meanwhile');
    expect(await answerBack(context, ben)).toContain('Welcome back');
    expect(here.over(demonstration).absences).toEqual([]);
  });

  it('then what an earlier version wrote is understood', () => {
    const state = foldStream(readFixture('absences-v1.jsonl'), [], foldAbsences);

    expect(state).toMatchObject([{ person: 'ben', delegate: 'dev' }]);
  });
});

function fail(): never {
  throw new Error('The demonstration has no Ben.');
}
