/**
 * How people decide: how often each is asked, how long they take, and how often they say yes without having had the
 * time to read. From the ledger. Pure.
 */
import { groupBy } from '../core/group-by.ts';
import type { ActorId } from '../core/ids.ts';
import type { People } from '../people/person.ts';
import type { RunState } from '../runs/run-state.ts';
import { outlookOf } from './decide-vote.ts';

/** One question that one person could have decided. */
export interface AskedOf {
  readonly person: ActorId;
  /** Absent: somebody else decided, or nobody. */
  readonly vote?: { readonly isYes: boolean; readonly afterMs: number };
}

export interface ApproverHealth {
  readonly person: ActorId;
  readonly asked: number;
  readonly decided: number;
  readonly approved: number;
  /** From the question to the vote; absent when nothing was decided. */
  readonly medianSeconds?: number;
  /** Votes that came within three seconds of the question. */
  readonly quick: number;
}

const quickMs = 3_000;

/** The questions of one run since a moment, for everybody who could decide them by the people of today, or did. */
export function askedIn(state: RunState, people: People, since: Date): readonly AskedOf[] {
  const asked: AskedOf[] = [];
  for (const approval of state.approvals.values()) {
    const at = approval.mark.stamp.at.getTime();
    if (at < since.getTime()) continue;
    const outlook = outlookOf({ ...approval, votes: [] }, people);
    const persons = new Set([
      ...people.persons.map(({ id }) => id).filter((id) => outlook.isEntitled(id)),
      ...approval.votes.map(({ by }) => by),
    ]);
    for (const person of persons) {
      const vote = approval.votes.find(({ by }) => by === person);
      const given = vote && { isYes: vote.vote === 'approve', afterMs: vote.mark.stamp.at.getTime() - at };
      asked.push({ person, ...(given !== undefined && { vote: given }) });
    }
  }
  return asked;
}

/** By person, whoever was asked most often first. */
export function healthOf(asked: readonly AskedOf[]): readonly ApproverHealth[] {
  return [...groupBy(asked, ({ person }) => person)]
    .map(([person, entries]): ApproverHealth => {
      const votes = entries.flatMap(({ vote }) => (vote === undefined ? [] : [vote]));
      const median = medianOf(votes.map(({ afterMs }) => afterMs));
      return {
        person,
        asked: entries.length,
        decided: votes.length,
        approved: votes.filter(({ isYes }) => isYes).length,
        ...(median !== undefined && { medianSeconds: Math.round(median / 100) / 10 }),
        quick: votes.filter(({ afterMs }) => afterMs < quickMs).length,
      };
    })
    .toSorted((a, b) => b.asked - a.asked || (a.person < b.person ? -1 : 1));
}

function medianOf(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

/** As rows of a table, with its heads. */
export function healthRows(
  health: readonly ApproverHealth[],
  nameOf: (person: ActorId) => string,
): readonly (readonly string[])[] {
  const share = (part: number, of: number): string =>
    of === 0 ? '–' : `${String(Math.round((100 * part) / of))} %`;
  return [
    ['who', 'asked', 'decided', 'approved', 'median', 'under 3 s'],
    ...health.map(({ person, asked, decided, approved, medianSeconds, quick }) => [
      nameOf(person),
      String(asked),
      String(decided),
      share(approved, decided),
      medianSeconds === undefined ? '–' : `${String(medianSeconds)} s`,
      share(quick, decided),
    ]),
  ];
}
