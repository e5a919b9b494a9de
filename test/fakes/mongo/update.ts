/** Updates: the operators that the store needs, with the server's refusals for conflicting or unknown ones. */
/* eslint-disable local/explain-assertion -- values come off the wire: the driver lays them out, and what is not as expected fails the command */
import type { Document } from 'bson';
import { createMatcher, isPlainObject } from './filter.ts';
import { MongoRefusal } from './mongo-error.ts';

const operators = new Set(['$set', '$setOnInsert', '$unset', '$currentDate', '$pull', '$inc', '$push']);

export function checkUpdate(update: unknown): asserts update is Document {
  if (Array.isArray(update))
    throw new MongoRefusal('NotImplemented', 'Updates by a pipeline are not understood by every server.');
  if (!isPlainObject(update)) throw new MongoRefusal('FailedToParse', 'An update must be an object.');
  const names = Object.keys(update);
  if (names.length === 0 || !names.every((name) => name.startsWith('$')))
    throw new MongoRefusal('NotImplemented', 'Replacements are not spoken here.');
  const paths = new Set<string>();
  for (const name of names) {
    if (!operators.has(name))
      throw new MongoRefusal(
        'FailedToParse',
        `Unknown modifier: ${name}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    const fields: unknown = update[name];
    if (!isPlainObject(fields))
      throw new MongoRefusal(
        'FailedToParse',
        `Modifiers operate on fields but we found type ${typeof fields} instead.`,
      );
    for (const path of Object.keys(fields)) {
      if (path === '' || path.includes('.') || path.startsWith('$'))
        throw new MongoRefusal('NotImplemented', `The path '${path}' is not spoken here.`);
      if (paths.has(path))
        throw new MongoRefusal(
          'ConflictingUpdateOperators',
          `Updating the path '${path}' would create a conflict at '${path}'`,
        );
      paths.add(path);
    }
  }
}

/** A changed copy. `isInsert` says that the document is made by this very update. */
export function applyUpdate(document: Document, update: Document, isInsert: boolean, now: Date): Document {
  const changed: Document = { ...document };
  for (const [operator, fields] of Object.entries(update)) {
    // Checked by `checkUpdate`.
    for (const [path, value] of Object.entries(fields as Document)) {
      applyOne(changed, { operator, path, value: value as unknown }, isInsert, now);
    }
  }
  if ('_id' in document && !isSame(document['_id'], changed['_id']))
    throw new MongoRefusal(
      'ImmutableField',
      "Performing an update on the path '_id' would modify the immutable field '_id'",
    );
  return changed;
}

function applyOne(
  document: Document,
  { operator, path, value }: { readonly operator: string; readonly path: string; readonly value: unknown },
  isInsert: boolean,
  now: Date,
): void {
  const before: unknown = document[path];
  switch (operator) {
    case '$set':
      document[path] = value;
      return;
    case '$setOnInsert':
      if (isInsert) document[path] = value;
      return;
    case '$unset':
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the document is a copy of our own
      delete document[path];
      return;
    case '$currentDate':
      if (value !== true && !(isPlainObject(value) && value['$type'] === 'date'))
        throw new MongoRefusal('NotImplemented', 'Only dates are set from the clock here.');
      document[path] = new Date(now);
      return;
    case '$inc':
      if (typeof value !== 'number' || (before !== undefined && typeof before !== 'number'))
        throw new MongoRefusal('TypeMismatch', `Cannot increment '${path}' with non-numeric argument`);
      document[path] = (typeof before === 'number' ? before : 0) + value;
      return;
    case '$push':
      if (before !== undefined && !Array.isArray(before))
        throw new MongoRefusal('BadValue', `The field '${path}' must be an array`);
      document[path] = [...(Array.isArray(before) ? (before as unknown[]) : []), value];
      return;
    case '$pull': {
      if (before === undefined) return;
      if (!Array.isArray(before))
        throw new MongoRefusal('BadValue', 'Cannot apply $pull to a non-array value');
      if (!isPlainObject(value))
        throw new MongoRefusal('NotImplemented', 'Only entries that are documents are pulled here.');
      const matches = createMatcher(value);
      document[path] = (before as Document[]).filter((entry) => !matches(entry));
      return;
    }
    default:
      throw new MongoRefusal('FailedToParse', `Unknown modifier: ${operator}`);
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
