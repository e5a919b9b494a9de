/** Vectors at work: of a memory that was just kept, in the background, and of a question, with the last ones known. */
import { describeError } from '../core/errors.ts';
import { sha256 } from '../core/hash.ts';
import type { Logger } from '../core/logger.ts';
import type { Memory } from '../memory/memory-row.ts';
import type { Audience } from '../memory/sight.ts';
import type { MemorySearch, MemoryStore } from '../memory/store.ts';
import type { Embedder } from '../models/embedder.ts';

export interface Vectors {
  /** Nobody waits for it: a memory without a vector is found by its words, and `knowledge sync` makes up for it. */
  keep(embedder: Embedder, audience: Audience, memory: Memory): void;
  ask(embedder: Embedder, text: string): Promise<MemorySearch['vector']>;
}

const knownQuestions = 200;
/** A question longer than this is no question any more; its beginning says what it is about. */
const questionCharacters = 4_000;

export function createVectors(store: MemoryStore, logger: Logger): Vectors {
  /** By hash: the words of a question stay nowhere. */
  const known = new Map<string, Float32Array>();

  return {
    keep(embedder, audience, { id, text }) {
      embedder
        .embed([text], 'document')
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
      const values = known.get(key) ?? (await embedder.embed([question], 'query'))[0];
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
