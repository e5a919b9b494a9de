/**
 * The moments of a schedule.
 *
 * On days when clocks change: a time of day that is skipped comes at the first moment after the gap, one that is
 * doubled comes once, the first time. What runs every hour or every few minutes runs by elapsed time.
 */
import { Cron } from 'croner';
import { AppError, describeError } from '../core/errors.ts';

export interface Timing {
  readonly cron: string;
  readonly zone: string;
}

/** The first moment after `after`, in ms since 1970, or undefined when none will come. */
export function nextMoment(timing: Timing, after: number): number | undefined {
  return read(timing).nextRun(new Date(after))?.getTime();
}

/** The next `count` moments. */
export function nextMoments(timing: Timing, after: number, count: number): readonly number[] {
  return read(timing)
    .nextRuns(count, new Date(after))
    .map((moment) => moment.getTime());
}

/** Why the timing cannot be used, or undefined. */
export function findTimingFault(timing: Timing): string | undefined {
  if (!isZone(timing.zone)) return `there is no time zone ${timing.zone}; write one like Europe/Berlin`;
  try {
    return nextMoment(timing, Date.UTC(2026, 0)) === undefined ? 'it never comes' : undefined;
  } catch (error) {
    return describeError(error);
  }
}

function isZone(zone: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function read({ cron, zone }: Timing): Cron {
  // Seconds and a library's own words (`@daily`, `L`) are left out: what a person reads is what every cron reads.
  if (!/^[\d*/,\-a-z]+( [\d*/,\-a-z]+){4}$/iu.test(cron))
    throw new AppError('config.invalid', 'it is not five fields: minute, hour, day, month, weekday');
  try {
    return new Cron(cron, { timezone: zone, paused: true, legacyMode: true });
  } catch (cause) {
    throw new AppError('config.invalid', describeError(cause), { cause });
  }
}
