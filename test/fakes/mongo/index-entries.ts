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
}

export function createIndexEntries(): IndexEntries {
  /** By field, by value. */
  const ids = new Map<string, Map<string, Set<string>>>();
  /** Documents come back in the order in which they were written. */
  const order = new Map<string, number>();
  let next = 0;

  function put(field: string, id: string, document: Document): void {
    const byValue = ids.get(field);
    if (byValue === undefined) return;
    for (const key of keysOf(document[field])) {
      const those = byValue.get(key);
      if (those === undefined) byValue.set(key, new Set([id]));
      else those.add(id);
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
        for (const key of keysOf(document[field])) {
          const those = byValue.get(key);
          those?.delete(id);
          if (those?.size === 0) byValue.delete(key);
        }
      }
    },
    addField(field, documents) {
      if (field.includes('.') || ids.has(field)) return;
      ids.set(field, new Map());
      for (const [id, document] of documents) put(field, id, document);
    },
    candidates(filter) {
      let fewest: readonly ReadonlySet<string>[] | undefined;
      let count = Infinity;
      for (const [field, values] of demands(filter)) {
        const byValue = ids.get(field);
        if (byValue === undefined) continue;
        const found =
          values === 'any'
            ? [...byValue].flatMap(([key, those]) => (key === nothing ? [] : [those]))
            : values.flatMap((value) => byValue.get(keyOf(value)) ?? []);
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

/** A missing field matches null. */
const keyOf = (value: unknown): string => EJSON.stringify(value ?? null);
const nothing = keyOf(null);
const ranges = ['$gt', '$gte', '$lt', '$lte'];

/** A field that is a list matches by each of its values, and as a whole. */
const keysOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? [keyOf(value), ...value.map(keyOf)] : [keyOf(value)];

/** What a filter demands of a field: one of these values, or any but null. */
function demands(filter: Document): (readonly [field: string, values: readonly unknown[] | 'any'])[] {
  return Object.entries(filter).flatMap(([field, condition]) => {
    if (field === '$and') return (condition as readonly Document[]).flatMap(demands);
    if (field.startsWith('$') || condition instanceof RegExp) return [];
    if (!isPlainObject(condition)) return [[field, [condition as unknown]] as const];
    if ('$eq' in condition) return [[field, [condition['$eq'] as unknown]] as const];
    if ('$in' in condition) return [[field, condition['$in'] as readonly unknown[]] as const];
    if (ranges.some((name) => (condition[name] ?? null) !== null)) return [[field, 'any'] as const];
    if (Object.keys(condition).some((name) => name.startsWith('$'))) return [];
    return [[field, [condition]] as const];
  });
}
