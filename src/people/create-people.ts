/** Builds the frozen picture of who is who from its parts; the parts are already checked. */
import type { ActorId, ChannelId } from '../core/ids.ts';
import { ownRoomOf } from '../core/direct-place.ts';
import { sha256 } from '../core/hash.ts';
import type { Absence, ConsoleChannel, People, Person, Role } from './person.ts';

export interface PeopleParts {
  readonly isDemonstration: boolean;
  readonly persons: readonly Person[];
  readonly roles: readonly Role[];
  readonly channels: readonly ConsoleChannel[];
  readonly absences?: readonly Absence[];
}

export function createPeople(parts: PeopleParts): People {
  const byId = new Map<string, Person>();
  const byToken = new Map<string, Person>();
  const byAccount = new Map<string, Person>();
  const byRole = new Map<string, Person[]>();
  for (const person of parts.persons) {
    byId.set(person.id, person);
    for (const hash of person.tokenSha256) byToken.set(hash, person);
    for (const account of person.slack) byAccount.set(`slack ${account}`, person);
    for (const account of person.discord) byAccount.set(`discord ${account}`, person);
    for (const role of person.roles) byRole.set(role, [...(byRole.get(role) ?? []), person]);
  }
  const roles = new Map(parts.roles.map((role) => [role.name, role]));
  const channels = new Map<string, ConsoleChannel>(parts.channels.map((channel) => [channel.id, channel]));

  return Object.freeze({
    isDemonstration: parts.isDemonstration,
    persons: parts.persons,
    roles: parts.roles,
    channels: parts.channels,
    absences: parts.absences ?? [],
    findPerson: (id: string) => byId.get(id),
    findByAccount: (platform: 'slack' | 'discord', account: string) =>
      byAccount.get(`${platform} ${account}`),
    // The token is hashed before it is looked up, so the time a lookup takes tells nothing about any token.
    findByToken: (token: string) => byToken.get(sha256(token)),
    findRole: (name: string) => roles.get(name),
    expand(rolesOrPersons: readonly string[]) {
      const found = new Set<Person>();
      for (const name of rolesOrPersons) {
        const person = byId.get(name);
        if (person !== undefined) found.add(person);
        for (const holder of byRole.get(name) ?? []) found.add(holder);
      }
      return [...found];
    },
    canRead(person: ActorId, channel: ChannelId) {
      if (!byId.has(person)) return false;
      if (channel === ownRoomOf(person)) return true;
      const found = channels.get(channel);
      if (found === undefined) return false;
      return !found.isPrivate || found.members.includes(person);
    },
  });
}
