/** Makes missing vectors in the background, one workspace at a time; nobody waits, words find things until then. */
import { describeError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { OperatorSight } from '../memory/sight.ts';
import type { Embedder } from '../models/embedder.ts';
import { embedMissing } from './embed-missing.ts';
import type { VectorStores } from './embed-missing.ts';

/** The log tells how far it is after so many. */
const toldEach = 1_000;

export function createEmbedSoon(
  store: VectorStores,
  embedder: Embedder | undefined,
  logger: Logger,
): (sight: OperatorSight) => void {
  /** Workspaces at work, and whether something came in meanwhile. */
  const underWay = new Map<string, boolean>();
  let dims: number | undefined;

  async function work(by: Embedder, sight: OperatorSight): Promise<void> {
    const { workspace } = sight;
    let told = 0;
    const onProgress = (made: number): void => {
      if (made - told < toldEach) return;
      told = made;
      logger.info('vectors.under-way', { workspace, embedder: by.name, made });
    };
    try {
      do {
        underWay.set(workspace, false);
        told = 0;
        const done = await embedMissing(store, by, sight, onProgress, dims);
        dims = done.dims;
        if (told > 0) logger.info('vectors.made', { workspace, embedder: by.name, made: done.made });
        if (done.refused > 0)
          logger.warn('vectors.refused', {
            ...{ workspace, embedder: by.name, texts: done.refused },
            hint: 'The embedder refuses these texts, whatever else it takes: they are found by their words alone.',
          });
      } while (underWay.get(workspace) === true);
    } catch (error) {
      logger.warn('vectors.not-made', { workspace, why: describeError(error) });
    } finally {
      underWay.delete(workspace);
    }
  }

  return (sight) => {
    if (embedder === undefined) return;
    if (underWay.has(sight.workspace)) underWay.set(sight.workspace, true);
    else void work(embedder, sight);
  };
}
