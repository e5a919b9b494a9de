/**
 * The one redactor for everything that is kept, shown or logged: takes out what nobody should read.
 *
 * It knows the loaded secrets, keys by their common shapes, and card numbers; plain and in the forms they travel in:
 * base64 (also in the middle of a longer text), URL-encoded, hex, JSON-escaped. Every pattern is linear in its input.
 */
import type { LinearPattern } from './linear-pattern.ts';

export interface Redactor {
  (text: string): string;
  /** What stands in the place of what an operator's patterns find. */
  readonly marks?: readonly string[];
  /** Something it looks for may hold spaces: a line that grows is shown when it is whole. */
  readonly isByLine?: boolean;
}

export const secretMark = '[secret]';
export const cardMark = '[card number]';

/** Shorter values are no secrets and would hit ordinary words. */
const shortestSecret = 6;
const shortestInnerForm = 10;

/**
 * Keys of common services by their shape. Each begins with literal characters and repeats one class at most at a
 * time, so none can be made slow.
 */
const shapes = [
  String.raw`sk-[A-Za-z0-9_-]{20,200}`,
  String.raw`[sr]k_(?:live|test)_[A-Za-z0-9]{16,100}`,
  String.raw`xox[abceoprs]-[A-Za-z0-9-]{10,200}`,
  String.raw`xapp-[A-Za-z0-9-]{10,200}`,
  String.raw`gh[oprsu]_[A-Za-z0-9]{36,255}`,
  String.raw`github_pat_[A-Za-z0-9_]{22,255}`,
  String.raw`glpat-[A-Za-z0-9_-]{20,100}`,
  String.raw`npm_[A-Za-z0-9]{36}`,
  String.raw`A(?:KIA|SIA)[A-Z0-9]{16}`,
  String.raw`AIza[A-Za-z0-9_-]{35}`,
  String.raw`SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}`,
  String.raw`eyJ[A-Za-z0-9_-]{10,4000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000}`,
].join('|');
const keys = new RegExp(String.raw`(?<![A-Za-z0-9])(?:${shapes})`, 'gu');
const keyInside = new RegExp(`(?:${shapes})`, 'u');
const privateKey = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[A-Za-z0-9+/=\s\\:,.-]{0,20000}/gu;
/** `scheme://user:password@`: the password alone. */
const addressPassword = /(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{1,100}:)[^\s:/@]{1,200}(?=@)/gu;
const cardCandidate = /(?<![\w.-])(?:\d[ -]?){14,15}\d(?![\w-])/gu;
const cardPrefix = /^(?:4\d{15}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|6(?:011|5\d{2})\d{12}|35\d{14})$/u;
const base64Run = /[A-Za-z0-9+/_-]{28,20000}={0,2}/gu;
const longRun = /[A-Za-z0-9+/_-]{28}/u;
const hexRun = /(?:[0-9a-f]{2}){16,10000}|(?:[0-9A-F]{2}){16,10000}/gu;
const percentRun = /(?:%[0-9A-Fa-f]{2}|[A-Za-z0-9._~-]){8,20000}/gu;

/** `patterns` are the operator's own, which are looked for wherever secrets are. */
export function createRedactor(
  secrets: readonly string[],
  patterns: readonly LinearPattern[] = [],
): Redactor {
  const forms = new Set(secrets.filter((secret) => secret.length >= shortestSecret).flatMap(formsOf));
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  const holds = (text: string): boolean => holdsKey(text) || patterns.some((pattern) => pattern.holds(text));
  const clean = (text: string): string => {
    const named = patterns.reduce((rest, pattern) => pattern.clean(rest), text);
    if (named.length < shortestSecret) return named;
    const known = longestFirst.reduce((rest, form) => rest.replaceAll(form, secretMark), named);
    return redactCards(redactEncoded(redactShapes(known), holds));
  };
  if (patterns.length === 0) return clean;
  const marks = patterns.map(({ mark }) => mark);
  return Object.assign(clean, { marks, isByLine: patterns.some(({ mayHoldSpace }) => mayHoldSpace) });
}

/** Whichever redactor is in force when a text comes. */
export function followRedactor(now: () => Redactor): Redactor {
  const clean: Redactor = (text) => now()(text);
  return Object.defineProperties(clean, {
    marks: { get: () => now().marks },
    isByLine: { get: () => now().isByLine },
  });
}

/** A secret as it is, and as it looks in what other programs make of it. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const hex = bytes.toString('hex');
  const fully = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    ...innerForms(bytes),
    hex,
    hex.toUpperCase(),
    fully,
    fully.toUpperCase(),
  ];
}

/** What is certain of the base64 of a longer text that holds these bytes, for each place in a group of three. */
function innerForms(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const isWhole = (before + bytes.length) % 3 === 0;
    const inner = padded.slice(before === 0 ? 0 : before + 1, isWhole ? undefined : -1);
    if (inner.length < shortestInnerForm) return [];
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function redactShapes(text: string): string {
  const plain = text.replace(privateKey, secretMark).replace(keys, secretMark);
  return plain.includes('://') ? plain.replace(addressPassword, secretMark) : plain;
}

/** Keys by their shape inside base64, hex or URL-encoded text: the whole run goes. */
function redactEncoded(text: string, holds: (decoded: string) => boolean): string {
  // A run of hex is longer than the shortest of base64, and made of its characters.
  const unrun = !longRun.test(text)
    ? text
    : text
        .replace(hexRun, (run) => (holds(Buffer.from(run, 'hex').toString('latin1')) ? secretMark : run))
        .replace(base64Run, (run) => (holdsEncoded(run, holds) ? secretMark : run));
  if (!unrun.includes('%')) return unrun;
  return unrun.replace(percentRun, (run) =>
    run.includes('%') && holds(percentDecoded(run)) ? secretMark : run,
  );
}

function holdsKey(text: string): boolean {
  return keyInside.test(text) || /PRIVATE KEY-----/u.test(text);
}

/** Letters that only stand before the encoded text may shift it: each of the four places is tried. */
function holdsEncoded(run: string, holds: (decoded: string) => boolean): boolean {
  return [0, 1, 2, 3].some((start) => holds(Buffer.from(run.slice(start), 'base64').toString('latin1')));
}

function percentDecoded(run: string): string {
  return run.replace(/%([0-9A-Fa-f]{2})/gu, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function redactCards(text: string): string {
  return text.replace(cardCandidate, (found) => {
    const digits = found.replaceAll(/[ -]/gu, '');
    return cardPrefix.test(digits) && fitsLuhn(digits) ? cardMark : found;
  });
}

function fitsLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const value = Number(digits.charAt(digits.length - 1 - place)) * (place % 2 === 0 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/** True when a text holds a secret, or the place where one was. */
export function holdsSecret(text: string, redact: Redactor): boolean {
  const marks = [secretMark, cardMark, ...(redact.marks ?? [])];
  return marks.some((mark) => text.includes(mark)) || redact(text) !== text;
}

/**
 * A text as it may be kept. What was JSON stays JSON, for whoever folds it later: a card number that was a number becomes
 * a text, and no mark swallows a quote.
 */
export function redactKept(text: string, redact: (text: string) => string): string {
  const clean = redact(text);
  if (clean === text || !/^[[{]/u.test(text) || !isJson(text) || isJson(clean)) return clean;
  const byValue = JSON.stringify(redactValue(JSON.parse(text), redact));
  const whole = redact(byValue);
  return isJson(whole) ? whole : byValue;
}

function redactValue(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'number') {
    const digits = String(value);
    const clean = redact(digits);
    return clean === digits ? value : clean;
  }
  if (Array.isArray(value)) return value.map((entry) => redactValue(entry, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [redact(name), redactValue(entry, redact)]),
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The last word of a text, and digits in groups: a secret may have begun in them. */
const unfinished = /(?:[\d -]{1,40}|\S{1,4000})$/u;

/** A growing text as it may be shown before it is whole: its last word waits for what follows. */
export function redactGrowing(text: string, isDone: boolean, redact: Redactor): string {
  const clean = redact(text);
  if (isDone) return clean;
  return redact.isByLine === true
    ? clean.slice(0, clean.lastIndexOf('\n') + 1)
    : clean.replace(unfinished, '');
}
