/** How many days a person's words speak of: `30 days`, `two weeks`, `the last month`. Undefined when they speak of none. Pure. */
export function saidDays(text: string): number | undefined {
  const found =
    /\b(?:(\d{1,3}|an?|one|two|three|four|five|six|last|past|this)\s+)(hour|day|week|month)s?\b/iu.exec(text);
  if (found === null) return /\b(?:today|yesterday)\b/iu.test(text) ? 1 : undefined;
  const [, amount = '', unit = ''] = found;
  const count = Number(amount) || numbers[amount.toLowerCase()] || 1;
  const days = count * (lengths[unit.toLowerCase()] ?? 1);
  return Math.max(1, Math.ceil(days));
}

const numbers: Readonly<Record<string, number>> = { two: 2, three: 3, four: 4, five: 5, six: 6 };
const lengths: Readonly<Record<string, number>> = { hour: 1 / 24, day: 1, week: 7, month: 30 };
