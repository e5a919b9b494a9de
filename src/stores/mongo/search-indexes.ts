/**
 * The indexes of a search server beside the database: made at the start, watched until they can be asked.
 *
 * Nobody waits for them. Until an index can be asked, and where there is no search server, rows are found by the
 * database's own indexes and compared one by one. An index that is missing answers nothing instead of refusing, so
 * what can be asked is known here and never tried out.
 */
import type { mongo } from 'mongoose';
import type { Clock } from '../../core/clock.ts';
import { describeError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { SearchCheck } from '../store.ts';
import { codeOf } from './refusals.ts';
import type { MongoDatabase } from './database.ts';
import type { SightedDocument } from './documents.ts';
import {
  isWithin,
  methodFor,
  textDefinition,
  textIndex,
  vectorDefinition,
  vectorIndex,
} from './search-definitions.ts';
import type { SearchDefinition } from './search-definitions.ts';

export interface SearchIndexes {
  /** Whether words can be asked of the search server. */
  asksWords(): boolean;
  /** How vectors of this length can be asked of it; undefined while they cannot. */
  asksVectors(dims: number): { readonly isExact: boolean } | undefined;
  /** A vector of this length is kept: its index is made, or made anew after the embedder was changed. */
  expectVectors(dims: number): void;
  /** Looks at both as they are, and changes nothing. */
  check(): Promise<readonly SearchCheck[]>;
  close(): void;
}

const pollMs = 5_000;
const mostPollMs = 10 * 60_000;

interface FoundIndex {
  readonly name: string;
  readonly status?: string;
  readonly queryable?: boolean;
  readonly latestDefinition?: mongo.BSON.Document;
}

export function createSearchIndexes(
  { sighted }: Pick<MongoDatabase, 'sighted'>,
  options: { readonly clock: Clock; readonly logger: Logger; readonly isLookedAtOnly: boolean },
): SearchIndexes {
  const { clock, logger } = options;
  let isThere = true;
  let failures = 0;
  let isClosed = false;
  let hasWords = false;
  let vectors: { readonly dims: number; readonly isExact: boolean } | undefined;
  let wantedDims: number | undefined;
  let underWay: Promise<void> | undefined;

  async function list(): Promise<readonly FoundIndex[] | undefined> {
    try {
      return await sighted.listSearchIndexes().toArray();
    } catch (error) {
      if (isUnknownHere(error)) return undefined;
      throw error;
    }
  }

  async function vectorsWanted(): Promise<SearchDefinition | undefined> {
    wantedDims ??= (await findVector(sighted))?.dims;
    return wantedDims === undefined
      ? undefined
      : vectorDefinition(wantedDims, methodFor(await sighted.estimatedDocumentCount()));
  }

  /** Makes what is missing and puts right what differs; true when all can be asked. */
  async function settle(): Promise<boolean> {
    const found = await list();
    if (found === undefined) {
      isThere = false;
      logger.info('search.none', {
        hint: 'This MongoDB has no search server: recall compares rows one by one, which is exact and slower the more there is.',
      });
      return true;
    }
    const words = await settleOne(found, textDefinition());
    hasWords = words;
    const wanted = await vectorsWanted();
    if (wanted === undefined || wantedDims === undefined) return words;
    const near = await settleOne(found, wanted);
    vectors = near ? { dims: wantedDims, isExact: isFlat(wanted) } : undefined;
    return words && near;
  }

  async function settleOne(found: readonly FoundIndex[], wanted: SearchDefinition): Promise<boolean> {
    const has = found.find(({ name }) => name === wanted.name);
    if (has === undefined) {
      await sighted.createSearchIndexes([{ ...wanted }]);
      logger.info('search.index-building', { index: wanted.name });
      return false;
    }
    if (!isWithin(wanted.definition, has.latestDefinition)) {
      await sighted.updateSearchIndex(wanted.name, wanted.definition);
      logger.info('search.index-changing', { index: wanted.name });
      return false;
    }
    if (has.status === 'FAILED')
      logger.error('search.index-failed', {
        index: wanted.name,
        hint: `Recall goes on without it. Fix: drop the search index ${wanted.name} of the collection sighted and start again.`,
      });
    // While an index is made anew the old one answers; a definition that differs was caught above.
    return has.queryable === true && (has.status === undefined || has.status === 'READY');
  }

  function begin(): void {
    if (options.isLookedAtOnly || !isThere || isClosed || underWay !== undefined) return;
    underWay = settle()
      .then((isReady) => {
        failures = 0;
        return isReady;
      })
      .catch((error: unknown) => {
        failures += 1;
        logger.warn('search.not-ready', { why: describeError(error) });
        return false;
      })
      .then((isReady) => {
        underWay = undefined;
        // What a server refuses it will hardly take a moment later.
        if (!isReady && !isClosed) clock.after(Math.min(mostPollMs, pollMs * 2 ** failures), begin);
      });
  }
  begin();

  return {
    asksWords: () => hasWords,
    asksVectors: (dims) => (vectors?.dims === dims ? { isExact: vectors.isExact } : undefined),
    expectVectors(dims) {
      if (wantedDims === dims) return;
      wantedDims = dims;
      vectors = undefined;
      begin();
    },
    async check() {
      const found = await list();
      if (found === undefined)
        return [
          {
            level: 'ok',
            detail: 'no search server beside this MongoDB: recall compares rows one by one (exact)',
          },
        ];
      const wanted = [textDefinition(), await vectorsWanted()];
      return wanted.map((index, place) =>
        index === undefined
          ? {
              level: 'ok',
              detail: `${place === 0 ? textIndex : vectorIndex}: nothing is kept as a vector yet`,
            }
          : describeIndex(index, found),
      );
    },
    close() {
      isClosed = true;
    },
  };
}

function describeIndex(wanted: SearchDefinition, found: readonly FoundIndex[]): SearchCheck {
  const { name } = wanted;
  const has = found.find((index) => index.name === name);
  if (has === undefined)
    return {
      level: 'warn',
      detail: `the search index ${name} is missing, so recall compares rows one by one. Fix: start the bot, which makes it; its user needs the right createSearchIndexes.`,
    };
  if (!isWithin(wanted.definition, has.latestDefinition))
    return {
      level: 'warn',
      detail: `the search index ${name} is defined otherwise. Fix: start the bot, which changes it, or drop it.`,
    };
  if (has.status === 'FAILED')
    return { level: 'FAIL', detail: `the search index ${name} has failed. Fix: drop it and start the bot.` };
  if (has.queryable !== true || (has.status !== undefined && has.status !== 'READY'))
    return {
      level: 'warn',
      detail: `the search index ${name} is being built; recall does without it meanwhile`,
    };
  return { level: 'ok', detail: `the search index ${name} can be asked` };
}

function isFlat({ definition }: SearchDefinition): boolean {
  return JSON.stringify(definition).includes('"flat"');
}

function findVector(sighted: MongoDatabase['sighted']): Promise<Pick<SightedDocument, 'dims'> | null> {
  return sighted.findOne(
    { vectoredAt: { $gt: 0 } },
    { projection: { _id: 0, dims: 1 }, sort: { vectoredAt: -1 } },
  );
}

/** `SearchNotEnabled`, an unknown command, stage or option: what servers without search answer. */
function isUnknownHere(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && [31_082, 40_324, 59, 115, 6_047_401].includes(code);
}
