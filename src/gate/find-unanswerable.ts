/** Lines of a policy that ask people who cannot answer: mistakes for `policy check`, warnings at start. */
import { isHeldByGroup } from '../people/group-members.ts';
import type { People } from '../people/person.ts';
import type { Policy, Requirement } from './policy.ts';
import { standStages } from './stages.ts';

/** `file:line: key: problem. Fix: what to do.` for each line whose quorum nobody could reach, whoever asks. */
export function findUnanswerable(policy: Policy, people: People): readonly string[] {
  return policy.lines.flatMap(({ id, line, requirements }) => {
    const at = `${policy.file}:${String(line)}: ${id}`;
    const problems = requirements.flatMap((requirement) => problemsOf(requirement, at, people));
    return problems.length > 0 ? problems : problemsOfStages(requirements, at, people);
  });
}

function problemsOf({ approvers, quorum }: Requirement, at: string, people: People): readonly string[] {
  const unknown = approvers.filter(
    (name) => people.findPerson(name) === undefined && people.findRole(name) === undefined,
  );
  const problems = unknown.map(
    (name) =>
      `${at}: there is no person or role "${name}". Fix: add it to the list of people, or name another.`,
  );
  const persons = people.expand(approvers).length;
  // Where none of them is known, the lines above say it already.
  const isSaid = unknown.length === approvers.length;
  if (!isSaid && !isOpen(approvers, people) && persons < quorum) {
    const have =
      persons === 0 ? 'nobody is' : `only ${String(persons)} of them ${persons === 1 ? 'is' : 'are'} there`;
    problems.push(
      `${at}: asks ${String(quorum)} of ${approvers.join(', ')}, but ${have}. Fix: give the role to more people, or lower the quorum.`,
    );
  }
  return problems;
}

/** Enough for each stage, but too few for all: everybody decides in one stage only. */
function problemsOfStages(
  requirements: readonly Requirement[],
  at: string,
  people: People,
): readonly string[] {
  const stages = requirements.map((requirement) => ({
    requirement,
    counting: people.expand(requirement.approvers).map(({ id }) => id),
    need: requirement.quorum,
    isOpenEnded: isOpen(requirement.approvers, people),
  }));
  if (standStages(stages, []).every(({ isReachable }) => isReachable)) return [];
  return [
    `${at}: each person decides in one stage only, and there are too few for all of them. Fix: give the roles of the stages to different people.`,
  ];
}

/** How many a platform's group holds is known on the platform only. */
function isOpen(approvers: readonly string[], people: People): boolean {
  return approvers.some((name) => {
    const role = people.findRole(name);
    return role !== undefined && isHeldByGroup(role);
  });
}
