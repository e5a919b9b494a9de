/** What a search server beside the database keeps of memories and passages: two indexes, by words and by vectors. Pure. */
import type { mongo } from 'mongoose';

export const textIndex = 'sighted_text';
export const vectorIndex = 'sighted_vectors';

/** Fields that say who may see a row: every search is narrowed by them. */
const places = ['workspace', 'sort', 'channel', 'scope', 'thread', 'person'] as const;
/** Up to here comparing every vector that the filter lets through costs less than walking a graph. */
const mostFlat = 50_000;

export interface SearchDefinition {
  readonly name: string;
  readonly type: 'search' | 'vectorSearch';
  readonly definition: mongo.BSON.Document;
}

export function textDefinition(): SearchDefinition {
  const fields = Object.fromEntries(places.map((path) => [path, { type: 'token' }]));
  return {
    name: textIndex,
    type: 'search',
    // Stems are cut by us, the same as without a search server; the server only splits and counts them.
    definition: {
      mappings: {
        dynamic: false,
        fields: { ...fields, terms: { type: 'string', analyzer: 'lucene.whitespace' } },
      },
    },
  };
}

export function vectorDefinition(dims: number, method: 'flat' | 'hnsw'): SearchDefinition {
  return {
    name: vectorIndex,
    type: 'vectorSearch',
    definition: {
      fields: [
        {
          type: 'vector',
          path: 'vector',
          numDimensions: dims,
          similarity: 'cosine',
          indexingMethod: method,
        },
        ...[...places, 'vectorModel'].map((path) => ({ type: 'filter', path })),
      ],
    },
  };
}

export function methodFor(rows: number): 'flat' | 'hnsw' {
  return rows <= mostFlat ? 'flat' : 'hnsw';
}

/** True when all that is wanted stands in what the server has; it may add defaults of its own. */
export function isWithin(wanted: unknown, has: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(has) &&
      wanted.length === has.length &&
      wanted.every((entry) => has.some((other) => isWithin(entry, other)))
    );
  if (typeof wanted !== 'object' || wanted === null) return wanted === has;
  if (typeof has !== 'object' || has === null) return false;
  const fields = new Map<string, unknown>(Object.entries(has));
  return Object.entries(wanted).every(([key, value]) => isWithin(value, fields.get(key)));
}
