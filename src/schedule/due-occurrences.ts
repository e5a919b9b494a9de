/** Which moments of a schedule start a run now. Pure. */
import { nextMoment } from './moments.ts';
import type { ScheduleRow } from './store.ts';

/** A moment this far in the past was missed: nothing ran then. */
export const lateAfterMs = 2 * 60_000;
const mostAtOnce = 50;
const hourMs = 3_600_000;
/** How far back the last missed moment is looked for, before all of them are walked through. */
const lookBackMs = [hourMs, 25 * hourMs, 8 * 24 * hourMs, 63 * 24 * hourMs];

export interface DueOccurrences {
  readonly starts: readonly { readonly at: number; readonly isLate: boolean }[];
  /** The first moment that is not dealt with; undefined when none will come. */
  readonly nextAt: number | undefined;
}

export function dueOccurrences(schedule: ScheduleRow, now: number): DueOccurrences {
  const onTime: number[] = [];
  const late: number[] = [];
  let at = schedule.missed === 'each' ? schedule.nextAt : nearEnd(schedule, now);
  while (at !== undefined && at <= now) {
    if (now - at > lateAfterMs) {
      if (schedule.missed === 'each') late.push(at);
      else late.splice(0, 1, at);
    } else onTime.push(at);
    // Those that are left come with the next sweep.
    if (late.length + onTime.length >= mostAtOnce)
      return { starts: starts(late, onTime), nextAt: next(schedule, at) };
    at = next(schedule, at);
  }
  const isCovered = schedule.missed === 'skip' || (schedule.missed === 'once' && onTime.length > 0);
  return { starts: starts(isCovered ? [] : late, onTime), nextAt: at };
}

/**
 * The next moment, or one that passed since and that the last missed one does not lie before: of a long time down
 * only the end counts.
 */
function nearEnd(schedule: ScheduleRow, now: number): number | undefined {
  const { nextAt } = schedule;
  if (nextAt === undefined) return undefined;
  for (const back of lookBackMs) {
    const from = now - lateAfterMs - back;
    if (from <= nextAt) return nextAt;
    const at = next(schedule, from);
    if (at !== undefined && at < now - lateAfterMs) return at;
  }
  return nextAt;
}

function next(schedule: ScheduleRow, after: number): number | undefined {
  return nextMoment(schedule, after);
}

function starts(late: readonly number[], onTime: readonly number[]): DueOccurrences['starts'] {
  return [...late.map((at) => ({ at, isLate: true })), ...onTime.map((at) => ({ at, isLate: false }))];
}
