/** What the pages that only look may show, and to whom. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readPolicy } from '../../src/api/look/read-policy.ts';
import { listPeople } from '../../src/api/look/list-people.ts';
import { parsePolicy } from '../../src/gate/parse-policy.ts';
import { demonstrationPeople } from '../../src/people/parse-people.ts';
import { aWorld, words } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

let world: World;

beforeAll(async () => {
  world = await aWorld({ model: () => words('The Zürich parcel is on its way.') });
  for (const text of ['Where is the first parcel?', 'Where is the second parcel?']) {
    const { run } = await world.say('ana', text);
    await world.until(run, 'done');
  }
}, 60_000);
afterAll(() => world.close());

const lookOf = () => world.app.backend.look;
const ana = () => world.person('ana');

describe('given two runs that are done', () => {
  it('when words of the request or of the answer are searched, then those runs are found, the youngest first', async () => {
    const both = await lookOf().search(ana(), 'PARCEL where');
    expect(both.items.map(({ title }) => title)).toEqual([
      'Where is the second parcel?',
      'Where is the first parcel?',
    ]);
    expect(both).toMatchObject({ isAll: true, searched: 2 });
    expect(both.items[0]?.found).toBeUndefined();

    const byAnswer = await lookOf().search(ana(), 'first zurich');
    expect(byAnswer.items).toHaveLength(1);
    expect(byAnswer.items[0]?.found).toContain('Zürich parcel');

    expect((await lookOf().search(ana(), 'first second')).items).toEqual([]);
    expect((await lookOf().search(ana(), '.*')).items).toEqual([]);
  });

  it('when the overview and the ledgers are read, then both runs are counted with what they committed', async () => {
    const overview = await lookOf().overview(ana());
    expect(overview.runs).toEqual({ started: 2, done: 2, failed: 0, stopped: 0, open: 0 });
    expect(overview.trend).toEqual([0, 0, 0, 0, 0, 0, 2]);
    expect(overview).toMatchObject({ waiting: [], troubles: [], decisions: [], unknownOutcomes: 0 });

    const ledgers = await lookOf().ledgers(ana());
    expect(ledgers.items).toHaveLength(2);
    for (const { run, commits } of ledgers.items) {
      const page = await world.app.backend.readLedger(ana(), run);
      expect(page?.items).toHaveLength(commits);
    }
  });
});

describe('given a policy that asks a role which nobody holds', () => {
  const people = demonstrationPeople();
  const policy = parsePolicy(
    `version: 1
default: { verdict: ask, approvers: [approver], quorum: 1, excludeRequester: true, expiresIn: 24h }
tools:
  billing/refund: { verdict: ask, approvers: [treasury] }
rules:
  - { id: big, tool: billing/refund, when: args.amount > 100, verdict: ask_two, approvers: [approver], quorum: 3 }
`,
    'policy.yaml',
  );

  it('then the pages say so, and show no account number', () => {
    const shown = readPolicy(policy, people);
    expect(shown.lines.map(({ id, line, asks }) => [id, line, asks[0]?.persons, asks[0]?.quorum])).toEqual([
      ['default', 2, 2, 1],
      ['billing/refund', 4, 0, 1],
      ['big', 6, 2, 3],
    ]);

    const listed = listPeople(people, policy);
    expect(listed.unheld).toEqual(['treasury']);
    expect(listed.persons.find(({ id }) => id === 'ben')).toEqual({
      id: 'ben',
      name: 'Ben',
      roles: ['approver', 'finance'],
      reachedOn: ['console'],
      decides: 2,
    });
  });
});
