/** The people of the file with those whom operators added in chat. Pure. */
import type { ActorId } from '../core/ids.ts';
import { createPeople } from './create-people.ts';
import type { People, Person, Role } from './person.ts';

export interface Member {
  readonly person: ActorId;
  /** Without it the person is known only if the file names him: whoever leaves the file is gone. */
  readonly name?: string;
  readonly roles: readonly string[];
  readonly slack: readonly string[];
  readonly discord: readonly string[];
  readonly tokenSha256: readonly string[];
}

/** What the file says wins: an account or token that it gives to somebody is his, and so is his name. */
export function withMembers(people: People, members: readonly Member[]): People {
  if (members.length === 0 || people.isDemonstration) return people;
  const isFree = (platform: 'slack' | 'discord', account: string): boolean =>
    people.findByAccount(platform, account) === undefined;
  const taken = new Set(people.persons.flatMap(({ tokenSha256 }) => tokenSha256));
  const persons = new Map<string, Person>(people.persons.map((person) => [person.id, person]));
  for (const member of members) {
    const known = persons.get(member.person);
    const name = known?.name ?? member.name;
    if (name === undefined) continue;
    const added = {
      roles: member.roles,
      slack: member.slack.filter((account) => isFree('slack', account)),
      discord: member.discord.filter((account) => isFree('discord', account)),
      tokenSha256: member.tokenSha256.filter((hash) => !taken.has(hash)),
    };
    persons.set(member.person, {
      id: member.person,
      name,
      roles: joined(known?.roles, added.roles),
      slack: joined(known?.slack, added.slack),
      discord: joined(known?.discord, added.discord),
      tokenSha256: joined(known?.tokenSha256, added.tokenSha256),
    });
  }
  const all = [...persons.values()];
  return createPeople({ ...people, persons: all, roles: rolesOf(people.roles, all) });
}

function joined(known: readonly string[] = [], added: readonly string[]): readonly string[] {
  return [...new Set([...known, ...added])];
}

function rolesOf(described: readonly Role[], persons: readonly Person[]): readonly Role[] {
  const names = new Set(described.map(({ name }) => name));
  const others = [...new Set(persons.flatMap(({ roles }) => roles))].filter((name) => !names.has(name));
  return [...described, ...others.map((name) => ({ name, slackGroups: [], discordRoles: [] }))];
}
