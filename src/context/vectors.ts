/** Vectors at work: of a memory that was just kept, in the background, and of a question, with the last ones known. */
import type { Clock } from '../core/clock.ts';
import { AppError, describeError } from '../core/errors.ts';
import { sha256 } from '../core/hash.ts';
import type { Logger } from '../core/logger.ts';
import type { Memory } from '../memory/memory-row.ts';
import type { Audience } from '../memory/sight.ts';
import type { MemorySearch, MemoryStore } from '../memory/store.ts';
import type { Embedder } from '../models/embedder.ts';
import { embeddedMemory } from './embedded-text.ts';

export interface Vectors {
  /** Nobody waits for it: a memory without a vector is found by its words, and `knowledge sync` makes up for it. */
  keep(embedder: Embedder, audience: Audience, memory: Memory): void;
  /**
   * Throws `embedder.unavailable` when the vector does not come within two seconds, and at once for half a minute after
   * that: somebody waits for an answer, and words find most of it.
   */
  ask(embedder: Embedder, text: string): Promise<MemorySearch['vector']>;
}

const knownQuestions = 200;
/** A question longer than this is no question any more; its beginning says what it is about. */
const questionCharacters = 4_000;

const patienceMs = 2_000;
const restMs = 30_000;

export function createVectors(store: MemoryStore, clock: Clock, logger: Logger): Vectors {
  /** By hash: the words of a question stay nowhere. */
  const known = new Map<string, Float32Array>();
  let restsUntil = 0;

  async function embedSoon(embedder: Embedder, question: string): Promise<Float32Array | undefined> {
    if (clock.monotonicMs() < restsUntil)
      throw new AppError('embedder.unavailable', `${embedder.name} did not answer a moment ago.`);
    let isLate: (error: AppError) => void;
    const late = new Promise<never>((_, reject) => (isLate = reject));
    const timer = clock.after(patienceMs, () => {
      isLate(new AppError('embedder.unavailable', `${embedder.name} does not answer in time.`));
    });
    try {
      return (await Promise.race([embedder.embed([question], 'query'), late]))[0];
    } catch (error) {
      restsUntil = clock.monotonicMs() + restMs;
      throw error;
    } finally {
      timer.cancel();
    }
  }

  return {
    keep(embedder, audience, memory) {
      const { id } = memory;
      embedder
        .embed([embeddedMemory(memory)], 'document')
        .then(async ([values]) => {
          if (values !== undefined) await store.saveVector(audience, id, { model: embedder.name, values });
        })
        .catch((error: unknown) => {
          logger.warn('memory.without-vector', { memory: id, why: describeError(error) });
        });
    },
    async ask(embedder, text) {
      const question = text.slice(0, questionCharacters);
      const key = sha256(question);
      const values = known.get(key) ?? (await embedSoon(embedder, question));
      if (values === undefined) return undefined;
      known.delete(key);
      known.set(key, values);
      for (const oldest of known.keys()) {
        if (known.size <= knownQuestions) break;
        known.delete(oldest);
      }
      return { model: embedder.name, values };
    },
  };
}
