/**
 * The search server beside the database: its indexes, `$search` and `$vectorSearch`, with the arguments and refusals of
 * the real ones. An index of another name answers nothing, a path that is not indexed is refused, and the server's copy
 * may lag behind the database.
 */
/* eslint-disable local/explain-assertion -- values come off the wire: the driver lays them out, and what is not as expected fails the command */
import { EJSON } from 'bson';
import type { Binary, Document } from 'bson';
import { checkFilter, createMatcher } from './filter.ts';
import { MongoRefusal } from './mongo-error.ts';

export interface FakeSearch {
  /** Of one collection. */
  create(namespace: string, specs: readonly Document[]): Document;
  update(namespace: string, name: string, definition: Document): Document;
  drop(namespace: string, name: string): Document;
  list(namespace: string, name: unknown): readonly Document[];
  /** Runs a `$search` or `$vectorSearch` stage: documents as they are in the database now, best first. */
  find(namespace: string, stage: Document, live: readonly Document[]): readonly Document[];
  /** From now on the copy is as it is now, until it is told to follow again. */
  lag(namespace: string, live: readonly Document[]): void;
  follow(): void;
  /** Searches that were run. */
  readonly asked: Document[];
}

interface SearchIndex {
  readonly name: string;
  readonly type: 'search' | 'vectorSearch';
  definition: Document;
  /** How often it must be listed until it can be asked. */
  building: number;
}

const listingsUntilReady = 1;

export function createFakeSearch(): FakeSearch {
  const indexes = new Map<string, SearchIndex[]>();
  const copies = new Map<string, readonly Document[]>();
  const asked: Document[] = [];
  const of = (namespace: string): SearchIndex[] => {
    const known = indexes.get(namespace) ?? [];
    indexes.set(namespace, known);
    return known;
  };

  function ready(namespace: string, name: unknown, type: SearchIndex['type']): SearchIndex | undefined {
    const index = of(namespace).find((entry) => entry.name === name && entry.building <= 0);
    if (index !== undefined && index.type !== type)
      throw new MongoRefusal('UnknownError', `Cannot execute ${type} over ${index.type} index ${index.name}`);
    return index;
  }

  return {
    asked,
    create(namespace, specs) {
      const indexesCreated = specs.map(({ name, type = 'search', definition, ...unknown }) => {
        refuseUnknown('createSearchIndexes.indexes', unknown);
        checkDefinition(type, definition as Document);
        if (of(namespace).some((index) => index.name === name))
          throw new MongoRefusal('IndexAlreadyExists', `Duplicate Index: ${String(name)}`);
        // Checked above.
        const made = {
          name: String(name),
          type: type as SearchIndex['type'],
          definition: definition as Document,
        };
        of(namespace).push({ ...made, building: listingsUntilReady });
        return { id: `${namespace}/${made.name}`, name: made.name };
      });
      return { indexesCreated };
    },
    update(namespace, name, definition) {
      const index = of(namespace).find((entry) => entry.name === name);
      if (index === undefined)
        throw new MongoRefusal('IndexNotFound', `Index ${name} does not exist in ${namespace}`);
      checkDefinition(index.type, definition);
      index.definition = definition;
      index.building = listingsUntilReady;
      return {};
    },
    drop(namespace, name) {
      indexes.set(
        namespace,
        of(namespace).filter((entry) => entry.name !== name),
      );
      return {};
    },
    list(namespace, name) {
      return of(namespace)
        .filter((index) => name === undefined || index.name === name)
        .map((index) => {
          const isReady = index.building <= 0;
          index.building -= 1;
          return {
            id: `${namespace}/${index.name}`,
            name: index.name,
            type: index.type,
            status: isReady ? 'READY' : 'BUILDING',
            queryable: isReady,
            latestDefinition: {
              ...index.definition,
              ...(index.type === 'search' && { storedSource: false }),
            },
          };
        });
    },
    find(namespace, stage, live) {
      asked.push(stage);
      const [kind, spec] = Object.entries(stage)[0] as [string, Document];
      const byId = new Map(live.map((document) => [EJSON.stringify(document['_id'] as Document), document]));
      const scored =
        kind === '$search'
          ? searchWords(
              ready(namespace, spec['index'] ?? 'default', 'search'),
              spec,
              copies.get(namespace) ?? live,
            )
          : searchVectors(
              ready(namespace, spec['index'], 'vectorSearch'),
              spec,
              copies.get(namespace) ?? live,
            );
      return (
        scored
          .toSorted((left, right) => right.score - left.score)
          .slice(0, kind === '$search' ? undefined : (spec['limit'] as number))
          // The copy names them; the database gives them as they are.
          .flatMap(({ document }) => {
            const found = byId.get(EJSON.stringify(document['_id'] as Document));
            return found === undefined ? [] : [found];
          })
      );
    },
    lag(namespace, live) {
      copies.set(namespace, [...live]);
    },
    follow() {
      copies.clear();
    },
  };
}

interface Scored {
  readonly document: Document;
  readonly score: number;
}

function refuseUnknown(place: string, unknown: Document): void {
  const [field] = Object.keys(unknown);
  if (field !== undefined)
    throw new MongoRefusal('UnknownField', `BSON field '${place}.${field}' is an unknown field.`);
}

function checkDefinition(type: unknown, definition: Document): void {
  if (type === 'search') {
    const { mappings, ...unknown } = definition;
    refuseUnknown('definition', unknown);
    const { dynamic, fields, ...more } = mappings as Document;
    refuseUnknown('definition.mappings', more);
    if (typeof dynamic !== 'boolean') throw refusal('"mappings.dynamic" must be a boolean');
    for (const [path, field] of Object.entries(fields as Document)) {
      const { type: kind, analyzer, ...rest } = field as Document;
      refuseUnknown(`definition.mappings.fields.${path}`, rest);
      if (!['token', 'string', 'number', 'boolean'].includes(String(kind)))
        throw refusal(`"mappings.fields.${path}.type" is none that is known`);
      if (analyzer !== undefined && (kind !== 'string' || analyzer !== 'lucene.whitespace'))
        throw refusal(`"mappings.fields.${path}.analyzer" is none that is known`);
    }
    return;
  }
  if (type !== 'vectorSearch') throw refusal('"type" must be one of [search, vectorSearch]');
  const { fields, ...unknown } = definition;
  refuseUnknown('definition', unknown);
  const vectors = (fields as Document[]).filter((field) => field['type'] === 'vector');
  if (vectors.length === 0) throw refusal('"fields" must hold a vector field');
  for (const field of fields as Document[]) {
    const { type: kind, path, numDimensions, similarity, indexingMethod, ...rest } = field;
    refuseUnknown('definition.fields', rest);
    if (typeof path !== 'string') throw refusal('"fields.path" is required');
    if (kind === 'filter') continue;
    if (kind !== 'vector') throw refusal('"fields.type" must be one of [filter, vector]');
    if (!Number.isInteger(numDimensions) || numDimensions < 1 || numDimensions > 8192)
      throw refusal('"numDimensions" must be within bounds [1, 8192]');
    if (!['cosine', 'dotProduct', 'euclidean'].includes(String(similarity)))
      throw refusal('"similarity" must be one of [cosine, dotProduct, euclidean]');
    if (indexingMethod !== undefined && !['flat', 'hnsw'].includes(String(indexingMethod)))
      throw refusal('"indexingMethod" must be one of [flat, hnsw]');
  }
}

function refusal(message: string): MongoRefusal {
  return new MongoRefusal('UnknownError', message);
}

function searchWords(
  index: SearchIndex | undefined,
  spec: Document,
  copy: readonly Document[],
): readonly Scored[] {
  const { index: _name, ...operator } = spec;
  const fields = ((index?.definition['mappings'] as Document | undefined)?.['fields'] ?? {}) as Document;
  const score = readOperator(operator, index === undefined ? undefined : fields);
  if (index === undefined) return [];
  return copy.flatMap((document) => {
    const found = score(document);
    return found === undefined ? [] : [{ document, score: found }];
  });
}

/** What a document scores, or undefined when it does not match. */
type Score = (document: Document) => number | undefined;

function readOperator(operator: Document, fields: Document | undefined): Score {
  const [name = '', ...more] = Object.keys(operator);
  if (more.length > 0) throw refusal(`"${more.join()}" is not expected beside "${name}"`);
  const spec = operator[name] as Document;
  switch (name) {
    case 'text': {
      const { path, query, ...unknown } = spec;
      refuseUnknown('text', unknown);
      if (typeof query !== 'string' || query.trim() === '') throw refusal('"text.query" cannot be empty');
      const isIndexed = fieldType(fields, path as string) === 'string';
      const words = new Set(query.split(/\s+/u));
      return (document) => {
        const held = [document[path as string]].flat() as unknown[];
        const found = held.filter((word) => words.has(String(word))).length;
        return isIndexed && found > 0 ? found : undefined;
      };
    }
    case 'equals':
    case 'in': {
      const { path, value, ...unknown } = spec;
      refuseUnknown(name, unknown);
      if (name === 'in' && (!Array.isArray(value) || value.length === 0))
        throw refusal('"in.value" cannot be empty');
      if (fields !== undefined && fieldType(fields, path as string) !== 'token')
        throw refusal(`Path '${String(path)}' needs to be indexed as token`);
      const values = [value].flat() as unknown[];
      return (document) => (values.includes(document[path as string]) ? 1 : undefined);
    }
    case 'compound': {
      const { must = [], filter = [], should = [], mustNot = [], minimumShouldMatch = 0, ...unknown } = spec;
      refuseUnknown('compound', unknown);
      const read = (clauses: unknown): readonly Score[] =>
        ([clauses].flat() as Document[]).map((clause) => readOperator(clause, fields));
      const [needed, kept, wished, refused] = [read(must), read(filter), read(should), read(mustNot)];
      if (needed.length + kept.length + wished.length + refused.length === 0)
        throw refusal('"compound" must have at least one clause');
      return (document) => {
        const scores = needed.map((score) => score(document));
        const wishes = wished.flatMap((score) => score(document) ?? []);
        const isIn =
          !scores.includes(undefined) &&
          kept.every((score) => score(document) !== undefined) &&
          refused.every((score) => score(document) === undefined) &&
          wishes.length >= (minimumShouldMatch as number);
        return isIn
          ? [...scores, ...wishes].reduce<number>((sum, score) => sum + (score ?? 0), 0)
          : undefined;
      };
    }
    default:
      throw refusal(`Unrecognized operator "${name}"`);
  }
}

function fieldType(fields: Document | undefined, path: string): unknown {
  return (fields?.[path] as Document | undefined)?.['type'];
}

function searchVectors(
  index: SearchIndex | undefined,
  spec: Document,
  copy: readonly Document[],
): readonly Scored[] {
  const { index: _name, path, queryVector, exact, numCandidates, limit, filter = {}, ...unknown } = spec;
  refuseUnknown('$vectorSearch', unknown);
  if (!Number.isInteger(limit) || limit < 1) throw refusal('"limit" must be positive');
  if (exact === true && numCandidates !== undefined)
    throw refusal('"numCandidates" must be omitted for exact search');
  if (exact !== true) {
    if (numCandidates === undefined) throw refusal('"numCandidates" is required for approximate search');
    if (!Number.isInteger(numCandidates) || numCandidates < 1 || numCandidates > 10_000)
      throw refusal('"numCandidates" must be within bounds [1, 10000]');
    if (numCandidates < limit) throw refusal('"numCandidates" must be greater than or equal to "limit"');
  }
  checkFilter(filter);
  if (index === undefined) return [];
  const fields = index.definition['fields'] as Document[];
  const indexed = fields.find((field) => field['type'] === 'vector' && field['path'] === path);
  if (indexed === undefined) throw refusal(`${String(path)} is not indexed as vector`);
  const wanted = vectorOf(queryVector);
  if (wanted === undefined || wanted.length !== indexed['numDimensions'])
    throw refusal(
      `vector field is indexed with ${String(indexed['numDimensions'])} dimensions but queried with ${String(wanted?.length)}`,
    );
  const filters = new Set(
    fields.filter((field) => field['type'] === 'filter').map((field) => field['path'] as string),
  );
  for (const name of pathsOf(filter))
    if (!filters.has(name)) throw refusal(`Path '${name}' needs to be indexed as filter`);
  const matches = createMatcher(filter);
  return copy.flatMap((document) => {
    const values = vectorOf(document[path as string]);
    if (values?.length !== wanted.length || !matches(document)) return [];
    return [{ document, score: (1 + cosine(wanted, values)) / 2 }];
  });
}

/** Lists of numbers and packed floats are vectors; any other bytes are none. */
function vectorOf(value: unknown): readonly number[] | undefined {
  if (Array.isArray(value)) return value as number[];
  const packed = value as Binary | undefined;
  return packed?.sub_type === 9 ? [...packed.toFloat32Array()] : undefined;
}

function pathsOf(filter: Document): readonly string[] {
  return Object.entries(filter).flatMap(([field, condition]) =>
    field.startsWith('$') ? (condition as Document[]).flatMap(pathsOf) : [field],
  );
}

function cosine(one: readonly number[], other: readonly number[]): number {
  const dot = one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0);
  return dot / (Math.hypot(...one) * Math.hypot(...other) || 1);
}
