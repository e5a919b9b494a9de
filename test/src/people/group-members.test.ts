import { describe, expect, it } from '@jest/globals';
import { asActorId } from '../../../src/core/ids.ts';
import { createGroupMembers } from '../../../src/people/group-members.ts';
import type { GroupMembers } from '../../../src/people/group-members.ts';
import { parsePeople } from '../../../src/people/parse-people.ts';
import { aManualClock } from '../../builders/manual-clock.ts';
import type { ManualClock } from '../../builders/manual-clock.ts';

const people = parsePeople(
  `people:
  ana: { name: Ana, slack: [T01/U01] }
  ben: { name: Ben, roles: [approver], slack: [T01/U02], discord: ["2002"] }
roles:
  finance: { slackGroups: [T01/S01], discordRoles: ["1000/3001"] }
`,
  'people.yaml',
);
const ben = asActorId('ben');

interface Directory {
  readonly members: GroupMembers;
  readonly clock: ManualClock;
  readonly held: Map<string, readonly string[]>;
  readonly asked: string[];
  readonly failures: string[];
  isDown: boolean;
  asOf: number | undefined;
}

function aDirectory(): Directory {
  const clock = aManualClock();
  const held = new Map<string, readonly string[]>();
  const asked: string[] = [];
  const failures: string[] = [];
  const directory: Directory = {
    clock,
    held,
    asked,
    failures,
    isDown: false,
    asOf: undefined,
    members: createGroupMembers({
      clock,
      directoryOf: (platform) =>
        platform === 'discord'
          ? undefined
          : {
              holdersOf(group, accounts) {
                asked.push(group);
                if (directory.isDown) return Promise.reject(new Error('down'));
                return Promise.resolve({
                  accounts: accounts.filter((account) => held.get(group)?.includes(account)),
                  ...(directory.asOf !== undefined && { asOf: directory.asOf }),
                });
              },
            },
      onFailure: (platform, group) => failures.push(`${platform} ${group}`),
    }),
  };
  return directory;
}

const rolesOf = ({ members }: Directory, id: string): readonly string[] =>
  members.withGroups(people).findPerson(id)?.roles ?? [];

describe('given roles that people hold by groups on platforms', () => {
  it('when somebody is in the group, then he holds its role beside his own, also by a list of names', async () => {
    const directory = aDirectory();
    directory.held.set('T01/S01', ['T01/U02', 'T01/U77']);

    await directory.members.refresh(people, [ben]);

    expect(rolesOf(directory, 'ben')).toEqual(['approver', 'finance']);
    expect(rolesOf(directory, 'ana')).toEqual([]);
    expect(directory.members.withGroups(people).expand(['finance'])).toMatchObject([{ id: 'ben' }]);
  });

  it('when asked again within a minute, then the platform is spared; after it, what changed is seen', async () => {
    const directory = aDirectory();
    directory.held.set('T01/S01', ['T01/U02']);
    await directory.members.refresh(people, [ben]);
    directory.held.delete('T01/S01');
    directory.clock.advance(60_000);
    await directory.members.refresh(people, [ben]);
    expect([directory.asked.length, rolesOf(directory, 'ben')]).toEqual([1, ['approver', 'finance']]);

    directory.clock.advance(1);
    await directory.members.refresh(people, [ben]);

    expect([directory.asked.length, rolesOf(directory, 'ben')]).toEqual([2, ['approver']]);
  });

  it('when the answer is of earlier, then it counts for a minute from then on', async () => {
    const directory = aDirectory();
    directory.asOf = directory.clock.now().getTime() - 50_000;
    await directory.members.refresh(people, [ben]);
    directory.clock.advance(10_001);

    await directory.members.refresh(people, [ben]);

    expect(directory.asked).toHaveLength(2);
  });

  it('when the platform cannot say, then whoever acts holds no role by it, and lists stay as they were', async () => {
    const directory = aDirectory();
    directory.held.set('T01/S01', ['T01/U02']);
    await directory.members.refreshAll(people);
    directory.isDown = true;

    await directory.members.refreshAll(people);
    expect(rolesOf(directory, 'ben')).toContain('finance');

    directory.clock.advance(60_001);
    await directory.members.refresh(people, [ben]);
    expect(rolesOf(directory, 'ben')).toEqual(['approver']);
    expect(directory.failures).toEqual(['slack T01/S01', 'slack T01/S01']);
  });

  it('when the file is read anew, then the picture is made anew', async () => {
    const directory = aDirectory();
    directory.held.set('T01/S01', ['T01/U02']);
    await directory.members.refresh(people, [ben]);
    directory.members.withGroups(people);
    const next = parsePeople('people:\n  ben: { name: Benjamin, roles: [approver] }\n', 'people.yaml');

    expect(directory.members.withGroups(next).findPerson('ben')?.name).toBe('Benjamin');
    expect(directory.members.withGroups(next).findPerson('ben')?.roles).toEqual(['approver']);
  });
});
