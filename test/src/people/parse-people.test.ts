import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/core/errors.ts';
import { sha256 } from '../../../src/core/hash.ts';
import { asActorId, asChannelId } from '../../../src/core/ids.ts';
import { demonstrationPeople, parsePeople } from '../../../src/people/parse-people.ts';

const shipped = `
people:
  ana: { name: Ana, slack: [T01/U01] }
  ben: { name: Ben, roles: [approver, finance], slack: [T01/U02, T02/U02], discord: ["2002"], tokenSha256: ["${sha256('ben-token')}"] }
  cho: { name: Cho, roles: [approver] }
roles:
  finance: { slackGroups: [T01/S01], discordRoles: ["1001/3001"] }
channels:
  board: { private: true, members: [ana, ben] }
  finance: { private: true, members: [ben] }
`;

function mistakesOf(text: string): string {
  try {
    parsePeople(text, 'people.yaml');
  } catch (error) {
    if (error instanceof AppError && error.code === 'people.invalid') return error.message;
    throw error;
  }
  return 'no mistake';
}

describe('given a people.yaml without mistakes', () => {
  const people = parsePeople(shipped, 'people.yaml');

  it('when a role or a person is expanded, then each person is there once and unknown names add nobody', () => {
    const ids = (names: readonly string[]): readonly string[] =>
      people.expand(names).map((person) => person.id);

    expect(ids(['finance'])).toEqual(['ben']);
    expect(ids(['approver', 'ben', 'ana', 'martians'])).toEqual(['ben', 'cho', 'ana']);
    expect(ids([])).toEqual([]);
  });

  it('when an account or a token comes in, then it finds its person and no other', () => {
    expect(people.findByAccount('slack', 'T02/U02')?.id).toBe('ben');
    expect(people.findByAccount('discord', '2002')?.id).toBe('ben');
    expect(people.findByAccount('slack', '2002')).toBeUndefined();
    expect(people.findByToken('ben-token')?.id).toBe('ben');
    expect(people.findByToken(sha256('ben-token'))).toBeUndefined();
    expect(people.findByToken('')).toBeUndefined();
  });

  it('when channels are read, then the defaults exist, and private ones are for their members', () => {
    const canRead = (person: string, channel: string): boolean =>
      people.canRead(asActorId(person), asChannelId(`console:${channel}`));

    expect(people.channels.map((channel) => channel.name)).toEqual(['general', 'finance', 'ops', 'board']);
    expect([canRead('cho', 'general'), canRead('cho', 'finance'), canRead('ben', 'finance')]).toEqual([
      true,
      false,
      true,
    ]);
    expect([canRead('ana', 'board'), canRead('cho', 'board'), canRead('cho', 'attic')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(canRead('stranger', 'general')).toBe(false);
  });

  it('when roles are listed, then those that only persons name are among them', () => {
    expect(people.roles.map((role) => role.name).toSorted()).toEqual(['approver', 'finance']);
    expect(people.findRole('finance')?.discordRoles).toEqual(['1001/3001']);
  });
});

describe('given the demonstration', () => {
  it('when it is looked at, then the four persons have the documented roles, tokens and channels', () => {
    const people = demonstrationPeople();

    expect(people.persons.map(({ id, roles }) => [id, ...roles])).toEqual([
      ['ana'],
      ['ben', 'approver', 'finance'],
      ['cho', 'approver', 'engineering'],
      ['dev'],
    ]);
    for (const id of ['ana', 'ben', 'cho', 'dev']) expect(people.findByToken(`demo-${id}`)?.id).toBe(id);
    expect(people.channels.map(({ name, isPrivate }) => `${name} ${String(isPrivate)}`)).toEqual([
      'general false',
      'finance false',
      'ops false',
      'board true',
    ]);
    expect(people.canRead(asActorId('cho'), asChannelId('console:board'))).toBe(false);
    expect(people.isDemonstration).toBe(true);
  });
});

const one = (fields: string): string => `people:\n  ana: { name: Ana, ${fields} }\n`;

const broken: readonly (readonly [name: string, text: string, start: string, fix: string])[] = [
  ['an empty file', '# nothing\n', ':1: the file is empty', 'fill it'],
  ['bad YAML', 'people: [\n', 'not readable as YAML', 'mend the syntax'],
  ['no people', 'channels: {}\n', 'there is no «people» section', 'add «people:»'],
  ['nobody', 'people: {}\n', ':1: people: names nobody', 'at least one person'],
  [
    'an unknown section',
    'peple:\n  ana: { name: Ana }\n',
    ':1: peple: is not a known key',
    'did you mean people',
  ],
  ['an unknown key', one('role: [finance]'), ':2: people.ana.role: is not a known key', 'did you mean roles'],
  [
    'a person twice',
    `${one('roles: []')}  ana: { name: Ann }\n`,
    ':3: people.ana: is given twice, first in line 2',
    'keep one',
  ],
  ['no name', 'people:\n  ana: {}\n', ':2: people.ana: has no name', 'add «name: ana»'],
  [
    'a person that is text',
    'people:\n  ana: Ana\n',
    ':2: people.ana: must be a map, but is text',
    'key: value',
  ],
  ['a capital id', 'people:\n  Ana: { name: Ana }\n', ':2: people.Ana: "Ana" cannot be a person', 'a-z, 0-9'],
  [
    'a reserved id',
    'people:\n  bot: { name: Bot }\n',
    ':2: people.bot: "bot" is a reserved word',
    'choose another',
  ],
  [
    'a reserved role',
    one('roles: [everyone]'),
    ':2: people.ana.roles[0]: "everyone" is a reserved word',
    'choose another',
  ],
  ['roles as text', one('roles: finance'), ':2: people.ana.roles: must be a list, but is text', 'brackets'],
  [
    'a role twice',
    one('roles: [finance, finance]'),
    ':2: people.ana.roles[1]: "finance" is listed twice',
    'keep one',
  ],
  [
    'a Discord id as number',
    one('discord: [2002]'),
    ':2: people.ana.discord[0]: must be text, but is a number',
    'in quotes',
  ],
  [
    'a Slack name',
    one('slack: ["@ana"]'),
    ':2: people.ana.slack[0]: "@ana" is not a Slack account',
    'T01/U02',
  ],
  [
    'a hidden letter in a name',
    'people:\n  ana: { name: "An\\u202Ea" }\n',
    ':2: people.ana.name: is too long, or has',
    'visible',
  ],
  [
    'the hash of nothing',
    one(`tokenSha256: ["${sha256('')}"]`),
    ':2: people.ana.tokenSha256[0]: is the hash of an empty',
    'random',
  ],
  [
    'an alias',
    'people:\n  ana: &a { name: Ana }\n  bob: *a\n',
    ':3: people.bob: uses an alias',
    'write the value out',
  ],
  [
    'one account for two',
    `${one('slack: [T01/U01]')}  bob: { name: Bob, slack: [T01/U01] }\n`,
    ':3: people.bob.slack[0]: this Slack account already belongs to "ana"',
    'leave it with one',
  ],
  [
    'one token for two',
    `${one(`tokenSha256: ["${sha256('x')}"]`)}  bob: { name: Bob, tokenSha256: ["${sha256('x').toUpperCase()}"] }\n`,
    ':3: people.bob.tokenSha256[0]: this token already',
    'leave it',
  ],
  [
    'a role of nobody',
    `${one('roles: [finance]')}roles:\n  finanec: {}\n`,
    ':4: roles.finanec: names nobody',
    'holds "finance"',
  ],
  [
    'a bad group',
    `${one('roles: [finance]')}roles:\n  finance: { slackGroups: [S01] }\n`,
    ':4: roles.finance.slackGroups[0]: "S01" is not',
    'T01/S01',
  ],
  ['a role called as a person', one('roles: [ana]'), '"ana" names a role and a person', 'rename'],
  [
    'an unknown member',
    `${one('roles: []')}channels:\n  board: { private: true, members: [anna] }\n`,
    ':4: channels.board.members[0]: there is no person "anna"',
    'did you mean ana',
  ],
  [
    'a private channel of nobody',
    `${one('roles: []')}channels:\n  board: { private: true }\n`,
    ':4: channels.board: is private and has no members',
    'members',
  ],
  [
    'members of an open channel',
    `${one('roles: []')}channels:\n  board: { members: [ana] }\n`,
    ':4: channels.board.members: is given for a channel that everybody may read',
    'private: true',
  ],
  [
    'private as text',
    `${one('roles: []')}channels:\n  board: { private: "yes", members: [ana] }\n`,
    ':4: channels.board.private: must be true or false',
    'true or false',
  ],
];

describe('given a people.yaml with a mistake', () => {
  it.each(broken)('when it has %s, then file, line, key and fix are named', (_name, text, start, fix) => {
    const message = mistakesOf(text);

    expect(message).toContain('people.yaml');
    expect(message).toContain(start);
    expect(message.slice(message.indexOf('Fix: '))).toContain(fix);
  });

  it('when a token was not hashed, then the message does not repeat it', () => {
    const message = mistakesOf(one('tokenSha256: ["hunter2-hunter2"]'));

    expect(message).toContain(':2: people.ana.tokenSha256[0]: is not a SHA-256 in hex');
    expect(message).not.toContain('hunter2');
  });

  it('when it has several, then all are told at once, in order of lines', () => {
    const message = mistakesOf('people:\n  ana: { nam: Ana }\n  bot: { name: B }\nchanels: {}\n');

    expect(message.split('\n').map((line) => /^people\.yaml:(\d+)/u.exec(line)?.[1] ?? 'head')).toEqual([
      'head',
      '2',
      '2',
      '3',
      '4',
    ]);
  });
});
