/**
 * `people.yaml` → who is who. Every mistake in the file is reported at once, with line, key and fix.
 *
 * The console's channels `general`, `finance` and `ops` always exist; the file adds others and may redefine
 * these three, to make one private for instance. Values of tokens never appear in a message.
 */
import { asActorId, asChannelId } from '../core/ids.ts';
import { sha256 } from '../core/hash.ts';
import { makeVisible } from '../core/visible-text.ts';
import type { Mistakes, Spot, YamlEntry, YamlValue } from '../core/yaml-file.ts';
import {
  createMistakes,
  findNearest,
  quote,
  readBoolean,
  readEntries,
  readKnown,
  readText,
  readTexts,
  readYaml,
} from '../core/yaml-file.ts';
import { createPeople } from './create-people.ts';
import type { ConsoleChannel, People, Person, Role } from './person.ts';

const namePattern = /^[a-z0-9_-]{1,40}$/u;
const nameFix = 'use 1 to 40 of a-z, 0-9, _ and -';
/** Names that mean something else where persons and roles are named. */
const reservedNames: readonly string[] = [
  'all',
  'anyone',
  'api',
  'bot',
  'console',
  'countersign',
  'default',
  'discord',
  'dm',
  'everyone',
  'nobody',
  'requester',
  'schedule',
  'slack',
  'system',
  'thread',
  'unknown',
];
const defaultChannels = ['general', 'finance', 'ops'] as const;
const slackUser = /^[TE][A-Z0-9]+\/[UW][A-Z0-9]+$/u;
const slackGroup = /^[TE][A-Z0-9]+\/S[A-Z0-9]+$/u;
const discordUser = /^[0-9]{1,20}$/u;
const discordRole = /^[0-9]{1,20}\/[0-9]{1,20}$/u;
const hashOfNothing = sha256('');

/** Throws `people.invalid` with all mistakes. */
export function parsePeople(text: string, file: string): People {
  const mistakes = createMistakes(file);
  const root = readYaml(text, mistakes);
  const sections =
    root === undefined ? undefined : readKnown(root, ['people', 'roles', 'channels'], mistakes);
  if (root !== undefined && sections !== undefined && sections.people === undefined) {
    mistakes.add(root, 'there is no «people» section', 'add «people:» with at least one person below it');
  }
  const persons = readPersons(sections?.people, mistakes);
  const roles = readRoles(sections?.roles, persons, mistakes);
  const channels = readChannels(sections?.channels, persons, mistakes);
  mistakes.throwIfAny('people.invalid');
  return createPeople({ isDemonstration: false, persons, roles, channels });
}

/** The four persons of the «Demonstration company», for a first start without a file. */
export function demonstrationPeople(): People {
  const person = (id: string, name: string, roles: readonly string[]): Person => ({
    id: asActorId(id),
    name,
    roles,
    slack: [],
    discord: [],
    tokenSha256: [sha256(`demo-${id}`)],
  });
  const roles = ['approver', 'finance', 'engineering'].map((name) => ({
    name,
    slackGroups: [],
    discordRoles: [],
  }));
  const board: ConsoleChannel = {
    id: asChannelId('console:board'),
    name: 'board',
    isPrivate: true,
    members: [asActorId('ana'), asActorId('ben')],
  };
  return createPeople({
    isDemonstration: true,
    persons: [
      person('ana', 'Ana', []),
      person('ben', 'Ben', ['approver', 'finance']),
      person('cho', 'Cho', ['approver', 'engineering']),
      person('dev', 'Dev', []),
    ],
    roles,
    channels: [...defaultChannels.map(openChannel), board],
  });
}

function openChannel(name: string): ConsoleChannel {
  return { id: asChannelId(`console:${name}`), name, isPrivate: false, members: [] };
}

function readPersons(section: YamlValue | undefined, mistakes: Mistakes): readonly Person[] {
  const entries = section === undefined ? [] : (readEntries(section, mistakes) ?? []);
  if (section?.kind === 'map' && entries.length === 0) {
    mistakes.add(section, 'names nobody', 'add at least one person');
  }
  const owners = new Map<string, string>();
  return entries.flatMap((entry) => readPerson(entry, owners, mistakes) ?? []);
}

function readPerson(entry: YamlEntry, owners: Map<string, string>, mistakes: Mistakes): Person | undefined {
  checkName(entry, entry.key, 'a person', mistakes);
  const keys = readKnown(entry.value, ['name', 'roles', 'slack', 'discord', 'tokenSha256'], mistakes);
  if (keys === undefined) return undefined;
  const name = keys.name === undefined ? undefined : readText(keys.name, mistakes);
  if (keys.name === undefined)
    mistakes.add(entry, 'has no name', `add «name: ${entry.key}» as people should read it`);
  else if (name !== undefined && (name.length > 80 || makeVisible(name) !== name))
    mistakes.add(
      keys.name,
      'is too long, or has characters that cannot be seen',
      'write at most 80 visible characters',
    );
  const roles = unique(keys.roles, mistakes);
  for (const role of roles) checkName(role, role.text, 'a role', mistakes);

  /** One account or token belongs to one person: else one click would count for two. */
  const own = (found: readonly (Spot & { readonly text: string })[], what: string): readonly string[] => {
    for (const { text, ...spot } of found) {
      const owner = owners.get(`${what} ${text}`);
      if (owner === undefined) owners.set(`${what} ${text}`, entry.key);
      else
        mistakes.add(
          spot,
          `this ${what} already belongs to ${quote(owner)}`,
          `leave it with one of ${quote(owner)} and ${quote(entry.key)}`,
        );
    }
    return found.map((value) => value.text);
  };
  return {
    id: asActorId(entry.key),
    name: name ?? entry.key,
    roles: roles.map((role) => role.text),
    slack: own(
      matching(keys.slack, slackUser, 'a Slack account', 'T01/U02 (workspace/user)', mistakes),
      'Slack account',
    ),
    discord: own(
      matching(keys.discord, discordUser, 'a Discord user id', '"2002", digits in quotes', mistakes),
      'Discord account',
    ),
    tokenSha256: own(readHashes(keys.tokenSha256, mistakes), 'token'),
  };
}

function readRoles(
  section: YamlValue | undefined,
  persons: readonly Person[],
  mistakes: Mistakes,
): readonly Role[] {
  const held = new Set(persons.flatMap((person) => person.roles));
  const roles = new Map<string, Role>();
  const spots = new Map<string, Spot>();
  for (const entry of section === undefined ? [] : (readEntries(section, mistakes) ?? [])) {
    checkName(entry, entry.key, 'a role', mistakes);
    spots.set(entry.key, entry);
    const keys = readKnown(entry.value, ['slackGroups', 'discordRoles'], mistakes);
    if (keys === undefined) continue;
    const slackGroups = matching(
      keys.slackGroups,
      slackGroup,
      'a Slack user group',
      'T01/S01 (workspace/group)',
      mistakes,
    );
    const discordRoles = matching(
      keys.discordRoles,
      discordRole,
      'a Discord role',
      '"1001/3001" (guild/role)',
      mistakes,
    );
    const isNamed =
      (keys.slackGroups?.kind === 'list' && keys.slackGroups.entries.length > 0) ||
      (keys.discordRoles?.kind === 'list' && keys.discordRoles.entries.length > 0);
    if (!isNamed && !held.has(entry.key)) {
      const near = findNearest(entry.key, [...held]);
      const fix = 'give it to a person, name a slackGroups or discordRoles entry, or remove it';
      mistakes.add(
        entry,
        'names nobody: no person holds it and no group stands for it',
        near === undefined ? fix : `${fix}; a person holds ${quote(near)}`,
      );
    }
    roles.set(entry.key, {
      name: entry.key,
      slackGroups: slackGroups.map((group) => group.text),
      discordRoles: discordRoles.map((role) => role.text),
    });
  }
  for (const name of held) {
    if (!roles.has(name)) roles.set(name, { name, slackGroups: [], discordRoles: [] });
  }
  for (const person of persons) {
    if (!roles.has(person.id)) continue;
    const spot = spots.get(person.id) ?? section ?? { line: 1, path: person.id };
    const problem = `${quote(person.id)} names a role and a person, so approvers would be ambiguous`;
    mistakes.add(spot, problem, 'rename one of them');
  }
  return [...roles.values()];
}

function readChannels(
  section: YamlValue | undefined,
  persons: readonly Person[],
  mistakes: Mistakes,
): readonly ConsoleChannel[] {
  const channels = new Map<string, ConsoleChannel>(defaultChannels.map((name) => [name, openChannel(name)]));
  for (const entry of section === undefined ? [] : (readEntries(section, mistakes) ?? [])) {
    if (!namePattern.test(entry.key))
      mistakes.add(entry, `${quote(entry.key)} is not a channel's name`, nameFix);
    const keys = readKnown(entry.value, ['private', 'members'], mistakes);
    if (keys === undefined) continue;
    const isPrivate = keys.private === undefined ? false : (readBoolean(keys.private, mistakes) ?? true);
    const members = unique(keys.members, mistakes);
    for (const { text, ...spot } of members) {
      if (persons.some((person) => person.id === text)) continue;
      const near = findNearest(
        text,
        persons.map((person) => person.id),
      );
      mistakes.add(
        spot,
        `there is no person ${quote(text)}`,
        near === undefined ? 'name an id from «people»' : `did you mean ${near}`,
      );
    }
    if (
      isPrivate &&
      (keys.members === undefined || (keys.members.kind === 'list' && keys.members.entries.length === 0))
    ) {
      mistakes.add(entry, 'is private and has no members, so nobody could read it', 'add «members: [...]»');
    }
    if (!isPrivate && keys.members !== undefined) {
      mistakes.add(
        keys.members,
        'is given for a channel that everybody may read',
        'add «private: true», or remove the members',
      );
    }
    channels.set(entry.key, {
      id: asChannelId(`console:${entry.key}`),
      name: entry.key,
      isPrivate,
      members: isPrivate ? members.map((member) => asActorId(member.text)) : [],
    });
  }
  return [...channels.values()];
}

function checkName(spot: Spot, name: string, what: string, mistakes: Mistakes): void {
  if (!namePattern.test(name)) mistakes.add(spot, `${quote(name)} cannot be ${what}`, nameFix);
  else if (reservedNames.includes(name))
    mistakes.add(spot, `${quote(name)} is a reserved word`, 'choose another name');
}

function unique(
  value: YamlValue | undefined,
  mistakes: Mistakes,
): readonly (Spot & { readonly text: string })[] {
  const texts = value === undefined ? [] : (readTexts(value, mistakes) ?? []);
  const seen = new Set<string>();
  for (const { text, ...spot } of texts) {
    if (seen.has(text)) mistakes.add(spot, `${quote(text)} is listed twice`, 'keep one of them');
    seen.add(text);
  }
  return texts;
}

function matching(
  value: YamlValue | undefined,
  pattern: RegExp,
  what: string,
  example: string,
  mistakes: Mistakes,
): readonly (Spot & { readonly text: string })[] {
  return (value === undefined ? [] : (readTexts(value, mistakes) ?? [])).filter(({ text, ...spot }) => {
    if (pattern.test(text)) return true;
    mistakes.add(spot, `${quote(text)} is not ${what}`, `write it like ${example}`);
    return false;
  });
}

function readHashes(
  value: YamlValue | undefined,
  mistakes: Mistakes,
): readonly (Spot & { readonly text: string })[] {
  return (value === undefined ? [] : (readTexts(value, mistakes) ?? [])).flatMap(({ text, ...spot }) => {
    const hash = text.toLowerCase();
    // The value itself stays out of the message: it may be a token that somebody forgot to hash.
    if (!/^[0-9a-f]{64}$/u.test(hash)) {
      mistakes.add(
        spot,
        'is not a SHA-256 in hex (64 characters)',
        'hash the token: printf %s "$TOKEN" | sha256sum',
      );
      return [];
    }
    if (hash === hashOfNothing) {
      mistakes.add(spot, 'is the hash of an empty token', 'make a long random token and hash that');
      return [];
    }
    return [{ ...spot, text: hash }];
  });
}
