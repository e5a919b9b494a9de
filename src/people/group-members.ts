/**
 * Roles that people hold by a group on a chat platform: Slack user groups, Discord roles.
 *
 * The platform is asked before anything is decided on such a role, and its answer counts for a minute. A person whose
 * groups cannot be looked up holds none of them. Only persons of `people.yaml` are looked up: a group makes nobody
 * known.
 */
import type { Clock } from '../core/clock.ts';
import type { ActorId } from '../core/ids.ts';
import { createPeople } from './create-people.ts';
import type { People, Person, Role } from './person.ts';

export type GroupPlatform = 'slack' | 'discord';

/** What a platform knows about its groups. */
export interface GroupDirectory {
  /**
   * Those of the accounts that are in the group at this moment: `T01/S01` and `T01/U02` on Slack, `guild/role` and
   * user ids on Discord. Throws when it cannot be known.
   */
  holdersOf(group: string, accounts: readonly string[]): Promise<GroupHolders>;
}

export interface GroupHolders {
  readonly accounts: readonly string[];
  /** When the platform said so, if that was not just now. */
  readonly asOf?: number;
}

/** How long a platform's answer counts. */
const countsForMs = 60_000;

export interface GroupMembers {
  /** The people with the roles that their groups give them, as last looked up. */
  withGroups(people: People): People;
  /** Looks these persons up, unless that was done within the last minute. Never throws. */
  refresh(people: People, persons: readonly ActorId[]): Promise<void>;
  /** Looks everybody up, for lists of who could decide; what cannot be known stays as it was. Never throws. */
  refreshAll(people: People): Promise<void>;
}

export interface GroupMembersOptions {
  readonly clock: Clock;
  /** Undefined for a platform that is not connected. */
  directoryOf(platform: GroupPlatform): GroupDirectory | undefined;
  /** A look-up failed; the persons it was about hold no role by that group. */
  onFailure(platform: GroupPlatform, group: string, error: unknown): void;
}

interface Known {
  readonly at: number;
  readonly roles: ReadonlySet<string>;
}

export function createGroupMembers(options: GroupMembersOptions): GroupMembers {
  const { clock } = options;
  const known = new Map<ActorId, Known>();
  let shown: { readonly of: People; readonly people: People } | undefined;

  async function lookUp(people: People, persons: readonly Person[]): Promise<{ readonly isWhole: boolean }> {
    let at = clock.now().getTime();
    const roles = new Map<ActorId, Set<string>>(persons.map(({ id }) => [id, new Set()]));
    let isWhole = true;
    const questions = people.roles.flatMap(({ name, slackGroups, discordRoles }) => [
      ...slackGroups.map((group) => ({ role: name, platform: 'slack' as const, group })),
      ...discordRoles.map((group) => ({ role: name, platform: 'discord' as const, group })),
    ]);
    await Promise.all(
      questions.map(async ({ role, platform, group }) => {
        const accounts = persons.flatMap((person) => person[platform]);
        const directory = options.directoryOf(platform);
        if (accounts.length === 0 || directory === undefined) return;
        try {
          const holders = await directory.holdersOf(group, accounts);
          const held = new Set(holders.accounts);
          at = Math.min(at, holders.asOf ?? at);
          for (const person of persons)
            if (person[platform].some((account) => held.has(account))) roles.get(person.id)?.add(role);
        } catch (error) {
          isWhole = false;
          options.onFailure(platform, group, error);
        }
      }),
    );
    for (const [id, found] of roles) known.set(id, { at, roles: found });
    shown = undefined;
    return { isWhole };
  }

  return {
    withGroups(people) {
      if (!hasGroups(people)) return people;
      if (shown?.of !== people) shown = { of: people, people: overlay(people, known) };
      return shown.people;
    },
    async refresh(people, persons) {
      if (!hasGroups(people)) return;
      const now = clock.now().getTime();
      const stale = [...new Set(persons)].filter(
        (id) => now - (known.get(id)?.at ?? -Infinity) > countsForMs,
      );
      const found = stale.flatMap((id) => people.findPerson(id) ?? []);
      if (found.length > 0) await lookUp(people, found);
    },
    async refreshAll(people) {
      if (!hasGroups(people)) return;
      const before = new Map(known);
      const { isWhole } = await lookUp(people, people.persons);
      if (isWhole) return;
      // A platform that does not answer empties no list; whoever acts is looked up by himself.
      for (const [id, entry] of before) known.set(id, entry);
      shown = undefined;
    },
  };
}

function hasGroups(people: People): boolean {
  return people.roles.some(isHeldByGroup);
}

/** True for a role whose holders the platform knows best: at any moment somebody may get it there. */
export function isHeldByGroup({ slackGroups, discordRoles }: Role): boolean {
  return slackGroups.length + discordRoles.length > 0;
}

function overlay(people: People, known: ReadonlyMap<ActorId, Known>): People {
  return createPeople({
    isDemonstration: people.isDemonstration,
    roles: people.roles,
    channels: people.channels,
    absences: people.absences,
    persons: people.persons.map((person) => {
      const added = [...(known.get(person.id)?.roles ?? [])].filter((role) => !person.roles.includes(role));
      return added.length === 0 ? person : { ...person, roles: [...person.roles, ...added] };
    }),
  });
}
