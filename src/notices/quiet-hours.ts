/** Hours in which a person wants no direct messages: by the clock of a zone of his own, over midnight too. Pure. */

export interface QuietHours {
  /** Minutes since midnight. */
  readonly from: number;
  readonly to: number;
  /** IANA. */
  readonly zone: string;
}

const span =
  /^(?<h1>\d{1,2})(?::(?<m1>\d{2}))?\s*(?:-|–|to)\s*(?<h2>\d{1,2})(?::(?<m2>\d{2}))?(?:\s+(?<zone>[\w+/-]+))?$/u;

/** `22:00-7:00 Europe/Berlin`; undefined when the words are not understood. */
export function parseQuietHours(words: string, zone: string): QuietHours | undefined {
  const found = span.exec(words.trim())?.groups;
  if (found === undefined) return undefined;
  const from = minutesOf(found['h1'], found['m1']);
  const to = minutesOf(found['h2'], found['m2']);
  const named = found['zone'] ?? zone;
  return from === undefined || to === undefined || from === to || !isZone(named)
    ? undefined
    : { from, to, zone: named };
}

function minutesOf(hour = '', minute = '0'): number | undefined {
  const [h, m] = [Number(hour), Number(minute)];
  return h > 23 || m > 59 ? undefined : h * 60 + m;
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

export function isQuiet({ from, to, zone }: QuietHours, at: number): boolean {
  const parts = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  }).formatToParts(at);
  const part = (type: string): number => Number(parts.find((entry) => entry.type === type)?.value ?? 0);
  const now = part('hour') * 60 + part('minute');
  return from < to ? now >= from && now < to : now >= from || now < to;
}

/** `22:00 to 07:00 (Europe/Berlin)`. */
export function quietText({ from, to, zone }: QuietHours): string {
  return `${clockText(from)} to ${clockText(to)} (${zone})`;
}

/** Minutes since midnight as `07:00`. */
export function clockText(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
}
