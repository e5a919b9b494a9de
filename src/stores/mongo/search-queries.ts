/**
 * How memories and passages are asked of a search server. Pure.
 *
 * The rule of who may see what stands in the search itself. The server's copy may be older than the database, so the
 * same rule and what is current are asked of the live rows in the stage after it.
 */
import type { mongo } from 'mongoose';
import type { Sight } from '../../memory/sight.ts';
import { textIndex, vectorIndex } from './search-definitions.ts';

type Stage = mongo.BSON.Document;

interface Asked {
  readonly sight: Sight;
  readonly sort: 'memory' | 'passage';
  /** The rule over the live rows. */
  readonly live: Stage;
  readonly limit: number;
}

/** So many are taken for each that is wanted: some are not current any more, or have gone elsewhere. */
const spare = 4;
/** Of a graph: more candidates find what is nearest more surely. */
const candidatesEach = 20;
const mostCandidates = 10_000;

export function byWords({ sight, sort, live, limit }: Asked, stems: readonly string[]): readonly Stage[] {
  return [
    {
      $search: {
        index: textIndex,
        compound: {
          must: [{ text: { path: 'terms', query: stems.join(' ') } }],
          filter: placesFilter(sight, sort),
        },
      },
    },
    { $limit: spare * limit },
    { $match: live },
    { $limit: limit },
  ];
}

function placesFilter(sight: Sight, sort: string): readonly Stage[] {
  const equals = (path: string, value: string): Stage => ({ equals: { path, value } });
  const only = [equals('workspace', sight.workspace), equals('sort', sort)];
  if (sight.kind === 'operator') return only;
  const kept = (scope: 'thread' | 'person', value: string | undefined): readonly Stage[] =>
    value === undefined ? [] : [{ compound: { filter: [equals('scope', scope), equals(scope, value)] } }];
  return [
    ...only,
    { in: { path: 'channel', value: channelsOf(sight) } },
    {
      compound: {
        should: [
          { in: { path: 'scope', value: ['channel', 'workspace'] } },
          ...kept('thread', sight.thread),
          ...kept('person', sight.person),
        ],
        minimumShouldMatch: 1,
      },
    },
  ];
}

export function byVector(
  { sight, sort, live, limit }: Asked,
  question: {
    readonly vector: mongo.Binary;
    readonly model: string;
    readonly isExact: boolean;
  },
): readonly Stage[] {
  const taken = spare * limit;
  return [
    {
      $vectorSearch: {
        index: vectorIndex,
        path: 'vector',
        queryVector: question.vector,
        ...(question.isExact
          ? { exact: true }
          : { numCandidates: Math.min(mostCandidates, candidatesEach * taken) }),
        limit: taken,
        filter: { $and: [...vectorFilter(sight, sort), { vectorModel: { $eq: question.model } }] },
      },
    },
    { $match: live },
    { $limit: limit },
  ];
}

function vectorFilter(sight: Sight, sort: string): readonly Stage[] {
  const only = [{ workspace: { $eq: sight.workspace } }, { sort: { $eq: sort } }];
  if (sight.kind === 'operator') return only;
  const kept = (scope: 'thread' | 'person', value: string | undefined): readonly Stage[] =>
    value === undefined ? [] : [{ $and: [{ scope: { $eq: scope } }, { [scope]: { $eq: value } }] }];
  return [
    ...only,
    { channel: { $in: channelsOf(sight) } },
    {
      $or: [
        { scope: { $in: ['channel', 'workspace'] } },
        ...kept('thread', sight.thread),
        ...kept('person', sight.person),
      ],
    },
  ];
}

function channelsOf(sight: Extract<Sight, { kind: 'audience' }>): readonly string[] {
  return [...new Set([sight.channel, ...sight.open])];
}
