/** Makes the vectors that memories and passages do not have yet: after a sync, and after the embedder was changed. */
import { AppError } from '../core/errors.ts';
import type { Embedder } from '../models/embedder.ts';
import type { Memory } from '../memory/memory-row.ts';
import type { Sight } from '../memory/sight.ts';
import type { MemoryStore, VectorKind } from '../memory/store.ts';
import { embeddedMemory, embeddedPassage } from './embedded-text.ts';
import type { Passage } from './passage-row.ts';
import type { PassageStore } from './store.ts';

const atOnce = 256;
/** A service that refuses more texts than this is set up wrongly. */
const mostRefused = 1_000;
/** No service refuses it for what it says. */
const harmless = '.';

export interface VectorStores {
  readonly memories: Pick<MemoryStore, 'listWithoutVector' | 'saveVector'>;
  readonly passages: Pick<PassageStore, 'listWithoutVector' | 'saveVectors'>;
}

export interface MadeVectors {
  readonly made: number;
  /** Texts that the service refuses: they are found by their words alone. */
  readonly refused: number;
  /** Numbers in each of its vectors. */
  readonly dims: number;
}

/**
 * May be stopped and called again at any time: what is made is kept. A text that the service refuses holds up no other
 * one. Throws what the embedder throws when it refuses everything, or does not answer.
 *
 * `dims` is what the embedder's vectors were counted to have before; without it one is made to be counted.
 */
export async function embedMissing(
  { memories, passages }: VectorStores,
  embedder: Embedder,
  sight: Sight,
  onProgress: (made: number) => void,
  dims?: number,
): Promise<MadeVectors> {
  const kind = { model: embedder.name, dims: dims ?? (await countDims(embedder)) };
  let made = 0;
  const onMade = (count: number): void => {
    made += count;
    onProgress(made);
  };
  const refused = await embedAll<Passage>(embedder, kind, {
    list: (without) => passages.listWithoutVector(sight, kind, atOnce, without),
    textOf: embeddedPassage,
    save: (vectors) => passages.saveVectors(sight, kind.model, vectors),
    onMade,
  });
  const refusedToo = await embedAll<Memory>(embedder, kind, {
    list: (without) => memories.listWithoutVector(sight, kind, atOnce, without),
    textOf: embeddedMemory,
    async save(vectors) {
      for (const { id, values } of vectors)
        await memories.saveVector(sight, id, { model: kind.model, values });
    },
    onMade,
  });
  return { made, refused: refused + refusedToo, dims: kind.dims };
}

async function countDims(embedder: Embedder): Promise<number> {
  const [vector] = await embedder.embed([harmless], 'document');
  return vector?.length ?? 0;
}

interface Missing<Row extends { readonly id: string }> {
  list(without: readonly Row['id'][]): Promise<readonly Row[]>;
  textOf(row: Row): string;
  save(vectors: readonly { readonly id: Row['id']; readonly values: Float32Array }[]): Promise<void>;
  onMade(count: number): void;
}

/** Answers how many were refused. */
async function embedAll<Row extends { readonly id: string }>(
  embedder: Embedder,
  kind: VectorKind,
  { list, textOf, save, onMade }: Missing<Row>,
): Promise<number> {
  const refused: Row['id'][] = [];
  for (;;) {
    const rows = await list(refused);
    if (rows.length === 0) return refused.length;
    const vectors = await vectorsOf(embedder, rows.map(textOf));
    const kept = rows.flatMap(({ id }, at) => {
      const values = vectors[at];
      // Those of another size would be asked for again and again.
      return values?.length === kind.dims ? [{ id, values }] : [];
    });
    await save(kept);
    const ids = new Set(kept.map(({ id }) => id));
    refused.push(...rows.flatMap(({ id }) => (ids.has(id) ? [] : id)));
    if (kept.length > 0) onMade(kept.length);
    if (refused.length > mostRefused)
      throw new AppError(
        'embedder.rejected',
        `${embedder.name} refuses more than ${String(mostRefused)} texts, or makes vectors of differing sizes.`,
      );
  }
}

type Vectors = readonly (Float32Array | undefined)[];

/** Undefined for each text that the service refuses alone. */
async function vectorsOf(embedder: Embedder, texts: readonly string[]): Promise<Vectors> {
  try {
    return await embedder.embed(texts, 'document');
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // Throws when it is no single text that it refuses.
    await embedder.embed([harmless], 'document');
    return halve(embedder, texts);
  }
}

async function halve(embedder: Embedder, texts: readonly string[]): Promise<Vectors> {
  if (texts.length === 1) return [undefined];
  const middle = Math.ceil(texts.length / 2);
  const vectors: (Float32Array | undefined)[] = [];
  for (const half of [texts.slice(0, middle), texts.slice(middle)]) {
    try {
      vectors.push(...(await embedder.embed(half, 'document')));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      vectors.push(...(await halve(embedder, half)));
    }
  }
  return vectors;
}

function isRefusal(error: unknown): boolean {
  return error instanceof AppError && error.code === 'embedder.rejected';
}
