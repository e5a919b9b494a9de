/**
 * Who may still decide an approval, and what the votes come to. Pure, and asked again at every vote and at dispatch.
 *
 * A vote counts for every requirement whose approvers include the voter and that does not exclude the voter. Each
 * person counts once. Nobody named means nobody may: no requirement at all is never met.
 */
import type { ActorId } from '../core/ids.ts';
import { isHeldByGroup } from '../people/group-members.ts';
import type { People, Person } from '../people/person.ts';
import type { ShutOut } from '../runs/run-state.ts';
import type { Requirement } from './policy.ts';

export interface DecisionQuestion {
  readonly requirements: readonly Requirement[];
  readonly people: People;
  readonly requester: ActorId;
  /** Persons who may not decide this one although policy names them, and why. */
  readonly excluded: readonly ShutOut[];
  /** Who has approved so far, in any order. */
  readonly votes: readonly ActorId[];
}

export interface RequirementOutlook {
  readonly requirement: Requirement;
  readonly have: number;
  readonly need: number;
  /** Who has approved, of those that count. */
  readonly approvedBy: readonly ActorId[];
  /** Persons who may vote for it and have not. */
  readonly left: readonly Person[];
  readonly isMet: boolean;
  readonly isReachable: boolean;
}

export type MayVote =
  | { readonly kind: 'may' }
  /** `left` are the persons who can decide instead. */
  | { readonly kind: 'requester'; readonly left: readonly Person[] }
  | { readonly kind: 'excluded'; readonly why: ShutOut['why']; readonly left: readonly Person[] }
  | {
      readonly kind: 'not-entitled';
      readonly approvers: readonly string[];
      readonly left: readonly Person[];
    };

export interface DecisionOutlook {
  readonly requirements: readonly RequirementOutlook[];
  readonly isMet: boolean;
  /** False when those who are left are too few, so that waiting would be in vain. */
  readonly isReachable: boolean;
  /** Everybody who may vote and has not. */
  readonly left: readonly Person[];
  mayVote(person: ActorId): MayVote;
}

export function whoMayDecide(question: DecisionQuestion): DecisionOutlook {
  const { people, requester } = question;
  const votes = new Set(question.votes);
  const entitled = question.requirements.map(({ approvers }) => people.expand(approvers));
  const isShutOut = (requirement: Requirement, person: ActorId): boolean =>
    (requirement.excludeRequester && person === requester) ||
    question.excluded.some((entry) => entry.person === person && isExcluding(requirement, entry.why));

  const requirements = question.requirements.map((requirement, index): RequirementOutlook => {
    const counting = (entitled[index] ?? []).filter((person) => !isShutOut(requirement, person.id));
    const approvedBy = counting.filter((person) => votes.has(person.id)).map((person) => person.id);
    const left = counting.filter((person) => !votes.has(person.id));
    const need = Math.max(1, requirement.quorum);
    return {
      requirement,
      have: approvedBy.length,
      need,
      approvedBy,
      left,
      isMet: approvedBy.length >= need,
      isReachable: approvedBy.length + left.length >= need || isOpen(requirement, people),
    };
  });
  const left = [...new Set(requirements.flatMap((outlook) => outlook.left))];
  return {
    requirements,
    isMet: requirements.length > 0 && requirements.every((outlook) => outlook.isMet),
    isReachable: requirements.length > 0 && requirements.every((outlook) => outlook.isReachable),
    left,
    mayVote(person) {
      const naming = question.requirements.filter((_, index) =>
        entitled[index]?.some(({ id }) => id === person),
      );
      if (naming.some((requirement) => !isShutOut(requirement, person))) return { kind: 'may' };
      const others = left.filter(({ id }) => id !== person);
      if (person === requester && people.findPerson(person) !== undefined)
        return { kind: 'requester', left: others };
      const why = question.excluded.find((entry) => entry.person === person)?.why;
      if (naming.length > 0 && why !== undefined) return { kind: 'excluded', why, left: others };
      const approvers = [...new Set(question.requirements.flatMap((requirement) => requirement.approvers))];
      return { kind: 'not-entitled', approvers, left: others };
    },
  };
}

function isExcluding(requirement: Requirement, why: ShutOut['why']): boolean {
  switch (why) {
    case 'steerer':
      return requirement.excludeSteerers ?? true;
    case 'editor':
      return requirement.excludeEditor ?? true;
    default:
      return why satisfies never;
  }
}

/** Whoever gets the role on the platform in the meantime can decide, so such a question is never hopeless. */
function isOpen(requirement: Requirement, people: People): boolean {
  return requirement.approvers.some((name) => {
    const role = people.findRole(name);
    return role !== undefined && isHeldByGroup(role);
  });
}
