/**
 * Plain wording to cron: `every weekday 9:00`, `every monday and thursday at 14:30`, `every 15 minutes`, `monthly on
 * the 1st at 8am`. Words that it does not know are refused with examples, never guessed.
 */
export const wordingExamples =
  '«every weekday 9:00», «every monday and thursday at 14:30», «daily 18:00», «every 2 hours», «every 15 minutes», «monthly on the 1st at 8:00», or five cron fields';

/** Wordings that many choose, to pick from. */
export const usualTimes = ['every weekday 9:00', 'daily 8:00', 'every monday 8:30'] as const;

const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const dayWord = '(?:sun|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|satur|sat)(?:day)?s?';
const time = '(?:\\s+at)?\\s+(?<hour>\\d{1,2})(?:[:.](?<minute>\\d{2}))?\\s*(?<half>am|pm)?';
const daily = new RegExp(`^(?:every\\s+day|daily)${time}$`, 'u');
const weekday = new RegExp(`^(?:every\\s+weekday|(?:on\\s+)?weekdays)${time}$`, 'u');
const weekly = new RegExp(
  `^(?:every|weekly\\s+on|on)\\s+(?<days>${dayWord}(?:(?:\\s*,\\s*|\\s+and\\s+)${dayWord})*)${time}$`,
  'u',
);
const monthly = new RegExp(
  `^(?:monthly(?:\\s+on)?|every\\s+month(?:\\s+on)?)\\s+(?:the\\s+)?(?<day>\\d{1,2})(?:st|nd|rd|th)?${time}$`,
  'u',
);

/** Five cron fields, or undefined when the words are not understood. */
export function parseWording(text: string): string | undefined {
  const words = text.trim().toLowerCase().replaceAll(/\s+/gu, ' ');
  if (/^[\d*/,-]+( [\d*/,\-a-z]+){4}$/u.test(words)) return words;
  if (/^(?:every hour|hourly)$/u.test(words)) return '0 * * * *';
  const interval = /^every (?<count>\d{1,2}) (?<unit>minutes?|hours?)$/u.exec(words)?.groups;
  if (interval !== undefined) return readInterval(Number(interval['count']), interval['unit'] ?? '');
  for (const [pattern, fields] of [
    [daily, () => '* * *'],
    [weekday, () => '* * 1-5'],
    [weekly, (found) => `* * ${readDays(found['days'] ?? '')}`],
    [monthly, (found) => `${String(Number(found['day']))} * *`],
  ] as const satisfies readonly (readonly [
    RegExp,
    (found: Record<string, string | undefined>) => string,
  ])[]) {
    const found = pattern.exec(words)?.groups;
    if (found === undefined) continue;
    const clock = readTime(found);
    const day = Number(found['day'] ?? 1);
    return clock === undefined || day < 1 || day > 31 ? undefined : `${clock} ${fields(found)}`;
  }
  return undefined;
}

/** Only what divides an hour or a day evenly: cron would otherwise start anew in the middle. */
function readInterval(count: number, unit: string): string | undefined {
  const whole = unit.startsWith('minute') ? 60 : 24;
  if (count < 1 || whole % count !== 0) return undefined;
  if (unit.startsWith('minute')) return count === 60 ? '0 * * * *' : `*/${String(count)} * * * *`;
  return count === 24 ? '0 0 * * *' : `0 */${String(count)} * * *`;
}

function readTime(found: Record<string, string | undefined>): string | undefined {
  const half = found['half'];
  const hour = Number(found['hour']);
  const minute = Number(found['minute'] ?? 0);
  if (found['minute'] === undefined && half === undefined) return undefined;
  if (minute > 59 || hour > 23 || (half !== undefined && (hour < 1 || hour > 12))) return undefined;
  const whole = half === undefined ? hour : (hour % 12) + (half === 'pm' ? 12 : 0);
  return `${String(minute)} ${String(whole)}`;
}

function readDays(words: string): string {
  const found = words
    .split(/\s*,\s*|\s+and\s+/u)
    .map((word) => days.findIndex((day) => day.startsWith(word.slice(0, 3))));
  return [...new Set(found)].toSorted().join(',');
}
