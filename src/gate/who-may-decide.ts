/**
 * Who may still decide an approval, and what the votes come to. Pure, and asked again at every vote and at dispatch.
 *
 * A vote counts for every requirement whose approvers include the voter and that does not exclude the voter. Each
 * person counts once, and in one stage where a rule asks in stages. Nobody named means nobody may: no requirement at all is never met.
 */
import type { ActorId } from '../core/ids.ts';
import { isHeldByGroup } from '../people/group-members.ts';
import type { People, Person } from '../people/person.ts';
import type { ShutOut } from '../runs/run-state.ts';
import type { Requirement } from './policy.ts';
import { assignSeats } from './seats.ts';
import { standStages } from './stages.ts';
import type { Standing } from './stages.ts';

export interface DecisionQuestion {
  readonly requirements: readonly Requirement[];
  readonly people: People;
  readonly requester: ActorId;
  /** Persons who may not decide this one although policy names them, and why. */
  readonly excluded: readonly ShutOut[];
  /** Who has approved so far, in the order in which they did. */
  readonly votes: readonly ActorId[];
}

export interface RequirementOutlook {
  readonly requirement: Requirement;
  readonly have: number;
  readonly need: number;
  /** Who has approved, of those that count. */
  readonly approvedBy: readonly ActorId[];
  /** Persons who may vote for it and have not: for whoever is away those who stand in for him. */
  readonly left: readonly Person[];
  readonly isMet: boolean;
  readonly isReachable: boolean;
  /** `later`: it is asked once the stages before it are met. */
  readonly turn: Standing['turn'];
}

export type MayVote =
  | { readonly kind: 'may' }
  /** `left` are the persons who can decide instead. */
  /** Named for a later stage alone: its turn comes when `first` have approved. */
  | { readonly kind: 'early'; readonly first: readonly string[]; readonly left: readonly Person[] }
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
  /** Whether a vote of this person can count at all, whatever stage it is for. */
  isEntitled(person: ActorId): boolean;
  /** In whose place this person decides, when it is not his own. */
  standsInFor(person: ActorId): ActorId | undefined;
  /** Who is away of those who may still decide, and who stands in. */
  readonly away: readonly AwayApprover[];
}

export interface AwayApprover {
  readonly person: Person;
  readonly until: number;
  readonly standIn?: Person;
}

export function whoMayDecide(question: DecisionQuestion): DecisionOutlook {
  const { people, requester } = question;
  const votes = new Set(question.votes);
  const entitled = question.requirements.map(({ approvers }) => people.expand(approvers));
  const isShutOut = (requirement: Requirement, person: ActorId): boolean =>
    (requirement.excludeRequester && person === requester) ||
    question.excluded.some((entry) => entry.person === person && isExcluding(requirement, entry.why));
  const counting = question.requirements.map((requirement, index) =>
    (entitled[index] ?? []).filter((person) => !isShutOut(requirement, person.id)),
  );
  const seats = assignSeats({
    people,
    entitled: new Set(entitled.flat().map(({ id }) => id)),
    votes: question.votes,
    mayStandIn: (person, delegator) =>
      question.requirements.every(
        (requirement, index) =>
          entitled[index]?.some(({ id }) => id === delegator) !== true || !isShutOut(requirement, person),
      ),
  });
  const seatVotes = [...new Set(question.votes.flatMap((voter) => seats.seatOf(voter) ?? []))];
  const taken = new Set(seatVotes);
  const standings = standAll({ ...question, votes: seatVotes }, counting);
  /** Whoever can be told: whoever is away reads nothing. */
  const present = (person: Person): readonly Person[] => {
    if (!seats.isAway(person.id)) return [person];
    const standIn = people.findPerson(seats.standInFor(person.id) ?? '');
    return standIn === undefined || votes.has(standIn.id) || seats.isAway(standIn.id) ? [] : [standIn];
  };

  const requirements = question.requirements.map((requirement, index): RequirementOutlook => {
    const { approvedBy, turn, isReachable } = standings[index] ?? standsNowhere;
    const need = Math.max(1, requirement.quorum);
    const left =
      turn === 'past'
        ? []
        : (counting[index] ?? []).filter(({ id }) => !taken.has(id)).flatMap((person) => present(person));
    return {
      requirement,
      have: approvedBy.length,
      need,
      approvedBy,
      left: [...new Set(left)],
      isMet: approvedBy.length >= need,
      isReachable,
      turn,
    };
  });
  const open = requirements.filter((outlook) => outlook.turn !== 'later');
  const left = [...new Set(open.flatMap((outlook) => outlook.left))];
  const countingFor = (person: ActorId): readonly RequirementOutlook[] => {
    const seat = seats.seatOf(person);
    return requirements.filter((_, index) => counting[index]?.some(({ id }) => id === seat));
  };
  const absent = people.absences.flatMap(({ person: id, until }): readonly AwayApprover[] => {
    const person = people.findPerson(id);
    const isAsked = requirements.some(
      (outlook, index) => outlook.turn !== 'past' && counting[index]?.some((entry) => entry.id === id),
    );
    if (person === undefined || !isAsked || taken.has(id)) return [];
    const standIn = people.findPerson(seats.standInFor(id) ?? '');
    return [{ person, until, ...(standIn !== undefined && { standIn }) }];
  });
  return {
    requirements,
    isMet: requirements.length > 0 && requirements.every((outlook) => outlook.isMet),
    isReachable: requirements.length > 0 && requirements.every((outlook) => outlook.isReachable),
    left,
    isEntitled: (person) => countingFor(person).length > 0,
    standsInFor(person) {
      const seat = seats.seatOf(person);
      return seat === person ? undefined : seat;
    },
    away: absent,
    mayVote(person) {
      const naming = question.requirements.filter((_, index) =>
        entitled[index]?.some(({ id }) => id === person),
      );
      const own = countingFor(person);
      if (own.some(({ turn }) => turn !== 'later')) return { kind: 'may' };
      const others = left.filter(({ id }) => id !== person);
      if (own.length > 0) return { kind: 'early', first: waitedFor(open), left: others };
      if (person === requester && people.findPerson(person) !== undefined)
        return { kind: 'requester', left: others };
      const why = question.excluded.find((entry) => entry.person === person)?.why;
      const isNamed = naming.length > 0 || people.absences.some(({ delegate }) => delegate === person);
      if (isNamed && why !== undefined) return { kind: 'excluded', why, left: others };
      const approvers = [...new Set(question.requirements.flatMap((requirement) => requirement.approvers))];
      return { kind: 'not-entitled', approvers, left: others };
    },
  };
}

const standsNowhere: Standing = { approvedBy: [], turn: 'now', isReachable: false };

/** How far each requirement is: those in stages together with the others of their rule, the rest by themselves. */
function standAll(
  { requirements, people, votes }: DecisionQuestion,
  counting: readonly (readonly Person[])[],
): readonly Standing[] {
  const voters = new Set(votes);
  const found = requirements.map((requirement, index): Standing => {
    const persons = counting[index] ?? [];
    const approvedBy = persons.filter(({ id }) => voters.has(id)).map(({ id }) => id);
    const isReachable = persons.length >= Math.max(1, requirement.quorum) || isOpen(requirement, people);
    return { approvedBy, turn: 'now', isReachable };
  });
  const rules = new Set(requirements.filter(({ stage }) => stage !== undefined).map(({ rule }) => rule));
  for (const rule of rules) {
    const places = [...requirements.keys()].filter(
      (index) => requirements[index]?.rule === rule && requirements[index].stage !== undefined,
    );
    const stages = places.flatMap((index) => {
      const requirement = requirements[index];
      if (requirement === undefined) return [];
      return {
        requirement,
        counting: (counting[index] ?? []).map(({ id }) => id),
        need: Math.max(1, requirement.quorum),
        isOpenEnded: isOpen(requirement, people),
      };
    });
    const standings = standStages(stages, votes);
    for (const [position, index] of places.entries()) found[index] = standings[position] ?? standsNowhere;
  }
  return found;
}

/** Whom the stages wait for whose turn it is. */
function waitedFor(open: readonly RequirementOutlook[]): readonly string[] {
  return [
    ...new Set(
      open
        .filter(({ isMet, requirement }) => !isMet && requirement.stage !== undefined)
        .flatMap(({ requirement }) => requirement.approvers),
    ),
  ];
}

function isExcluding(requirement: Requirement, why: ShutOut['why']): boolean {
  switch (why) {
    case 'steerer':
      return requirement.excludeSteerers ?? true;
    case 'editor':
      return requirement.excludeEditor ?? true;
    case 'author':
      return true;
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
