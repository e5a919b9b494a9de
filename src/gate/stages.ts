/**
 * Requirements that are asked one after the other, first finance, then security. Pure.
 *
 * Each vote counts in the stage whose turn it was when it was given, and in that one alone, so nobody decides twice.
 * A vote that does not count any more (its voter lost the role) lets later ones fall back with it.
 */
import type { ActorId } from '../core/ids.ts';
import type { Requirement } from './policy.ts';

/** A requirement with the persons whose vote can count for it. */
export interface Staged {
  readonly requirement: Requirement;
  readonly counting: readonly ActorId[];
  readonly need: number;
  /** Whoever gets a role on a platform in the meantime can fill it. */
  readonly isOpenEnded: boolean;
}

export interface Standing {
  readonly approvedBy: readonly ActorId[];
  /** Whose turn it is: a later stage waits for those before it; a past one is met. */
  readonly turn: 'past' | 'now' | 'later';
  readonly isReachable: boolean;
}

/** In the order of `stages`, which are all those of one rule. `votes` are in the order in which they were given. */
export function standStages(stages: readonly Staged[], votes: readonly ActorId[]): readonly Standing[] {
  const order = stages
    .map((stage, index) => ({ stage, index }))
    .toSorted((a, b) => (a.stage.requirement.stage?.number ?? 0) - (b.stage.requirement.stage?.number ?? 0));
  const approved = stages.map((): ActorId[] => []);
  let current = 0;
  const skipMet = (): void => {
    for (;;) {
      const at = order[current];
      if (at === undefined || (approved[at.index]?.length ?? 0) < at.stage.need) return;
      current += 1;
    }
  };
  for (const vote of new Set(votes)) {
    skipMet();
    const at = order[current];
    if (at?.stage.counting.includes(vote) === true) approved[at.index]?.push(vote);
  }
  skipMet();
  const isReachable = canBeFilled(
    stages.map((stage, index) => ({ ...stage, missing: stage.need - (approved[index]?.length ?? 0) })),
    new Set(votes),
  );
  return stages.map((_, index) => {
    const position = order.findIndex((entry) => entry.index === index);
    const turn = position < current ? 'past' : position === current ? 'now' : 'later';
    return { approvedBy: approved[index] ?? [], turn, isReachable };
  });
}

/** Whether different persons who have not voted could fill every stage: two stages of the same one person cannot. */
function canBeFilled(
  stages: readonly (Staged & { readonly missing: number })[],
  voted: ReadonlySet<ActorId>,
): boolean {
  const seats = stages.flatMap(({ counting, missing, isOpenEnded }) =>
    isOpenEnded || missing <= 0
      ? []
      : Array.from({ length: missing }, () => counting.filter((person) => !voted.has(person))),
  );
  const seatOf = new Map<ActorId, number>();
  // Each seat takes somebody free, or somebody whose seat another one can take (augmenting paths).
  const place = (seat: number, tried: Set<ActorId>): boolean =>
    (seats[seat] ?? []).some((person) => {
      if (tried.has(person)) return false;
      tried.add(person);
      const other = seatOf.get(person);
      if (other !== undefined && !place(other, tried)) return false;
      seatOf.set(person, seat);
      return true;
    });
  return seats.every((_, seat) => place(seat, new Set()));
}
