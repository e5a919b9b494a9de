/**
 * An embedder over HTTP: batches within the service's limits, and what is safe to ask again asked again.
 *
 * Embedding changes nothing, so every failure that may pass is retried; a server's wish to wait is granted up to a
 * limit. An answer that does not fit the question (missing, doubled or differing vectors) is a failure, never a guess.
 */
import { z } from 'zod';
import { pause } from '../core/clock.ts';
import type { Clock } from '../core/clock.ts';
import { AppError, describeError } from '../core/errors.ts';
import type { Embedder } from './embedder.ts';
import { readRetryAfter } from './retry.ts';

export interface EmbedderDialect {
  readonly name: string;
  readonly url: string;
  readonly apiKey?: string;
  /** Texts and tokens of one request, at most. */
  readonly mostTexts: number;
  readonly mostTokens: number;
  body(texts: readonly string[], use: 'document' | 'query'): object;
}

const waitsMs = [500, 2_000, 8_000];
const longestRetryAfterMs = 30_000;
const timeoutMs = 60_000;

const answerSchema = z.object({
  data: z.array(z.object({ index: z.number().int(), embedding: z.array(z.number()).min(1) })),
});

export function createHttpEmbedder(dialect: EmbedderDialect, clock: Clock): Embedder {
  async function askOnce(texts: readonly string[], use: 'document' | 'query'): Promise<Asked> {
    let response: Response;
    try {
      response = await fetch(dialect.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(dialect.apiKey !== undefined && { authorization: `Bearer ${dialect.apiKey}` }),
        },
        body: JSON.stringify(dialect.body(texts, use)),
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (response.ok) return { kind: 'answered', vectors: readVectors(await response.json(), texts.length) };
    } catch (cause) {
      return failed('embedder.unavailable', describeError(cause), cause);
    }
    const said = (await response.text().catch(() => '')).slice(0, 300);
    const isPassing = response.status === 429 || response.status === 408 || response.status >= 500;
    const code = isPassing ? 'embedder.unavailable' : 'embedder.rejected';
    const wait = readRetryAfter(response.headers, clock.now());
    return {
      ...failed(code, `HTTP ${String(response.status)} ${said}`, undefined),
      ...(wait !== undefined && { retryAfterMs: Math.min(wait, longestRetryAfterMs) }),
    };
  }

  async function ask(texts: readonly string[], use: 'document' | 'query'): Promise<readonly Float32Array[]> {
    for (let tries = 0; ; tries += 1) {
      const asked = await askOnce(texts, use);
      if (asked.kind === 'answered') return asked.vectors;
      const wait = waitsMs[tries];
      if (asked.code === 'embedder.rejected' || wait === undefined) {
        throw new AppError(asked.code, `${dialect.name} gave no vectors: ${asked.why}`, {
          cause: asked.cause,
        });
      }
      await pause(clock, asked.retryAfterMs ?? wait);
    }
  }

  return {
    name: dialect.name,
    async embed(texts, use) {
      const vectors: Float32Array[] = [];
      for (const batch of toBatches(texts, dialect)) vectors.push(...(await ask(batch, use)));
      return vectors;
    },
  };
}

type Asked = { readonly kind: 'answered'; readonly vectors: readonly Float32Array[] } | Failed;

interface Failed {
  readonly kind: 'failed';
  readonly code: 'embedder.unavailable' | 'embedder.rejected';
  readonly why: string;
  readonly cause: unknown;
  readonly retryAfterMs?: number;
}

function failed(code: Failed['code'], why: string, cause: unknown): Failed {
  return { kind: 'failed', code, why, cause };
}

/** In the order of the texts, whatever order the service answers in; of unit length, so that all compare alike. */
function readVectors(body: unknown, count: number): readonly Float32Array[] {
  const { data } = answerSchema.parse(body);
  const vectors = new Map(data.map(({ index, embedding }) => [index, unit(Float32Array.from(embedding))]));
  const sizes = new Set([...vectors.values()].map((vector) => vector.length));
  if (data.length !== count || vectors.size !== count || sizes.size > 1)
    throw new Error(`asked for ${String(count)} vectors, got ${String(data.length)}`);
  return Array.from({ length: count }, (_, index) => {
    const vector = vectors.get(index);
    if (vector === undefined) throw new Error(`the vector of text ${String(index)} is missing`);
    return vector;
  });
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  if (length === 0 || !Number.isFinite(length)) throw new Error('a vector has no direction');
  return vector.map((value) => value / length);
}

function* toBatches(
  texts: readonly string[],
  { mostTexts, mostTokens }: EmbedderDialect,
): Generator<string[]> {
  let batch: string[] = [];
  let tokens = 0;
  for (const text of texts) {
    // An empty text is refused by both services; a blank is not.
    const cost = countTokens(text);
    if (batch.length > 0 && (batch.length >= mostTexts || tokens + cost > mostTokens)) {
      yield batch;
      batch = [];
      tokens = 0;
    }
    batch.push(text.trim() === '' ? '.' : text);
    tokens += cost;
  }
  if (batch.length > 0) yield batch;
}

/** On the safe side: about two bytes make a token at worst. */
function countTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 2);
}
