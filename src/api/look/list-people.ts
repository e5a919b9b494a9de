/** Who is who and who decides what, without anybody's account numbers. */
import type { Policy } from '../../gate/policy.ts';
import type { People } from '../../people/person.ts';
import type { PeopleJson } from './look-shapes.ts';

export function listPeople(people: People, policy: Policy): PeopleJson {
  const askers = new Map<string, Set<string>>();
  for (const line of policy.lines) {
    for (const name of line.requirements.flatMap((requirement) => requirement.approvers)) {
      const lines = askers.get(name) ?? new Set();
      askers.set(name, lines.add(line.id));
    }
  }
  const askedBy = (name: string): readonly string[] => [...(askers.get(name) ?? [])];
  const known = new Set([...people.roles.map(({ name }) => name), ...people.persons.map(({ id }) => id)]);
  return {
    isDemonstration: people.isDemonstration,
    persons: people.persons.map((person) => ({
      id: person.id,
      name: person.name,
      roles: [...person.roles],
      reachedOn: [
        ...(person.tokenSha256.length > 0 ? ['console' as const] : []),
        ...(person.slack.length > 0 ? ['slack' as const] : []),
        ...(person.discord.length > 0 ? ['discord' as const] : []),
      ],
      decides: new Set([...person.roles, person.id].flatMap(askedBy)).size,
    })),
    roles: people.roles.map(({ name, slackGroups, discordRoles }) => ({
      name,
      persons: people.expand([name]).map(({ id }) => id),
      hasGroups: slackGroups.length + discordRoles.length > 0,
      askedBy: [...askedBy(name)],
    })),
    unheld: [...askers.keys()].filter((name) => {
      const role = people.findRole(name);
      const hasGroups = role !== undefined && role.slackGroups.length + role.discordRoles.length > 0;
      return !hasGroups && (!known.has(name) || people.expand([name]).length === 0);
    }),
  };
}
