/**
 * How people decide: how often each is asked, how long they take, and how often they say yes without having had the
 * time to read. From the ledger.
 */
import { groupBy } from '../core/group-by.ts';
import { runStream } from '../core/ids.ts';
import type { ActorId, RunId } from '../core/ids.ts';
import { foldStream } from '../ledger/fold.ts';
import type { LedgerStore } from '../ledger/store.ts';
import type { People } from '../people/person.ts';
import { foldRun } from '../runs/fold-run.ts';
import { emptyRun } from '../runs/run-state.ts';
import type { RunState } from '../runs/run-state.ts';
import { outlookOf } from './decide-vote.ts';

/** One question that one person could have decided. */
export interface AskedOf {
  readonly person: ActorId;
  /** Absent: somebody else decided, or nobody. */
  readonly vote?: { readonly isYes: boolean; readonly afterMs: number };
  /** It was a drill: only a no is right. */
  readonly isDrill?: true;
}

export interface ApproverHealth {
  readonly person: ActorId;
  /** Questions that were no drills, here and below. */
  readonly asked: number;
  readonly decided: number;
  readonly approved: number;
  /** From the question to the vote; absent when nothing was decided. */
  readonly medianSeconds?: number;
  /** Votes that came within three seconds of the question. */
  readonly quick: number;
  /** Drills that this person decided, and how many of them he denied; absent when there was none. */
  readonly drills?: { readonly decided: number; readonly caught: number };
}

const quickMs = 3_000;

/** The questions of one run since a moment, for everybody who could decide them by the people of today, or did. */
export function askedIn(state: RunState, people: People, since: Date): readonly AskedOf[] {
  const asked: AskedOf[] = [];
  for (const approval of state.approvals.values()) {
    const at = approval.mark.stamp.at.getTime();
    if (at < since.getTime()) continue;
    // Somebody made another call of it: what was seeded is not what was decided.
    const isEdited = (state.calls.get(approval.call)?.edits.length ?? 0) > 0;
    if (state.drill !== undefined && isEdited) continue;
    const isDrill = state.drill !== undefined && { isDrill: true as const };
    const outlook = outlookOf({ ...approval, votes: [] }, people);
    const persons = new Set([
      ...people.persons.map(({ id }) => id).filter((id) => outlook.isEntitled(id)),
      ...approval.votes.map(({ by }) => by),
    ]);
    for (const person of persons) {
      const vote = approval.votes.find(({ by }) => by === person);
      const given = vote && { isYes: vote.vote === 'approve', afterMs: vote.mark.stamp.at.getTime() - at };
      asked.push({ person, ...(given !== undefined && { vote: given }), ...isDrill });
    }
  }
  return asked;
}

/** By person, whoever was asked most often first. */
export function healthOf(asked: readonly AskedOf[]): readonly ApproverHealth[] {
  return [...groupBy(asked, ({ person }) => person)]
    .map(([person, all]): ApproverHealth => {
      const entries = all.filter(({ isDrill }) => isDrill !== true);
      const votes = votesOf(entries);
      const drills = votesOf(all.filter(({ isDrill }) => isDrill === true));
      const median = medianOf(votes.map(({ afterMs }) => afterMs));
      return {
        person,
        asked: entries.length,
        decided: votes.length,
        approved: votes.filter(({ isYes }) => isYes).length,
        ...(median !== undefined && { medianSeconds: Math.round(median / 100) / 10 }),
        quick: votes.filter(({ afterMs }) => afterMs < quickMs).length,
        ...(drills.length > 0 && {
          drills: { decided: drills.length, caught: drills.filter(({ isYes }) => !isYes).length },
        }),
      };
    })
    .filter((entry) => entry.asked > 0 || entry.drills !== undefined)
    .toSorted((a, b) => b.asked - a.asked || (a.person < b.person ? -1 : 1));
}

/** The figures of some runs, read from their ledgers. */
export type HealthOfRuns = (runs: Iterable<RunId>, since: Date) => Promise<readonly ApproverHealth[]>;

export function createHealthOfRuns(ledger: Pick<LedgerStore, 'read'>, people: () => People): HealthOfRuns {
  return async (runs, since) => {
    const asked: AskedOf[] = [];
    for (const run of runs)
      asked.push(
        ...askedIn(foldStream(await ledger.read(runStream(run)), emptyRun(run), foldRun), people(), since),
      );
    return healthOf(asked);
  };
}

function votesOf(entries: readonly AskedOf[]): readonly NonNullable<AskedOf['vote']>[] {
  return entries.flatMap(({ vote }) => (vote === undefined ? [] : [vote]));
}

function medianOf(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

/** As rows of a table, with its heads; drills have a column of their own where there were any. */
export function healthRows(
  health: readonly ApproverHealth[],
  nameOf: (person: ActorId) => string,
): readonly (readonly string[])[] {
  const share = (part: number, of: number): string =>
    of === 0 ? '–' : `${String(Math.round((100 * part) / of))} %`;
  const hadDrills = health.some(({ drills }) => drills !== undefined);
  return [
    ['who', 'asked', 'decided', 'approved', 'median', 'under 3 s', ...(hadDrills ? ['drills caught'] : [])],
    ...health.map(({ person, asked, decided, approved, medianSeconds, quick, drills }) => [
      nameOf(person),
      String(asked),
      String(decided),
      share(approved, decided),
      medianSeconds === undefined ? '–' : `${String(medianSeconds)} s`,
      share(quick, decided),
      ...(hadDrills
        ? [drills === undefined ? '–' : `${String(drills.caught)} of ${String(drills.decided)}`]
        : []),
    ]),
  ];
}
