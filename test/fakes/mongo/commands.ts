/** The commands that are spoken, each whole before the next one; a field that is not known is refused. */
/* eslint-disable local/explain-assertion -- values come off the wire: the driver lays them out, and what is not as expected fails the command */
import { Long } from 'bson';
import type { Document } from 'bson';
import { createFakeCollection } from './collection.ts';
import type { FakeCollection } from './collection.ts';
import { checkFilter, createMatcher, fixedFields } from './filter.ts';
import type { FakeSearch } from './search.ts';
import { createSharding } from './sharding.ts';
import { MongoRefusal } from './mongo-error.ts';
import { applyUpdate, checkUpdate } from './update.ts';

export interface FakeDatabase {
  run(command: Document): Document;
  collection(database: string, name: string): FakeCollection;
  collections(): readonly FakeCollection[];
  /** Sorts of queries that a router would send to every shard. */
  readonly scattered: ReadonlySet<string>;
  /** What was written without a journal is gone. */
  crash(): void;
  /**
   * The primary is cut off from the others, and does not know: it takes writes that no majority gets, and reads what a
   * majority has as of now.
   */
  cutOff(): void;
  /** It is back, and takes back what no majority got. */
  rejoin(): void;
}

/** Fields that any command may carry. */
const common = ['$db', 'lsid', '$clusterTime', '$readPreference', 'txnNumber', 'comment', 'maxTimeMS'];
const spoken: Readonly<Record<string, readonly string[]>> = {
  ping: [],
  buildInfo: [],
  endSessions: [],
  insert: ['documents', 'ordered', 'writeConcern'],
  update: ['updates', 'ordered', 'writeConcern'],
  delete: ['deletes', 'ordered', 'writeConcern'],
  findAndModify: ['query', 'update', 'upsert', 'new', 'fields', 'sort', 'remove', 'writeConcern'],
  find: ['filter', 'sort', 'projection', 'limit', 'skip', 'batchSize', 'singleBatch', 'readConcern'],
  getMore: ['collection', 'batchSize'],
  killCursors: ['cursors'],
  count: ['readConcern'],
  aggregate: ['pipeline', 'cursor', 'readConcern'],
  createIndexes: ['indexes', 'writeConcern'],
  listIndexes: ['cursor'],
  listCollections: ['filter', 'cursor', 'nameOnly', 'authorizedCollections'],
  createSearchIndexes: ['indexes'],
  updateSearchIndex: ['name', 'definition'],
  dropSearchIndex: ['name'],
};
const firstBatch = 101;

export function createFakeDatabase(
  now: () => Date,
  isReplicaSet: boolean,
  search?: FakeSearch,
): FakeDatabase {
  const collections = new Map<string, FakeCollection>();
  const cursors = new Map<number, Document[]>();
  const sharding = createSharding();
  const nameOf = ({ namespace }: FakeCollection): string => namespace.slice(namespace.indexOf('.') + 1);
  let nextCursor = 1;
  let unflushed: (() => void)[] = [];
  /** What a majority has, while the primary is cut off. */
  let agreed: Map<string, FakeCollection> | undefined;

  function collection(database: string, name: string): FakeCollection {
    const namespace = `${database}.${name}`;
    const known = collections.get(namespace);
    if (known !== undefined) return known;
    const made = createFakeCollection(namespace, (action) => unflushed.push(action));
    collections.set(namespace, made);
    return made;
  }

  /** To read where nothing is makes nothing. */
  const existing = (): readonly FakeCollection[] =>
    [...collections.values()].filter(
      (collection) => collection.all().length > 0 || collection.indexes().length > 1,
    );

  function check(name: string, command: Document): void {
    const fields = spoken[name];
    if (fields === undefined) throw new MongoRefusal('CommandNotFound', `no such command: '${name}'`);
    for (const field of Object.keys(command)) {
      if (field === name || fields.includes(field) || common.includes(field)) continue;
      throw new MongoRefusal('UnknownField', `BSON field '${name}.${field}' is an unknown field.`);
    }
    if (command['txnNumber'] !== undefined && !isReplicaSet)
      throw new MongoRefusal(
        'IllegalOperation',
        'Transaction numbers are only allowed on a replica set member or mongos',
      );
    const level: unknown = (command['readConcern'] as Document | undefined)?.['level'];
    if (level !== undefined && level !== 'majority' && level !== 'local')
      throw new MongoRefusal(
        'NotImplemented',
        `The read concern ${JSON.stringify(level)} is not spoken here.`,
      );
  }

  /** Acknowledged as journalled or by a majority means on disk, with all that came before. */
  function flush(concern: unknown): Document {
    // Checked field by field.
    const { w, j, wtimeout, wtimeoutMS, ...unknown } = (concern ?? {}) as Document;
    const [field] = Object.keys(unknown);
    if (field !== undefined)
      throw new MongoRefusal('UnknownField', `BSON field 'writeConcern.${field}' is an unknown field.`);
    if (w !== undefined && w !== 'majority' && (typeof w !== 'number' || w > 1))
      throw new MongoRefusal('BadValue', "cannot use 'w' > 1 when a host is not replicated");
    if (wtimeout !== undefined && wtimeoutMS !== undefined)
      throw new MongoRefusal('BadValue', 'One write time-out is enough.');
    if (agreed !== undefined) return w === 'majority' ? { writeConcernError: cutOffError } : {};
    if (w === 'majority' || j === true) unflushed = [];
    return {};
  }

  /** What is read, as of the concern with which it is read. */
  function readable(target: FakeCollection, command: Document): FakeCollection {
    const level: unknown = (command['readConcern'] as Document | undefined)?.['level'];
    if (agreed === undefined || level !== 'majority') return target;
    return agreed.get(target.namespace) ?? createFakeCollection(target.namespace, () => undefined);
  }

  function copyOf(target: FakeCollection): FakeCollection {
    const copy = createFakeCollection(target.namespace, () => undefined);
    for (const index of target.indexes().slice(1)) copy.createIndex(withoutVersion(index));
    for (const document of target.all()) copy.insert(document);
    return copy;
  }

  function first(target: FakeCollection, filter: Document, sort?: Document): Document | undefined {
    return target.find({ filter, limit: 1, ...(sort !== undefined && { sort }) })[0];
  }

  function upsert(target: FakeCollection, filter: Document, update: Document): Document {
    const begun = fixedFields(filter);
    const made = applyUpdate(begun, update, true, now());
    if (made['_id'] === undefined)
      throw new MongoRefusal('NotImplemented', 'An upsert names its _id here: sharding needs it.');
    target.insert(made);
    return made;
  }

  function updateMany(
    target: FakeCollection,
    spec: Document,
  ): { n: number; changed: number; upserted?: unknown } {
    const { q, u, multi, upsert: isUpsert, ...unknown } = spec;
    const [field] = Object.keys(unknown);
    if (field !== undefined)
      throw new MongoRefusal('NotImplemented', `The field 'update.updates.${field}' is not spoken here.`);
    checkFilter(q);
    checkUpdate(u);
    if (multi === true) sharding.note(nameOf(target), q);
    else sharding.checkOne(nameOf(target), q, isUpsert === true ? 'upsert' : 'update');
    const found = target.find({ filter: q, ...(multi !== true && { limit: 1 }) });
    if (found.length === 0 && isUpsert === true)
      return { n: 1, changed: 0, upserted: upsert(target, q, u)['_id'] };
    let changed = 0;
    for (const before of found) {
      const after = applyUpdate(before, u, false, now());
      if (JSON.stringify(after) === JSON.stringify(before)) continue;
      sharding.checkMove(nameOf(target), before, after);
      target.replace(before, after);
      changed += 1;
    }
    return { n: found.length, changed };
  }

  /** Runs each entry; an entry that fails is reported and, when ordered, the last. */
  function each(
    entries: readonly Document[],
    isOrdered: boolean,
    act: (entry: Document) => void,
  ): Document[] {
    const errors: Document[] = [];
    for (const [index, entry] of entries.entries()) {
      try {
        act(entry);
      } catch (error) {
        if (!(error instanceof MongoRefusal)) throw error;
        errors.push({ index, code: error.code, errmsg: error.message, ...error.more });
        if (isOrdered) break;
      }
    }
    return errors;
  }

  function answer(
    namespace: string,
    documents: readonly Document[],
    batchSize: unknown,
    isSingle: boolean,
  ): Document {
    const size = typeof batchSize === 'number' ? batchSize : firstBatch;
    const rest = isSingle ? [] : documents.slice(size);
    const id = rest.length === 0 ? 0 : nextCursor++;
    if (id !== 0) cursors.set(id, rest);
    return { cursor: { id: Long.fromNumber(id), ns: namespace, firstBatch: documents.slice(0, size) } };
  }

  function searched(): FakeSearch {
    if (search === undefined)
      throw new MongoRefusal(
        'SearchNotEnabled',
        'Using Atlas Search Database Commands and the $listSearchIndexes aggregation stage requires additional configuration.',
      );
    return search;
  }

  /** A search and what follows it. */
  function pipe(target: FakeCollection, pipeline: readonly Document[]): readonly Document[] {
    const [first = {}, ...rest] = pipeline;
    const { $listSearchIndexes: listed } = first;
    if (listed !== undefined) return searched().list(target.namespace, (listed as Document)['name']);
    let found = searched().find(target.namespace, first, target.all());
    for (const stage of rest) {
      const [[kind, spec] = ['', undefined]] = Object.entries(stage) as [string, Document][];
      switch (kind) {
        case '$match':
          checkFilter(spec);
          found = found.filter(createMatcher(spec));
          break;
        case '$limit':
          found = found.slice(0, Number(spec));
          break;
        case '$project':
          found = found.map((document) =>
            Object.fromEntries(
              Object.entries(document).filter(([field]) => field === '_id' || field in (spec ?? {})),
            ),
          );
          break;
        case '$search':
        case '$vectorSearch':
          throw new MongoRefusal('NotFirstStage', `${kind} is only valid as the first stage in a pipeline`);
        default:
          throw new MongoRefusal('NotImplemented', `The stage ${kind} is not spoken here.`);
      }
    }
    return found;
  }

  function count(target: FakeCollection, pipeline: readonly Document[]): readonly Document[] {
    const [begin] = pipeline;
    if (['$search', '$vectorSearch', '$listSearchIndexes'].some((stage) => stage in (begin ?? {})))
      return pipe(target, pipeline);
    const [match, group, ...more] = pipeline;
    const isCount = JSON.stringify(group) === '{"$group":{"_id":1,"n":{"$sum":1}}}';
    if (match?.['$match'] === undefined || !isCount || more.length > 0)
      throw new MongoRefusal('NotImplemented', 'Of aggregations only counting is spoken here.');
    const filter: unknown = match['$match'];
    checkFilter(filter);
    sharding.note(nameOf(target), filter);
    const n = target.find({ filter }).length;
    return n === 0 ? [] : [{ _id: 1, n }];
  }

  function execute(name: string, command: Document): Document {
    const database = String(command['$db']);
    const target = (): FakeCollection =>
      collection(database, String(command[name === 'getMore' ? 'collection' : name]));
    switch (name) {
      case 'ping':
      case 'endSessions':
        return {};
      case 'buildInfo':
        return { version: '7.0.0', versionArray: [7, 0, 0, 0] };
      case 'insert': {
        let n = 0;
        // A driver sends documents as a sequence or an array.
        const writeErrors = each(
          command['documents'] as Document[],
          command['ordered'] !== false,
          (document) => {
            target().insert(document);
            n += 1;
          },
        );
        return { n, ...(writeErrors.length > 0 && { writeErrors }) };
      }
      case 'update': {
        let n = 0;
        let nModified = 0;
        const upserted: Document[] = [];
        const specs = command['updates'] as Document[];
        const writeErrors = each(specs, command['ordered'] !== false, (spec) => {
          const done = updateMany(target(), spec);
          n += done.n;
          nModified += done.changed;
          if (done.upserted !== undefined) upserted.push({ index: specs.indexOf(spec), _id: done.upserted });
        });
        return {
          n,
          nModified,
          ...(upserted.length > 0 && { upserted }),
          ...(writeErrors.length > 0 && { writeErrors }),
        };
      }
      case 'delete': {
        let n = 0;
        each(command['deletes'] as Document[], command['ordered'] !== false, ({ q, limit }) => {
          checkFilter(q);
          if (limit === 1) sharding.checkOne(nameOf(target()), q, 'update');
          else sharding.note(nameOf(target()), q);
          for (const document of target().find({ filter: q, ...(limit === 1 && { limit: 1 }) })) {
            target().remove(document);
            n += 1;
          }
        });
        return { n };
      }
      case 'findAndModify': {
        const { query, update, fields, sort } = command;
        checkFilter(query);
        if (command['remove'] === true)
          throw new MongoRefusal('NotImplemented', 'Removing is not spoken here.');
        checkUpdate(update);
        sharding.checkOne(nameOf(target()), query, 'find-and-modify');
        const before = first(target(), query, sort as Document | undefined);
        if (before === undefined && command['upsert'] !== true)
          return { value: null, lastErrorObject: { n: 0, updatedExisting: false } };
        const after =
          before === undefined ? upsert(target(), query, update) : applyUpdate(before, update, false, now());
        if (before !== undefined) target().replace(before, after);
        const value = command['new'] === true ? after : (before ?? null);
        const kept = Object.keys((fields ?? {}) as Document);
        const shown =
          value === null || kept.length === 0
            ? value
            : Object.fromEntries(
                Object.entries(value).filter(([field]) => field === '_id' || kept.includes(field)),
              );
        return { value: shown, lastErrorObject: { n: 1, updatedExisting: before !== undefined } };
      }
      case 'find': {
        const filter: unknown = command['filter'] ?? {};
        checkFilter(filter);
        sharding.note(nameOf(target()), filter, command['sort'] as Document | undefined);
        const found = readable(target(), command).find({
          filter,
          ...(command['sort'] !== undefined && { sort: command['sort'] as Document }),
          ...(command['projection'] !== undefined && { projection: command['projection'] as Document }),
          ...(typeof command['limit'] === 'number' && { limit: command['limit'] }),
          ...(typeof command['skip'] === 'number' && { skip: command['skip'] }),
        });
        return answer(target().namespace, found, command['batchSize'], command['singleBatch'] === true);
      }
      case 'getMore': {
        const id = Number(command['getMore']);
        const rest = cursors.get(id);
        if (rest === undefined) throw new MongoRefusal('CursorNotFound', `cursor id ${String(id)} not found`);
        const size = typeof command['batchSize'] === 'number' ? command['batchSize'] : rest.length;
        const nextBatch = rest.splice(0, size);
        if (rest.length === 0) cursors.delete(id);
        return {
          cursor: { id: Long.fromNumber(rest.length === 0 ? 0 : id), ns: target().namespace, nextBatch },
        };
      }
      case 'killCursors': {
        const ids = (command['cursors'] as unknown[]).map(Number);
        for (const id of ids) cursors.delete(id);
        return { cursorsKilled: ids, cursorsNotFound: [], cursorsAlive: [], cursorsUnknown: [] };
      }
      case 'count':
        return { n: target().all().length };
      case 'aggregate':
        return answer(
          target().namespace,
          count(target(), command['pipeline'] as Document[]),
          undefined,
          false,
        );
      case 'createSearchIndexes':
        return searched().create(target().namespace, command['indexes'] as Document[]);
      case 'updateSearchIndex':
        return searched().update(
          target().namespace,
          String(command['name']),
          command['definition'] as Document,
        );
      case 'dropSearchIndex':
        return searched().drop(target().namespace, String(command['name']));
      case 'createIndexes': {
        const before = target().indexes().length;
        for (const spec of command['indexes'] as Document[]) {
          sharding.checkIndex(nameOf(target()), spec['key'] as Document, spec['unique'] === true);
          target().createIndex(spec);
        }
        return {
          numIndexesBefore: before,
          numIndexesAfter: target().indexes().length,
          createdCollectionAutomatically: false,
        };
      }
      case 'listIndexes':
        return answer(target().namespace, target().indexes(), undefined, true);
      case 'listCollections': {
        const prefix = `${String(command['$db'])}.`;
        const names = existing()
          .filter(({ namespace }) => namespace.startsWith(prefix))
          .map(({ namespace }) => ({ name: namespace.slice(prefix.length), type: 'collection' }));
        return answer(`${prefix}$cmd.listCollections`, names, undefined, true);
      }
      default:
        throw new MongoRefusal('CommandNotFound', `no such command: '${name}'`);
    }
  }

  return {
    collection,
    collections: existing,
    scattered: sharding.scattered,
    run(command) {
      const name = Object.keys(command).find((key) => key !== '$db') ?? '';
      check(name, command);
      const reply = execute(name, command);
      const concern = spoken[name]?.includes('writeConcern') === true ? flush(command['writeConcern']) : {};
      return { ...reply, ...concern, ok: 1 };
    },
    crash() {
      for (const action of unflushed.toReversed()) action();
      unflushed = [];
      cursors.clear();
    },
    cutOff() {
      agreed = new Map([...collections.values()].map((target) => [target.namespace, copyOf(target)]));
      unflushed = [];
    },
    rejoin() {
      agreed = undefined;
      this.crash();
    },
  };
}

/** What a server says that waited in vain for the others. */
const cutOffError = {
  code: 64,
  codeName: 'WriteConcernTimeout',
  errmsg: 'waiting for replication timed out',
  errInfo: { wtimeout: true },
};

function withoutVersion({ v: _, ...index }: Document): Document {
  return index;
}
