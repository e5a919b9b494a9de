/**
 * One spelling for each JSON value (RFC 8785), and a strict reader for what outsiders send.
 *
 * A value that has no exact spelling (a number beyond 2^53, a lone surrogate, a key given twice, `__proto__`)
 * is refused: what a person approves must be what the tool gets, byte for byte.
 */
import { AppError } from './errors.ts';
import { isJsonObject } from './json.ts';
import type { Json } from './json.ts';

/** The RFC 8785 text of a JSON value. Throws `json.refused` for values that have none. */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return canonicalString(value);
    case 'number':
      if (!Number.isFinite(value))
        throw new AppError('json.refused', `${String(value)} has no canonical form.`);
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? canonicalList(value) : canonicalObject(value);
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      throw new AppError('json.refused', `A ${typeof value} has no canonical JSON form.`);
  }
}

/** Text that stands in JSON as it is. Most text does, and looking is cheaper than spelling. */
const needsSpelling = /[^ !#-[\]-~]/u;

function canonicalString(value: string): string {
  if (!needsSpelling.test(value)) return `"${value}"`;
  if (!value.isWellFormed()) throw new AppError('json.refused', 'A lone surrogate has no canonical form.');
  return JSON.stringify(value);
}

function canonicalList(list: readonly unknown[]): string {
  let text = '';
  for (let at = 0; at < list.length; at += 1)
    text += at === 0 ? canonicalJson(list[at]) : `,${canonicalJson(list[at])}`;
  return `[${text}]`;
}

/** Keys in the order of their UTF-16 code units, which is how JavaScript sorts; undefined fields fall away. */
function canonicalObject(value: object): string {
  let text = '';
  for (const key of sortedKeys(value)) {
    // Reading an own enumerable key of an object.
    const entry = (value as Readonly<Record<string, unknown>>)[key];
    if (entry === undefined) continue;
    text += text === '' ? canonicalKey(key) : `,${canonicalKey(key)}`;
    text += `:${canonicalJson(entry)}`;
  }
  return `{${text}}`;
}

function sortedKeys(value: object): readonly string[] {
  const keys = Object.keys(value);
  for (let at = 1; at < keys.length; at += 1) if ((keys[at - 1] ?? '') > (keys[at] ?? '')) return keys.sort();
  return keys;
}

/** Keys come again and again; spelling one costs more than finding it. */
const spelledKeys = new Map<string, string>();
const mostSpelledKeys = 1_000;
const longestSpelledKey = 40;

function canonicalKey(key: string): string {
  const known = spelledKeys.get(key);
  if (known !== undefined) return known;
  const text = canonicalString(key);
  if (key.length <= longestSpelledKey && spelledKeys.size < mostSpelledKeys) spelledKeys.set(key, text);
  return text;
}

/** Finds the first reason why a value cannot be sent exactly, as «path: reason», or undefined. */
export function findInexact(value: Json, path = '$', depth = 0): string | undefined {
  if (depth > 64) return `${path}: nested deeper than 64 levels`;
  if (typeof value === 'string') return value.isWellFormed() ? undefined : `${path}: a lone surrogate`;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return `${path}: not a finite number`;
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) return `${path}: an integer beyond 2^53`;
    return undefined;
  }
  if (Array.isArray(value)) {
    // The one array among the kinds of Json is a list of Json; Array.isArray forgets that for readonly lists.
    for (const [index, entry] of (value as readonly Json[]).entries()) {
      const found = findInexact(entry, `${path}[${String(index)}]`, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (isJsonObject(value)) {
    for (const [key, entry] of Object.entries(value)) {
      if (key === '__proto__') return `${path}: a key named __proto__`;
      if (!key.isWellFormed()) return `${path}: a key with a lone surrogate`;
      const found = findInexact(entry, `${path}.${key}`, depth + 1);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Reads JSON text. Throws `json.refused` for bad syntax, keys given twice, and values without an exact form. */
export function parseStrictJson(text: string): Json {
  let value: Json;
  try {
    // JSON.parse yields exactly the Json type.
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw new AppError('json.refused', 'Not valid JSON.', { cause });
  }
  const twice = findKeyGivenTwice(text);
  if (twice !== undefined) throw new AppError('json.refused', `The key "${twice}" is given twice.`);
  const inexact = findInexact(value);
  if (inexact !== undefined) throw new AppError('json.refused', inexact);
  return value;
}

/** Scans valid JSON text for an object with the same key twice, which JSON.parse silently folds. */
function findKeyGivenTwice(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  const strings = /"(?:[^"\\]|\\.)*"|[{}[\]]/gu;
  for (let match = strings.exec(text); match !== null; match = strings.exec(text)) {
    const token = match[0];
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else {
      const keys = open.at(-1);
      if (keys === undefined || !isKeyBefore(text, strings.lastIndex)) continue;
      // The token is a complete JSON string, so parsing it yields a string.
      const key = JSON.parse(token) as string;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

/** True when the next character that is no white space is the colon that makes the string before it a key. */
function isKeyBefore(text: string, from: number): boolean {
  let at = from;
  while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at += 1;
  return text.charAt(at) === ':';
}
