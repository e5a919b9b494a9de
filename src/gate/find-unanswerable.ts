/** Lines of a policy that ask people who cannot answer: mistakes for `policy check`, warnings at start. */
import { isHeldByGroup } from '../people/group-members.ts';
import type { People } from '../people/person.ts';
import type { Policy } from './policy.ts';

/** `file:line: key: problem. Fix: what to do.` for each line whose quorum nobody could reach, whoever asks. */
export function findUnanswerable(policy: Policy, people: People): readonly string[] {
  return policy.lines.flatMap(({ id, line, requirement }) => {
    if (requirement === undefined) return [];
    const { approvers, quorum } = requirement;
    const at = `${policy.file}:${String(line)}: ${id}`;
    const unknown = approvers.filter(
      (name) => people.findPerson(name) === undefined && people.findRole(name) === undefined,
    );
    const problems = unknown.map(
      (name) =>
        `${at}: there is no person or role "${name}". Fix: add it to the list of people, or name another.`,
    );
    // How many a platform's group holds is known on the platform only.
    const isOpen = approvers.some((name) => {
      const role = people.findRole(name);
      return role !== undefined && isHeldByGroup(role);
    });
    const persons = people.expand(approvers).length;
    if (!isOpen && persons < quorum) {
      const have =
        persons === 0 ? 'nobody is' : `only ${String(persons)} of them ${persons === 1 ? 'is' : 'are'} there`;
      problems.push(
        `${at}: asks ${String(quorum)} of ${approvers.join(', ')}, but ${have}. Fix: give the role to more people, or lower the quorum.`,
      );
    }
    return problems;
  });
}
