/**
 * Reads a configuration file in YAML strictly, and collects every mistake in it with its line.
 *
 * Stricter than YAML on purpose: no anchors, no own tags, no key twice, no key that nobody reads. A setting that
 * is silently ignored is a setting that somebody trusts.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { ErrorCode } from './errors.ts';
import { AppError } from './errors.ts';
import type { Json } from './json.ts';

export interface Spot {
  readonly line: number;
  /** `rules[2].verdict`. */
  readonly path: string;
}

export type YamlValue = Spot &
  (
    | { readonly kind: 'scalar'; readonly value: string | number | boolean | null }
    | { readonly kind: 'list'; readonly entries: readonly YamlValue[] }
    | { readonly kind: 'map'; readonly entries: readonly YamlEntry[] }
  );

export interface YamlEntry extends Spot {
  readonly key: string;
  readonly value: YamlValue;
}

/** Gathers what is wrong with one file, so that a person can mend all of it at once. */
export interface Mistakes {
  add(spot: Spot, problem: string, fix: string): void;
  /** `file:line: key: problem. Fix: what to do.`, in order of lines. */
  list(): readonly string[];
  /** Throws one AppError with all mistakes when there is any. */
  throwIfAny(code: ErrorCode): void;
}

export function createMistakes(file: string): Mistakes {
  const found: { readonly line: number; readonly text: string }[] = [];
  const list = (): readonly string[] =>
    found.toSorted((left, right) => left.line - right.line).map((mistake) => mistake.text);
  return {
    add(spot, problem, fix) {
      const key = spot.path === '' ? '' : `${spot.path}: `;
      found.push({
        line: spot.line,
        text: `${file}:${String(spot.line)}: ${key}${problem}. Fix: ${fix}.`,
      });
    },
    list,
    throwIfAny(code) {
      if (found.length === 0) return;
      const count = found.length === 1 ? 'one mistake' : `${String(found.length)} mistakes`;
      throw new AppError(code, `${file} has ${count}:\n${list().join('\n')}`);
    },
  };
}

/** The tree of a YAML text, or undefined after reporting why there is none. */
export function readYaml(text: string, mistakes: Mistakes): YamlValue | undefined {
  const lines = new LineCounter();
  // prettyErrors would quote the source, which may hold a secret.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const lineAt = (offset: number | undefined): number => Math.max(1, lines.linePos(offset ?? 0).line);
  for (const problem of [...document.errors, ...document.warnings]) {
    const spot = { line: lineAt(problem.pos[0]), path: '' };
    mistakes.add(
      spot,
      `not readable as YAML (${problem.code})`,
      'mend the syntax; indent with spaces and quote text that has «: » or «#» in it',
    );
  }
  if (document.errors.length > 0) return undefined;
  if (document.contents === null) {
    mistakes.add(
      { line: 1, path: '' },
      'the file is empty',
      'fill it, or remove it so that the shipped one is used',
    );
    return undefined;
  }
  return toValue(document.contents, '', 1);

  function toValue(node: unknown, path: string, parentLine: number): YamlValue | undefined {
    if (node === null || node === undefined) return { kind: 'scalar', value: null, line: parentLine, path };
    if (isAlias(node)) {
      mistakes.add(
        { line: lineAt(node.range?.[0]), path },
        'uses an alias (*)',
        'write the value out where it is used',
      );
      return undefined;
    }
    if (isScalar(node)) {
      const line = lineAt(node.range?.[0]);
      const value = node.value;
      if (
        value === null ||
        typeof value === 'string' ||
        typeof value === 'number' ||
        typeof value === 'boolean'
      ) {
        return { kind: 'scalar', value, line, path };
      }
      mistakes.add(
        { line, path },
        'is of a type that is not used here',
        'write plain text, a number, true or false',
      );
      return undefined;
    }
    if (isSeq(node)) {
      const line = lineAt(node.range?.[0]);
      const entries = node.items.map((entry, index) => toValue(entry, `${path}[${String(index)}]`, line));
      return { kind: 'list', line, path, entries: entries.filter((entry) => entry !== undefined) };
    }
    if (isMap(node)) return toMap(node, path);
    mistakes.add(
      { line: parentLine, path },
      'is of a type that is not used here',
      'write a map, a list or a plain value',
    );
    return undefined;
  }

  function toMap(
    node: {
      items: readonly { key: unknown; value: unknown }[];
      range?: readonly number[] | null | undefined;
    },
    path: string,
  ): YamlValue {
    const entries: YamlEntry[] = [];
    const firstLines = new Map<string, number>();
    const line = lineAt(node.range?.[0]);
    for (const pair of node.items) {
      const keyLine = isScalar(pair.key) ? lineAt(pair.key.range?.[0]) : line;
      if (!isScalar(pair.key) || typeof pair.key.value !== 'string') {
        const shown = isScalar(pair.key) ? String(pair.key.value) : 'a list or map';
        mistakes.add({ line: keyLine, path }, `the key ${quote(shown)} is not text`, 'put the key in quotes');
        continue;
      }
      const key = pair.key.value;
      const keyPath = path === '' ? key : `${path}.${key}`;
      const first = firstLines.get(key);
      if (first !== undefined) {
        mistakes.add(
          { line: keyLine, path: keyPath },
          `is given twice, first in line ${String(first)}`,
          'keep one of them',
        );
        continue;
      }
      firstLines.set(key, keyLine);
      const value = toValue(pair.value, keyPath, keyLine);
      if (value !== undefined) entries.push({ key, line: keyLine, path: keyPath, value });
    }
    return { kind: 'map', line, path, entries };
  }
}

/** The entries of a map whose keys are known beforehand; anything else in it is a mistake. */
export function readKnown<Key extends string>(
  value: YamlValue,
  known: readonly Key[],
  mistakes: Mistakes,
): Partial<Record<Key, YamlValue>> | undefined {
  const entries = readEntries(value, mistakes);
  if (entries === undefined) return undefined;
  const read: Partial<Record<Key, YamlValue>> = {};
  for (const entry of entries) {
    const key = known.find((name) => name === entry.key);
    if (key !== undefined) {
      read[key] = entry.value;
      continue;
    }
    const near = findNearest(entry.key, known);
    const fix = near === undefined ? `remove it; known are ${known.join(', ')}` : `did you mean ${near}`;
    mistakes.add(entry, 'is not a known key', fix);
  }
  return read;
}

/** The entries of a file that has one section. */
export function readOnlySection(
  text: string,
  section: string,
  what: string,
  mistakes: Mistakes,
): readonly YamlEntry[] {
  const root = readYaml(text, mistakes);
  const value = root === undefined ? undefined : readKnown(root, [section], mistakes);
  if (root === undefined || value === undefined) return [];
  const found = value[section];
  if (found !== undefined) return readEntries(found, mistakes) ?? [];
  mistakes.add(root, `there is no «${section}» section`, `add «${section}:» with ${what} below it`);
  return [];
}

/** The entries of a map whose keys are names that the file makes up. */
export function readEntries(value: YamlValue, mistakes: Mistakes): readonly YamlEntry[] | undefined {
  if (value.kind === 'map') return value.entries;
  mistakes.add(value, `must be a map, but is ${describeKind(value)}`, 'write «key: value» lines below it');
  return undefined;
}

export function readList(value: YamlValue, mistakes: Mistakes): readonly YamlValue[] | undefined {
  if (value.kind === 'list') return value.entries;
  mistakes.add(value, `must be a list, but is ${describeKind(value)}`, 'write it in brackets: [a, b]');
  return undefined;
}

export function readText(value: YamlValue, mistakes: Mistakes): string | undefined {
  if (value.kind === 'scalar' && typeof value.value === 'string' && value.value !== '') return value.value;
  const isNumber = value.kind === 'scalar' && typeof value.value === 'number';
  mistakes.add(
    value,
    `must be text, but is ${describeKind(value)}`,
    isNumber ? 'put it in quotes' : 'write some text',
  );
  return undefined;
}

export function readTexts(
  value: YamlValue,
  mistakes: Mistakes,
): readonly (Spot & { readonly text: string })[] | undefined {
  return readList(value, mistakes)?.flatMap((entry) => {
    const text = readText(entry, mistakes);
    return text === undefined ? [] : [{ text, line: entry.line, path: entry.path }];
  });
}

export function readBoolean(value: YamlValue, mistakes: Mistakes): boolean | undefined {
  if (value.kind === 'scalar' && typeof value.value === 'boolean') return value.value;
  mistakes.add(value, `must be true or false, but is ${describeKind(value)}`, 'write true or false');
  return undefined;
}

export function readWholeNumber(
  value: YamlValue,
  limits: { readonly min: number; readonly max: number },
  mistakes: Mistakes,
): number | undefined {
  const range = `a whole number from ${String(limits.min)} to ${String(limits.max)}`;
  if (value.kind === 'scalar' && typeof value.value === 'number') {
    const number = value.value;
    if (Number.isInteger(number) && number >= limits.min && number <= limits.max) return number;
    mistakes.add(value, `${String(number)} is out of range`, `write ${range}`);
    return undefined;
  }
  mistakes.add(value, `must be a number, but is ${describeKind(value)}`, `write ${range}`);
  return undefined;
}

export function readOneOf<Option extends string>(
  value: YamlValue,
  options: readonly Option[],
  what: string,
  mistakes: Mistakes,
): Option | undefined {
  const text = readText(value, mistakes);
  if (text === undefined) return undefined;
  const option = options.find((name) => name === text);
  if (option !== undefined) return option;
  const near = findNearest(text, options);
  const fix = near === undefined ? `write one of ${options.join(', ')}` : `did you mean ${near}`;
  mistakes.add(value, `${quote(text)} is not ${what}`, fix);
  return undefined;
}

/** What the tree holds, as plain JSON. */
export function toJson(value: YamlValue): Json {
  switch (value.kind) {
    case 'scalar':
      return value.value;
    case 'list':
      return value.entries.map(toJson);
    case 'map':
      return Object.fromEntries(value.entries.map((entry) => [entry.key, toJson(entry.value)]));
    default:
      return value satisfies never;
  }
}

/** Text as shown in a message: in quotes, control characters escaped, cut when long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

/** The option that a mistyped word most likely meant, or undefined when none is near. */
export function findNearest<Option extends string>(
  word: string,
  options: readonly Option[],
): Option | undefined {
  let nearest: Option | undefined;
  let nearestCost = Math.max(2, Math.ceil(word.length / 3)) + 1;
  for (const option of options) {
    if (option.length >= 4 && word.startsWith(option)) return option;
    const cost = editDistance(word.slice(0, 60).toLowerCase(), option.slice(0, 60).toLowerCase());
    if (cost < nearestCost && cost < option.length) {
      nearest = option;
      nearestCost = cost;
    }
  }
  return nearest;
}

function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}

function describeKind(value: YamlValue): string {
  switch (value.kind) {
    case 'map':
      return 'a map';
    case 'list':
      return 'a list';
    case 'scalar': {
      if (value.value === null || value.value === '') return 'empty';
      if (typeof value.value === 'string') return 'text';
      return typeof value.value === 'number' ? 'a number' : 'true or false';
    }
    default:
      return value satisfies never;
  }
}
