/** The state of the people added in chat, in one line each. */
import type { MemberState } from '../../../src/gate/member-state.ts';

export function describeMembers({ members, proposed, misses }: MemberState): readonly string[] {
  return [
    ...members.map(({ person, name, roles, slack, discord }) =>
      [person, name, ...roles, ...slack, ...discord].join(' '),
    ),
    ...proposed.map(({ change, by }) => `proposed ${change.person} by ${by}`),
    `misses ${String(misses.length)}`,
  ];
}
