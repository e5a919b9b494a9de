/** The words behind `away`: until when, and who decides meanwhile. */
import { nextMoment } from '../schedule/moments.ts';
import { findNamed } from '../people/find-named.ts';
import type { People, Person } from '../people/person.ts';

export type ParsedAbsence =
  | { readonly kind: 'away'; readonly until: number; readonly delegate?: Person }
  | { readonly kind: 'refused'; readonly why: string };

const longestMs = 92 * 86_400_000;
const units = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const example = '`/countersign away until 2026-12-24 delegate @cho`';

export function parseAbsence(
  text: string,
  { people, now, zone }: { readonly people: People; readonly now: number; readonly zone: string },
): ParsedAbsence {
  const [, when = '', , named] =
    /^(?:until\s+)?(.*?)(\s+(?:delegate|stand-in)(?:\s+to)?\s+(.+))?$/iu.exec(text.trim()) ?? [];
  const until = parseMoment(when.trim(), now, zone);
  if (until === undefined)
    return {
      kind: 'refused',
      why: `I do not understand «${when.trim()}». Write a day, a weekday, or how long: ${example}, \`away until friday\`, \`away 3d\`.`,
    };
  if (until <= now) return { kind: 'refused', why: 'That moment has passed. Nothing has changed.' };
  if (until - now > longestMs)
    return {
      kind: 'refused',
      why: 'That is longer than three months. Name an earlier day; you can say it again then.',
    };
  if (named === undefined) return { kind: 'away', until };
  const delegate = findNamed(people, named.trim());
  return delegate === undefined
    ? {
        kind: 'refused',
        why: `I know nobody called «${named.trim()}». Write the id or name that \`/countersign people\` shows.`,
      }
    : { kind: 'away', until, delegate };
}

/** The end of a day unless a time is given, in the zone of schedules. */
function parseMoment(text: string, now: number, zone: string): number | undefined {
  const [, count, unit] = /^(\d{1,4})\s?(h|d|w)$/iu.exec(text) ?? [];
  if (count !== undefined && unit !== undefined)
    return (
      now + Number(count) * units[unit.toLowerCase() === 'h' ? 'h' : unit.toLowerCase() === 'd' ? 'd' : 'w']
    );
  const [, day = '', hour = '23', minute = '59'] = /^(.*?)(?:[\sT]+(\d{1,2}):(\d{2}))?$/u.exec(text) ?? [];
  if (Number(hour) > 23 || Number(minute) > 59) return undefined;
  const time = `${String(Number(minute))} ${String(Number(hour))}`;
  const word = day.toLowerCase();
  if (word === 'today') return nextMoment({ cron: `${time} * * *`, zone }, now);
  if (word === 'tomorrow') {
    const tonight = nextMoment({ cron: '59 23 * * *', zone }, now) ?? now;
    return nextMoment({ cron: `${time} * * *`, zone }, tonight + 60_000);
  }
  const weekday = days.find((name) => /^[a-z]{3,9}$/u.test(word) && word.startsWith(name));
  if (weekday !== undefined) return nextMoment({ cron: `${time} * * ${weekday}`, zone }, now);
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(day) ?? [];
  if (year === undefined || month === undefined || date === undefined) return undefined;
  if (Number(month) < 1 || Number(month) > 12 || Number(date) < 1 || Number(date) > 31) return undefined;
  const named = Date.UTC(Number(year), Number(month) - 1, Number(date));
  // The next such day from shortly before it; a day that no month has is none.
  const found = nextMoment(
    { cron: `${time} ${String(Number(date))} ${String(Number(month))} *`, zone },
    named - 2 * units.d,
  );
  return found !== undefined && Math.abs(found - named) < 2 * units.d ? found : undefined;
}
