/** The people with the accounts that they linked themselves, beside those of the file. Pure. */
import type { ActorId } from '../core/ids.ts';
import { createPeople } from './create-people.ts';
import type { People } from './person.ts';

export interface LinkedAccount {
  readonly person: ActorId;
  readonly platform: 'slack' | 'discord';
  /** `T01/U02` on Slack, the user id on Discord. */
  readonly account: string;
}

/** An account that the file gives to somebody is his, whatever was linked; a link of somebody who left is nobody's. */
export function withLinks(people: People, links: readonly LinkedAccount[]): People {
  const free = links.filter(
    ({ person, platform, account }) =>
      people.findPerson(person) !== undefined && people.findByAccount(platform, account) === undefined,
  );
  if (free.length === 0) return people;
  const added = (person: ActorId, platform: LinkedAccount['platform']): readonly string[] =>
    free.filter((link) => link.person === person && link.platform === platform).map(({ account }) => account);
  return createPeople({
    ...people,
    persons: people.persons.map((person) => ({
      ...person,
      slack: [...person.slack, ...added(person.id, 'slack')],
      discord: [...person.discord, ...added(person.id, 'discord')],
    })),
  });
}
