/** Makes the vectors that memories and passages do not have yet: after a sync, and after the embedder was changed. */
import type { Embedder } from '../models/embedder.ts';
import type { Sight } from '../memory/sight.ts';
import type { MemoryStore } from '../memory/store.ts';
import { embeddedMemory, embeddedPassage } from './embedded-text.ts';
import type { PassageStore } from './store.ts';

const atOnce = 256;

/** Answers how many were made. May be stopped and called again at any time: what is made is kept. */
export async function embedMissing(
  stores: { readonly memories: MemoryStore; readonly passages: PassageStore },
  embedder: Embedder,
  sight: Sight,
  onProgress: (made: number) => void,
): Promise<number> {
  let made = 0;
  for (;;) {
    const passages = await stores.passages.listWithoutVector(sight, embedder.name, atOnce);
    if (passages.length === 0) break;
    const texts = passages.map(embeddedPassage);
    const vectors = await embedder.embed(texts, 'document');
    await stores.passages.saveVectors(
      sight,
      embedder.name,
      passages.flatMap(({ id }, at) => {
        const values = vectors[at];
        return values === undefined ? [] : [{ id, values }];
      }),
    );
    made += passages.length;
    onProgress(made);
  }
  for (;;) {
    const memories = await stores.memories.listWithoutVector(sight, embedder.name, atOnce);
    if (memories.length === 0) return made;
    const vectors = await embedder.embed(memories.map(embeddedMemory), 'document');
    for (const [at, { id }] of memories.entries()) {
      const values = vectors[at];
      if (values !== undefined) await stores.memories.saveVector(sight, id, { model: embedder.name, values });
    }
    made += memories.length;
    onProgress(made);
  }
}
