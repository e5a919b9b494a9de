/**
 * A reranker: reads a question beside each text that was found, and says which answer it best. `voyage/<model>` or `none`.
 *
 * Somebody waits for an answer, and the order that was there is good enough: it has two seconds, is asked once, and rests
 * for half a minute after it failed.
 */
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { AppError, describeError } from '../core/errors.ts';

export interface Reranker {
  /** `voyage/rerank-2.5`. */
  readonly name: string;
  /** Places of all texts, the best first. Throws `embedder.unavailable`, or `embedder.rejected` for what never will be. */
  rank(question: string, texts: readonly string[]): Promise<readonly number[]>;
}

const patienceMs = 2_000;
const restMs = 30_000;
/** Well within 8,000 tokens of a question, and 32,000 with a text. */
const questionCharacters = 4_000;
const textCharacters = 8_000;

const answerSchema = z.object({
  data: z.array(z.object({ index: z.number().int(), relevance_score: z.number() })),
});

/** Undefined for `none`. Throws `config.invalid` for a name that is neither, and without a key. */
export function createReranker(
  name: string,
  options: {
    readonly clock: Clock;
    readonly voyage: { readonly apiKey?: string; readonly baseUrl?: string };
  },
): Reranker | undefined {
  if (name === 'none') return undefined;
  const { clock, voyage } = options;
  const model = /^voyage\/(\S+)$/u.exec(name)?.[1];
  if (model === undefined)
    throw new AppError('config.invalid', `RERANKER: ${name} is not voyage/<model> or none.`);
  if (voyage.apiKey === undefined && voyage.baseUrl === undefined)
    throw new AppError(
      'config.invalid',
      `RERANKER: ${name} needs VOYAGE_API_KEY. Fix: set it, or set RERANKER=none.`,
    );
  const url = `${(voyage.baseUrl ?? 'https://api.voyageai.com/v1').replace(/\/$/u, '')}/rerank`;
  let restsUntil = 0;

  async function ask(body: object, count: number): Promise<readonly number[]> {
    let response: Response;
    try {
      response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(voyage.apiKey !== undefined && { authorization: `Bearer ${voyage.apiKey}` }),
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(patienceMs),
      });
      if (response.ok) return readOrder(await response.json(), count);
    } catch (cause) {
      throw new AppError('embedder.unavailable', `${name} gave no order: ${describeError(cause)}`, { cause });
    }
    const isPassing = response.status === 429 || response.status === 408 || response.status >= 500;
    const said = (await response.text().catch(() => '')).slice(0, 300);
    throw new AppError(
      isPassing ? 'embedder.unavailable' : 'embedder.rejected',
      `${name} gave no order: HTTP ${String(response.status)} ${said}`,
    );
  }

  return {
    name,
    async rank(question, texts) {
      if (clock.monotonicMs() < restsUntil)
        throw new AppError('embedder.unavailable', `${name} did not answer a moment ago.`);
      try {
        const documents = texts.map((text) => text.slice(0, textCharacters));
        const query = question.slice(0, questionCharacters);
        return await ask({ query, documents, model, truncation: true }, texts.length);
      } catch (error) {
        restsUntil = clock.monotonicMs() + restMs;
        throw error;
      }
    },
  };
}

/** An answer that does not name each text once is a failure, never a guess. */
function readOrder(body: unknown, count: number): readonly number[] {
  const { data } = answerSchema.parse(body);
  const places = new Set(data.map(({ index }) => index));
  const isWhole = data.length === count && places.size === count;
  if (!isWhole || data.some(({ index }) => index < 0 || index >= count))
    throw new Error(`asked for the order of ${String(count)} texts, got ${String(data.length)}`);
  return data
    .toSorted((left, right) => right.relevance_score - left.relevance_score)
    .map(({ index }) => index);
}
