import { describe, expect, it } from '@jest/globals';
import { asActorId } from '../../../src/core/ids.ts';
import type { Requirement } from '../../../src/gate/policy.ts';
import { whoMayDecide } from '../../../src/gate/who-may-decide.ts';
import type { DecisionOutlook } from '../../../src/gate/who-may-decide.ts';
import { demonstrationPeople } from '../../../src/people/parse-people.ts';

const people = demonstrationPeople();
const need = (approvers: readonly string[], overrides: Partial<Requirement> = {}): Requirement => ({
  rule: approvers.join('+'),
  approvers,
  quorum: 1,
  excludeRequester: true,
  ...overrides,
});

interface Situation {
  readonly requester?: string;
  readonly votes?: readonly string[];
  readonly excluded?: readonly { readonly person: string; readonly why: 'steerer' | 'editor' }[];
}

function outlook(requirements: readonly Requirement[], situation: Situation = {}): DecisionOutlook {
  return whoMayDecide({
    requirements,
    people,
    requester: asActorId(situation.requester ?? 'ana'),
    excluded: (situation.excluded ?? []).map(({ person, why }) => ({ person: asActorId(person), why })),
    votes: (situation.votes ?? []).map(asActorId),
  });
}

const finance = need(['finance']);
const open = need(['approver'], { excludeRequester: false });

describe('given who asks and whom the policy names', () => {
  it.each([
    // requirement, requester: what ana, ben, cho, dev and a stranger may do
    ['finance', [finance], 'ana', ['requester', 'may', 'not-entitled', 'not-entitled', 'not-entitled']],
    [
      'finance',
      [finance],
      'ben',
      ['not-entitled', 'requester', 'not-entitled', 'not-entitled', 'not-entitled'],
    ],
    [
      'approvers',
      [need(['approver'])],
      'ben',
      ['not-entitled', 'requester', 'may', 'not-entitled', 'not-entitled'],
    ],
    [
      'approvers, requester too',
      [open],
      'ben',
      ['not-entitled', 'may', 'may', 'not-entitled', 'not-entitled'],
    ],
    [
      'one closed, one open to the requester',
      [finance, open],
      'ben',
      ['not-entitled', 'may', 'may', 'not-entitled', 'not-entitled'],
    ],
    [
      'dev by id',
      [need(['dev'])],
      'ana',
      ['requester', 'not-entitled', 'not-entitled', 'may', 'not-entitled'],
    ],
    [
      'a role of nobody',
      [need(['sales'])],
      'ana',
      ['requester', 'not-entitled', 'not-entitled', 'not-entitled', 'not-entitled'],
    ],
    [
      'nobody',
      [need([])],
      'dev',
      ['not-entitled', 'not-entitled', 'not-entitled', 'requester', 'not-entitled'],
    ],
  ] as const)(
    'when %s must agree, then each person is answered',
    (_name, requirements, requester, expected) => {
      const found = outlook(requirements, { requester });

      expect(
        ['ana', 'ben', 'cho', 'dev', 'stranger'].map((person) => found.mayVote(asActorId(person)).kind),
      ).toEqual(expected);
    },
  );

  it('when somebody may not, then the answer says who can instead', () => {
    expect(outlook([finance]).mayVote(asActorId('dev'))).toMatchObject({
      kind: 'not-entitled',
      approvers: ['finance'],
      left: [{ id: 'ben' }],
    });
    expect(outlook([need(['approver'])], { requester: 'ben' }).mayVote(asActorId('ben'))).toMatchObject({
      kind: 'requester',
      left: [{ id: 'cho' }],
    });
  });

  it('when a person edited the arguments, then that person is excluded with the reason, and the vote does not count', () => {
    const found = outlook([need(['approver'])], {
      excluded: [{ person: 'cho', why: 'editor' }],
      votes: ['cho'],
    });

    expect(found.mayVote(asActorId('cho'))).toMatchObject({
      kind: 'excluded',
      why: 'editor',
      left: [{ id: 'ben' }],
    });
    expect([found.isMet, found.isReachable]).toEqual([false, true]);
  });
});

describe('given votes', () => {
  it('when one person stands in two requirements, then one vote counts for both', () => {
    const found = outlook([finance, need(['approver'])], { votes: ['ben'] });

    expect(found.requirements.map(({ have }) => have)).toEqual([1, 1]);
    expect(found.isMet).toBe(true);
  });

  it('when one person votes twice, then a quorum of two is not met', () => {
    const found = outlook([need(['approver'], { quorum: 2 })], { votes: ['ben', 'ben'] });

    expect(found.requirements[0]).toMatchObject({
      have: 1,
      need: 2,
      approvedBy: ['ben'],
      left: [{ id: 'cho' }],
      isMet: false,
    });
    expect(outlook([need(['approver'], { quorum: 2 })], { votes: ['ben', 'cho'] }).isMet).toBe(true);
  });

  it('when the requester, a stranger or somebody without the role has voted, then nothing is met', () => {
    expect(outlook([finance], { requester: 'ben', votes: ['ben', 'dev', 'stranger'] }).isMet).toBe(false);
  });

  it('when nothing at all is required, then it is not met either', () => {
    expect([outlook([]).isMet, outlook([]).isReachable]).toEqual([false, false]);
  });

  it('when a quorum says nobody, then one person must still agree', () => {
    expect(outlook([need(['finance'], { quorum: 0 })]).isMet).toBe(false);
  });
});

describe('given too few people', () => {
  it('when the only one of finance asks, then it says that nobody is left', () => {
    expect(outlook([finance], { requester: 'ben' }).isReachable).toBe(false);
    expect(outlook([finance], { requester: 'ben' }).left).toEqual([]);
  });

  it('when one of two requirements cannot be reached, then the whole cannot', () => {
    expect(outlook([finance, need(['engineering'])], { requester: 'cho' }).isReachable).toBe(false);
  });
});

describe('given a rule that asks finance first, then engineering', () => {
  const stage = (number: number, approvers: readonly string[], quorum = 1): Requirement =>
    need(approvers, { rule: 'staged', quorum, stage: { number, of: 2 } });
  const staged = [stage(1, ['approver']), stage(2, ['engineering', 'finance'])];
  // ben is approver and finance, cho is approver and engineering: both could do either.

  it('when it is not the turn of a stage, then its people may not vote yet, and are named the first', () => {
    const found = outlook([stage(1, ['finance']), stage(2, ['engineering'])]);

    expect(found.mayVote(asActorId('cho'))).toMatchObject({ kind: 'early', first: ['finance'] });
    expect(found.left.map(({ id }) => id)).toEqual(['ben']);
    expect(found.requirements.map(({ turn }) => turn)).toEqual(['now', 'later']);
  });

  it.each([
    [[], [0, 0], false],
    [['ben'], [1, 0], false],
    [['ben', 'ben'], [1, 0], false],
    [['ben', 'cho'], [1, 1], true],
    [['cho', 'ben'], [1, 1], true],
  ])('when %j have approved in this order, then each counts in one stage', (votes, have, isMet) => {
    const found = outlook(staged, { votes });

    expect(found.requirements.map((one) => one.have)).toEqual(have);
    expect(found.isMet).toBe(isMet);
  });

  it('when one person alone is in both stages, then nobody waits in vain', () => {
    expect(outlook([stage(1, ['ben']), stage(2, ['ben'])]).isReachable).toBe(false);
    expect(outlook([stage(1, ['ben']), stage(2, ['ben', 'cho'])]).isReachable).toBe(true);
    expect(outlook([stage(1, ['ben', 'cho']), stage(2, ['ben'])]).isReachable).toBe(true);
    // cho has taken the first stage, so ben is there for the second.
    expect(outlook([stage(1, ['ben', 'cho']), stage(2, ['ben'])], { votes: ['ben'] }).isReachable).toBe(
      false,
    );
  });

  it('when who decided first loses the role, then what came later falls back with it', () => {
    const found = outlook([stage(1, ['dev']), stage(2, ['ben'])], { votes: ['ben'] });

    expect(found.requirements.map((one) => one.have)).toEqual([0, 0]);
  });
});
