/** Filters: the operators that the store needs, matched by mingo; anything else is refused. */
/* eslint-disable local/explain-assertion -- values come off the wire: the driver lays them out, and what is not as expected fails the command */
import type { Document } from 'bson';
import { Query } from 'mingo';
import { MongoRefusal } from './mongo-error.ts';

const fieldOperators = new Set(['$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$in', '$nin', '$exists']);
const groups = new Set(['$and', '$or']);

export function isPlainObject(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Throws for an operator that is not spoken here. */
export function checkFilter(filter: unknown): asserts filter is Document {
  if (!isPlainObject(filter)) throw new MongoRefusal('TypeMismatch', 'A filter must be an object.');
  for (const [field, condition] of Object.entries(filter)) {
    if (groups.has(field)) {
      if (!Array.isArray(condition) || condition.length === 0)
        throw new MongoRefusal('BadValue', `${field} must be a nonempty array`);
      for (const entry of condition) checkFilter(entry);
    } else if (field.startsWith('$')) {
      throw new MongoRefusal('BadValue', `unknown top level operator: ${field}`);
    } else if (isPlainObject(condition)) {
      checkCondition(condition);
    }
  }
}

function checkCondition(condition: Document): void {
  const names = Object.keys(condition);
  if (!names.some((name) => name.startsWith('$'))) return;
  for (const name of names)
    if (!fieldOperators.has(name)) throw new MongoRefusal('BadValue', `unknown operator: ${name}`);
}

export function createMatcher(filter: Document): (document: Document) => boolean {
  const query = new Query(filter);
  return (document) => query.test(document);
}

/** Fields whose value a filter fixes: an upsert begins with them. */
export function fixedFields(filter: Document): Document {
  const fields: Document = {};
  for (const [field, condition] of Object.entries(filter)) {
    if (field === '$and') {
      for (const entry of condition as readonly Document[]) Object.assign(fields, fixedFields(entry));
    } else if (!field.startsWith('$')) {
      if (!isPlainObject(condition)) fields[field] = condition as unknown;
      else if ('$eq' in condition) fields[field] = condition['$eq'] as unknown;
      else if (!Object.keys(condition).some((name) => name.startsWith('$'))) fields[field] = condition;
    }
  }
  return fields;
}

/** Fields that a filter or a sort narrows, wherever an index could help. */
export function narrowedFields(filter: Document): readonly string[] {
  return Object.entries(filter).flatMap(([field, condition]) => {
    if (field === '$and') return (condition as readonly Document[]).flatMap(narrowedFields);
    if (field === '$or') return [];
    return [field];
  });
}
