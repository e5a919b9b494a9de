/** One collection: documents by `_id`, indexes that really refuse duplicates, and no scan of everything. */
/* eslint-disable local/explain-assertion -- values come off the wire: the driver lays them out, and what is not as expected fails the command */
import { EJSON } from 'bson';
import type { Document } from 'bson';
import { Query } from 'mingo';
import { createMatcher, narrowedFields } from './filter.ts';
import { createIndexEntries } from './index-entries.ts';
import { MongoRefusal } from './mongo-error.ts';
import { largestDocumentBytes, sizeOf } from './wire.ts';

interface Index {
  readonly name: string;
  readonly key: Readonly<Record<string, 1 | -1 | 'hashed'>>;
  readonly isUnique: boolean;
  readonly isSparse: boolean;
}

const everything = new Query({});
/** So many documents for each that is asked for are sorted rather than walked to. */
const fewForSort = 3;

export interface FoundOptions {
  readonly filter: Document;
  readonly sort?: Document;
  readonly skip?: number;
  readonly limit?: number;
  readonly projection?: Document;
}

export interface FakeCollection {
  readonly namespace: string;
  insert(document: Document): void;
  replace(before: Document, after: Document): void;
  remove(document: Document): void;
  find(options: FoundOptions): readonly Document[];
  /** For a search server, which has a copy of everything. */
  all(): readonly Document[];
  createIndex(spec: Document): void;
  indexes(): readonly Document[];
  /** Bytes of the largest document ever written. */
  largest(): number;
}

/** `undo` is told how to take each write back: what was not journalled is lost in a crash. */
export function createFakeCollection(namespace: string, undo: (action: () => void) => void): FakeCollection {
  const documents = new Map<string, Document>();
  const indexes: Index[] = [{ name: '_id_', key: { _id: 1 }, isUnique: true, isSparse: false }];
  const taken = new Map<string, Map<string, string>>([['_id_', new Map()]]);
  const entries = createIndexEntries();
  let largest = 0;

  const idOf = (document: Document): string => EJSON.stringify(document['_id'] as Document);

  function entryOf(index: Index, document: Document): string | undefined {
    const fields = Object.keys(index.key);
    if (index.isSparse && fields.every((field) => document[field] === undefined)) return undefined;
    return EJSON.stringify(fields.map((field) => (document[field] as unknown) ?? null));
  }

  function put(document: Document, id: string): void {
    const size = sizeOf(document);
    if (size > largestDocumentBytes)
      throw new MongoRefusal('BSONObjectTooLarge', `BSONObj size: ${String(size)} is invalid.`);
    for (const index of indexes) {
      if (!index.isUnique) continue;
      const entry = entryOf(index, document);
      const holder = entry === undefined ? undefined : taken.get(index.name)?.get(entry);
      if (holder !== undefined && holder !== id) throw duplicate(index, document);
    }
    for (const index of indexes) {
      const entry = entryOf(index, document);
      if (index.isUnique && entry !== undefined) taken.get(index.name)?.set(entry, id);
    }
    documents.set(id, document);
    entries.add(id, document);
    largest = Math.max(largest, size);
  }

  function drop(document: Document): void {
    for (const index of indexes) {
      const entry = entryOf(index, document);
      if (entry !== undefined) taken.get(index.name)?.delete(entry);
    }
    const id = idOf(document);
    documents.delete(id);
    entries.remove(id, document);
  }

  function duplicate(index: Index, document: Document): MongoRefusal {
    const value = Object.fromEntries(
      Object.keys(index.key).map((field) => [field, (document[field] as unknown) ?? null]),
    );
    const shown = Object.entries(value).map(([field, entry]) => `${field}: ${JSON.stringify(entry)}`);
    return new MongoRefusal(
      'DuplicateKey',
      `E11000 duplicate key error collection: ${namespace} index: ${index.name} dup key: { ${shown.join(', ')} }`,
      { keyPattern: index.key, keyValue: value },
    );
  }

  /** The same refusal as a server that runs with `notablescan`: cost must not grow with what is stored. */
  function checkPlan({ filter, sort }: FoundOptions): void {
    const fields = [...narrowedFields(filter), ...Object.keys(sort ?? {}).slice(0, 1)];
    if (indexes.some((index) => fields.includes(Object.keys(index.key)[0] ?? ''))) return;
    throw new MongoRefusal(
      'NoQueryExecutionPlans',
      `error processing query: ns=${namespace} filter ${JSON.stringify(filter)}: No indexed plans available, and running with 'notablescan'`,
    );
  }

  /** A few of many in the order of an index: walked until there are enough, as a server does. */
  function walk(
    { filter, sort = {}, skip = 0, limit = 0, projection }: FoundOptions,
    many: number,
  ): readonly Document[] | undefined {
    const [field, ...rest] = Object.keys(sort);
    if (field === undefined || limit <= 0 || many <= fewForSort * (skip + limit)) return undefined;
    const groups = entries.walk(field, sort[field] === -1 ? -1 : 1);
    if (groups === undefined) return undefined;
    const matches = createMatcher(filter);
    const within = Object.fromEntries(rest.map((name) => [name, sort[name] as unknown]));
    const found: Document[] = [];
    for (const group of groups) {
      const there = group.flatMap((key) => documents.get(key) ?? []).filter((one: Document) => matches(one));
      const isInOrder = there.length < 2 || rest.length === 0;
      const sorted: readonly Document[] = isInOrder
        ? there
        : everything.find<Document>(there).sort(within).all();
      found.push(...sorted);
      if (found.length >= skip + limit) break;
    }
    const page = found.slice(skip, skip + limit);
    return projection === undefined ? page : everything.find<Document>(page, projection).all();
  }

  return {
    namespace,
    insert(document) {
      const id = idOf(document);
      const [index] = indexes;
      if (documents.has(id) && index !== undefined) throw duplicate(index, document);
      put(document, id);
      undo(() => {
        drop(document);
      });
    },
    replace(before, after) {
      drop(before);
      try {
        put(after, idOf(after));
      } catch (error) {
        put(before, idOf(before));
        throw error;
      }
      undo(() => {
        drop(after);
        put(before, idOf(before));
      });
    },
    remove(document) {
      drop(document);
      undo(() => {
        put(document, idOf(document));
      });
    },
    find(options) {
      checkPlan(options);
      const { filter, sort, skip, limit, projection } = options;
      const id: unknown = filter['_id'];
      // Most commands name their document.
      if (typeof id === 'string' && projection === undefined) {
        const found = documents.get(EJSON.stringify(id));
        return found !== undefined && createMatcher(filter)(found) ? [found] : [];
      }
      const chosen = entries.candidates(filter) ?? [...documents.keys()];
      const walked = walk(options, chosen.length);
      if (walked !== undefined) return walked;
      const query = new Query(filter);
      let cursor = query.find<Document>(
        chosen.flatMap((key) => documents.get(key) ?? []),
        projection ?? {},
      );
      if (sort !== undefined && Object.keys(sort).length > 0) cursor = cursor.sort(sort);
      if (skip !== undefined && skip > 0) cursor = cursor.skip(skip);
      if (limit !== undefined && limit > 0) cursor = cursor.limit(limit);
      return cursor.all();
    },
    all: () => [...documents.values()],
    createIndex(spec) {
      const index = readIndex(spec);
      for (const known of indexes) {
        const isSameKey = JSON.stringify(known.key) === JSON.stringify(index.key);
        const isSameOptions = known.isUnique === index.isUnique && known.isSparse === index.isSparse;
        if (known.name === index.name && isSameKey && isSameOptions) return;
        if (known.name === index.name && !isSameKey)
          throw new MongoRefusal(
            'IndexKeySpecsConflict',
            `An existing index has the same name as the requested index: ${index.name}`,
          );
        if (isSameKey)
          throw new MongoRefusal(
            'IndexOptionsConflict',
            `Index already exists with a different name or different options: ${known.name}`,
          );
      }
      const held = new Map<string, string>();
      for (const [id, document] of documents) {
        const entry = entryOf(index, document);
        if (!index.isUnique || entry === undefined) continue;
        if (held.has(entry)) throw duplicate(index, document);
        held.set(entry, id);
      }
      taken.set(index.name, held);
      indexes.push(index);
      entries.addField(Object.keys(index.key)[0] ?? '', documents);
    },
    indexes: () =>
      indexes.map(({ name, key, isUnique, isSparse }) => ({
        v: 2,
        key,
        name,
        ...(isUnique && name !== '_id_' && { unique: true }),
        ...(isSparse && { sparse: true }),
      })),
    largest: () => largest,
  };
}

function readIndex(spec: Document): Index {
  const { key, name, unique, sparse, background, ...unknown } = spec;
  const [field] = Object.keys(unknown);
  if (field !== undefined)
    throw new MongoRefusal('NotImplemented', `The index option '${field}' is not spoken here.`);
  if (background !== undefined && typeof background !== 'boolean')
    throw new MongoRefusal('TypeMismatch', "The field 'background' must be a bool");
  if (typeof name !== 'string')
    throw new MongoRefusal('FailedToParse', "The 'name' field is a required property");
  // Checked entry by entry below.
  const entries = Object.entries((key ?? {}) as Readonly<Record<string, 1 | -1>>);
  if (entries.length === 0 || entries.some(([, way]) => ![1, -1].includes(way)))
    throw new MongoRefusal(
      'CannotCreateIndex',
      `Values in the index key pattern must be 1 or -1 here: ${name}`,
    );
  return { name, key: Object.fromEntries(entries), isUnique: unique === true, isSparse: sparse === true };
}
