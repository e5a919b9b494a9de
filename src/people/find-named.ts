/** The person whom somebody names in words. Pure. */
import type { People, Person } from './person.ts';

/** `@cho`, `Cho`, or a mention as Slack and Discord write it. */
export function findNamed(people: People, text: string): Person | undefined {
  const [, account] = /^<@!?([A-Z0-9]+)(?:\|[^>]*)?>$/u.exec(text) ?? [];
  if (account !== undefined)
    return people.persons.find(
      ({ slack, discord }) =>
        discord.includes(account) || slack.some((entry) => entry.endsWith(`/${account}`)),
    );
  const name = text.replace(/^@/u, '');
  const byName = people.persons.filter((person) => person.name.toLowerCase() === name.toLowerCase());
  return people.findPerson(name) ?? (byName.length === 1 ? byName[0] : undefined);
}
