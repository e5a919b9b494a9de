/** Makes missing vectors in the background, one workspace at a time; nobody waits, words find things until then. */
import { describeError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { OperatorSight } from '../memory/sight.ts';
import type { Embedder } from '../models/embedder.ts';
import { embedMissing } from './embed-missing.ts';

export function createEmbedSoon(
  store: Parameters<typeof embedMissing>[0],
  embedder: Embedder | undefined,
  logger: Logger,
): (sight: OperatorSight) => void {
  /** Workspaces at work, and whether something came in meanwhile. */
  const underWay = new Map<string, boolean>();

  async function work(by: Embedder, sight: OperatorSight): Promise<void> {
    try {
      do {
        underWay.set(sight.workspace, false);
        await embedMissing(store, by, sight, () => undefined);
      } while (underWay.get(sight.workspace) === true);
    } catch (error) {
      logger.warn('vectors.not-made', { workspace: sight.workspace, why: describeError(error) });
    } finally {
      underWay.delete(sight.workspace);
    }
  }

  return (sight) => {
    if (embedder === undefined) return;
    if (underWay.has(sight.workspace)) underWay.set(sight.workspace, true);
    else void work(embedder, sight);
  };
}
