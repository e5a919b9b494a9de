import { describe, expect, it } from '@jest/globals';
import { withPerson } from '../../../src/people/edit-people.ts';
import { parsePeople } from '../../../src/people/parse-people.ts';

const file = `# Who is who at Acme.
people:
  # The head of finance.
  ben: { name: Ben, roles: [approver], discord: ["2002"] }
channels:
  board: { private: true, members: [ben] } # theirs alone
`;

describe('given people.yaml and a change to it', () => {
  it('when somebody is added, then everything else stays, comments included', () => {
    const text = withPerson(
      file,
      { id: 'cho', name: 'Cho', roles: ['approver'], slack: ['T01/U03'] },
      'people.yaml',
    );

    expect(text).toBe(`# Who is who at Acme.
people:
  # The head of finance.
  ben: { name: Ben, roles: [ approver ], discord: [ "2002" ] }
  cho:
    name: Cho
    roles: [ approver ]
    slack: [ T01/U03 ]
channels:
  board: { private: true, members: [ ben ] } # theirs alone
`);
  });

  it('when somebody there gets a role and an account, then both are added once', () => {
    const once = withPerson(file, { id: 'ben', roles: ['finance'], slack: ['T01/U02'] }, 'people.yaml');
    const twice = withPerson(once, { id: 'ben', roles: ['finance'], slack: ['T01/U02'] }, 'people.yaml');

    expect(twice).toBe(once);
    expect(parsePeople(twice, 'people.yaml').findPerson('ben')).toMatchObject({
      roles: ['approver', 'finance'],
      slack: ['T01/U02'],
      discord: ['2002'],
    });
  });

  it('when there is no file yet, then one is made', () => {
    const text = withPerson(undefined, { id: 'ana', name: 'Ana Müller' }, 'people.yaml');

    expect(text).toBe('people:\n  ana:\n    name: Ana Müller\n');
  });

  it.each([
    ['somebody unknown without a name', { id: 'cho' }, 'Fix: give the name too'],
    ['a name that is no id', { id: 'Not An Id', name: 'X' }, 'use 1 to 40 of'],
    ['an account that is none', { id: 'cho', name: 'Cho', slack: ['@cho'] }, 'people.yaml'],
    [
      'an account of somebody else',
      { id: 'cho', name: 'Cho', discord: ['2002'] },
      'already belongs to "ben"',
    ],
  ])('when it is %s, then nothing comes of it and the fix is named', (_, change, words) => {
    expect(() => withPerson(file, change, 'people.yaml')).toThrow(words);
  });

  it('when the file is broken before, then its own mistakes are named instead', () => {
    expect(() =>
      withPerson('people:\n  ben: { nmae: Ben }\n', { id: 'cho', name: 'Cho' }, 'people.yaml'),
    ).toThrow('people.yaml:2');
  });
});
