/** What conditions can call and compute with besides the language itself. Each is linear in its input. */

/** Local time as rules see it: weekday 1 is Monday, 7 is Sunday. */
export interface LocalTime {
  readonly hour: number;
  readonly minute: number;
  readonly weekday: number;
}

const minuteMs = 60_000;

/** Hours and weekdays of one time zone. Throws a RangeError for a zone that does not exist. */
export function createLocalTime(timeZone: string): (at: Date) => LocalTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
  const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
  const read = (at: number): LocalTime => {
    const parts = format.formatToParts(at);
    const part = (type: string): string => parts.find((found) => found.type === type)?.value ?? '';
    return {
      hour: Number(part('hour')),
      minute: Number(part('minute')),
      weekday: weekdays.indexOf(part('weekday')) + 1,
    };
  };
  // Asked for every call, answered anew once a minute.
  let last: { readonly minute: number; readonly time: LocalTime } | undefined;
  return (at) => {
    const minute = Math.floor(at.getTime() / minuteMs);
    if (last?.minute !== minute) last = { minute, time: read(minute * minuteMs) };
    return last.time;
  };
}

/** True when `text` fits `pattern`, where `*` stands for any run of characters and all else for itself. */
export function glob(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return from <= end;
}

/**
 * The domain of one plain mail address, in lower case.
 *
 * Throws for anything else (a display name, a list, a trailing dot, letters beyond ASCII), because a mail server
 * may read those differently from us.
 */
export function domainOf(address: string): string {
  const domain = /^[^\s@<>()[\],;:"\\]{1,256}@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)$/u.exec(address)?.[1];
  if (domain === undefined || domain.length > 255)
    throw new RangeError('domainOf() needs one plain mail address');
  return domain.toLowerCase();
}

const finite = (value: number): number => {
  if (!Number.isFinite(value)) throw new RangeError('the arithmetic has no finite result');
  return value;
};
/** Arithmetic between a double and an int. */
export const arithmetic: Readonly<Record<string, (left: number | bigint, right: number | bigint) => number>> =
  {
    '+': (left, right) => finite(Number(left) + Number(right)),
    '-': (left, right) => finite(Number(left) - Number(right)),
    '*': (left, right) => finite(Number(left) * Number(right)),
    '/': (left, right) => finite(Number(left) / Number(right)),
  };
