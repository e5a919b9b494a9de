/**
 * The rules of a sharded cluster, kept all the time: with the shard keys that docs/mongodb.md names, each command must be
 * one that a router takes, also before MongoDB 7. What is asked of every shard is written down.
 */
/* eslint-disable local/explain-assertion -- values come off the wire: the driver lays them out, and what is not as expected fails the command */
import { readFileSync } from 'node:fs';
import type { Document } from 'bson';
import { fixedFields, isPlainObject, narrowedFields } from './filter.ts';
import { MongoRefusal } from './mongo-error.ts';

const documented = readFileSync(new URL('../../../docs/mongodb.md', import.meta.url), 'utf8');

/** The field by which each collection is cut into shards; collections without one stay whole. */
export const shardKeys: ReadonlyMap<string, string> = new Map(
  [...documented.matchAll(/^sh\.shardCollection\('countersign\.(\w+)', \{ (\w+): 'hashed' \}\)/gmu)].map(
    ([, collection = '', field = '']) => [collection, field],
  ),
);

export interface Sharding {
  /** Throws as a router does for a write to one document that it cannot send to one shard. */
  checkOne(collection: string, filter: Document, kind: 'update' | 'upsert' | 'find-and-modify'): void;
  checkIndex(collection: string, key: Document, isUnique: boolean): void;
  /** A document stays in its shard. */
  checkMove(collection: string, before: Document, after: Document): void;
  /** Notes a query that goes to every shard. */
  note(collection: string, filter: Document, sort?: Document): void;
  /** `<collection> <fields>` for each sort of query that went to every shard. */
  readonly scattered: ReadonlySet<string>;
}

export function createSharding(): Sharding {
  const scattered = new Set<string>();
  return {
    scattered,
    checkOne(collection, filter, kind) {
      const field = shardKeys.get(collection);
      if (field === undefined) return;
      const fixed = fixedFields(filter);
      if (field in fixed || (kind === 'update' && '_id' in fixed)) return;
      throw new MongoRefusal(
        'ShardKeyNotFound',
        `Failed to target ${kind} on ${collection}: the query must contain the shard key ${field}`,
      );
    },
    checkIndex(collection, key, isUnique) {
      const field = shardKeys.get(collection);
      const [first = ''] = Object.keys(key);
      if (field === undefined || !isUnique || ['_id', field].includes(first)) return;
      throw new MongoRefusal(
        'CannotCreateIndex',
        `cannot create unique index over { ${first}: 1 } with shard key pattern { ${field}: "hashed" }`,
      );
    },
    checkMove(collection, before, after) {
      const field = shardKeys.get(collection);
      if (field === undefined || before[field] === after[field]) return;
      throw new MongoRefusal(
        'ImmutableField',
        `The shard key ${field} of ${collection} may not change here.`,
      );
    },
    note(collection, filter, sort = {}) {
      const field = shardKeys.get(collection);
      if (field === undefined || isTargeted(filter, field)) return;
      const fields = [...new Set([...narrowedFields(filter), ...Object.keys(sort).slice(0, 1)])];
      scattered.add(`${collection} ${fields.join(' ')}`);
    },
  };
}

/** Some values of the shard key are named. */
function isTargeted(filter: Document, field: string): boolean {
  if (field in fixedFields(filter)) return true;
  const conditions = [filter, ...((filter['$and'] as readonly Document[] | undefined) ?? [])];
  return conditions.some((entry) => {
    const condition = entry[field] as unknown;
    return isPlainObject(condition) && '$in' in condition;
  });
}
