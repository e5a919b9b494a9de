/**
 * Where the documents of a collection are, by the first field of each index: a server does not read all of them to find
 * one either. Which of those that are named here really match is the filter's to say.
 */
/* eslint-disable local/explain-assertion -- values come off the wire: the driver lays them out, and what is not as expected fails the command */
import { EJSON } from 'bson';
import type { Document } from 'bson';
import { isPlainObject } from './filter.ts';

export interface IndexEntries {
  add(id: string, document: Document): void;
  remove(id: string, document: Document): void;
  /** Of one more index, over the documents that are there. */
  addField(field: string, documents: ReadonlyMap<string, Document>): void;
  /** Ids of all documents that may match, in the order in which they came; undefined when any of them may. */
  candidates(filter: Document): readonly string[] | undefined;
  /**
   * Ids by the values of an indexed field, those of one value together, as a server walks an index; undefined where it
   * holds anything but moments, numbers and nothing.
   */
  walk(field: string, way: 1 | -1): Iterable<readonly string[]> | undefined;
}

export function createIndexEntries(): IndexEntries {
  /** By field, by value. */
  const ids = new Map<string, Map<string, Entry>>();
  /** Documents come back in the order in which they were written. */
  const order = new Map<string, number>();
  let next = 0;
  /** From the lowest value to the highest; made anew when one came or went. */
  const sorted = new Map<string, readonly Entry[] | undefined>();

  function sortedOf(field: string): readonly Entry[] | undefined {
    if (sorted.has(field)) return sorted.get(field);
    const entries = [...(ids.get(field) ?? [])].map(([key, entry]) => ({
      entry,
      at: entry.rank ?? (key === nothing ? -Infinity : NaN),
    }));
    const isWalkable = ids.has(field) && entries.every(({ at }) => !Number.isNaN(at));
    const made = isWalkable
      ? entries.sort((a, b) => (a.at === b.at ? 0 : a.at - b.at)).map(({ entry }) => entry)
      : undefined;
    sorted.set(field, made);
    return made;
  }

  function put(field: string, id: string, document: Document): void {
    const byValue = ids.get(field);
    if (byValue === undefined) return;
    for (const value of valuesOf(document[field])) {
      const key = keyOf(value);
      const entry = byValue.get(key);
      if (entry === undefined) {
        byValue.set(key, { ids: new Set([id]), rank: rankOf(value) });
        sorted.delete(field);
      } else entry.ids.add(id);
    }
  }

  return {
    add(id, document) {
      if (!order.has(id)) order.set(id, (next += 1));
      for (const field of ids.keys()) put(field, id, document);
    },
    remove(id, document) {
      order.delete(id);
      for (const [field, byValue] of ids) {
        for (const value of valuesOf(document[field])) {
          const key = keyOf(value);
          const entry = byValue.get(key);
          entry?.ids.delete(id);
          if (entry?.ids.size !== 0) continue;
          byValue.delete(key);
          sorted.delete(field);
        }
      }
    },
    walk(field, way) {
      const entries = sortedOf(field);
      if (entries === undefined) return undefined;
      const inOrder = way === 1 ? entries : entries.toReversed();
      return (function* () {
        for (const entry of inOrder)
          yield [...entry.ids].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
      })();
    },
    addField(field, documents) {
      if (field.includes('.') || ids.has(field)) return;
      ids.set(field, new Map());
      for (const [id, document] of documents) put(field, id, document);
    },
    candidates(filter) {
      let fewest: readonly ReadonlySet<string>[] | undefined;
      let count = Infinity;
      for (const [field, wanted] of demands(filter)) {
        const byValue = ids.get(field);
        if (byValue === undefined) continue;
        const found =
          'values' in wanted
            ? wanted.values.flatMap((value) => byValue.get(keyOf(value))?.ids ?? [])
            : within(byValue, wanted);
        const size = found.reduce((total, those) => total + those.size, 0);
        if (size >= count) continue;
        fewest = found;
        count = size;
      }
      if (fewest === undefined || count >= order.size) return undefined;
      const all = new Set(fewest.flatMap((those) => [...those]));
      return [...all].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
    },
  };
}

interface Entry {
  readonly ids: Set<string>;
  /** Where a moment or a number stands among others; undefined for what is neither. */
  readonly rank: number | undefined;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function within(byValue: ReadonlyMap<string, Entry>, { from, to }: Range): readonly ReadonlySet<string>[] {
  const found: ReadonlySet<string>[] = [];
  for (const [key, { ids, rank }] of byValue)
    if (rank === undefined ? key !== nothing : rank >= from && rank <= to) found.push(ids);
  return found;
}

function rankOf(value: unknown): number | undefined {
  if (value instanceof Date) return value.getTime();
  return typeof value === 'number' ? value : undefined;
}

/** A missing field matches null. */
const keyOf = (value: unknown): string => EJSON.stringify(value ?? null);
const nothing = keyOf(null);

/** A field that is a list matches by each of its values, and as a whole. */
const valuesOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? [value, ...(value as readonly unknown[])] : [value];

type Demand = Range | { readonly values: readonly unknown[] };

/** What a filter demands of a field: one of these values, or one within this range. */
function demands(filter: Document): (readonly [field: string, wanted: Demand])[] {
  return Object.entries(filter).flatMap(([field, condition]) => {
    if (field === '$and') return (condition as readonly Document[]).flatMap(demands);
    if (field.startsWith('$') || condition instanceof RegExp) return [];
    const one = (value: unknown): [readonly [string, Demand]] => [[field, { values: [value] }]];
    if (!isPlainObject(condition)) return one(condition);
    if ('$eq' in condition) return one(condition['$eq']);
    if ('$in' in condition) return [[field, { values: condition['$in'] as readonly unknown[] }] as const];
    const range = rangeOf(condition);
    if (range !== undefined) return [[field, range] as const];
    if (Object.keys(condition).some((name) => name.startsWith('$'))) return [];
    return one(condition);
  });
}

/** Its bounds are within; without a bound that stands among numbers all are, but null. */
function rangeOf(condition: Document): Range | undefined {
  const bound = (names: readonly string[]): unknown =>
    names.map((name) => condition[name] as unknown).find(isGiven);
  const [low, high] = [bound(['$gt', '$gte']), bound(['$lt', '$lte'])];
  if (!isGiven(low) && !isGiven(high)) return undefined;
  return { from: rankOf(low) ?? -Infinity, to: rankOf(high) ?? Infinity };
}

const isGiven = (value: unknown): boolean => (value ?? null) !== null;
