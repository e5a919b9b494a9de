/**
 * Opens threads for what no person asked, each once: of several processes that want the same one a single one posts,
 * and whoever comes later is told where it is. A process that died in between is followed by one that asks the
 * platform first.
 */
import type { DeliveryStore } from './chat/store.ts';
import { AppError } from './core/errors.ts';
import { asThreadId } from './core/ids.ts';
import type { ThreadId, WorkerId } from './core/ids.ts';
import type { Surfaces } from './surfaces.ts';

const staleClaimMs = 60_000;

export function createThreadOpener(options: {
  readonly deliveries: DeliveryStore;
  readonly worker: WorkerId;
  readonly open: Surfaces['openThread'];
}): Surfaces['openThread'] {
  const { deliveries, worker, open } = options;
  /** What this process tried itself and does not know the end of. */
  const unsettled = new Set<string>();

  return async (channel, title, marker) => {
    if (channel.startsWith('console:')) return open(channel, title, marker);
    const item = `opening/${marker}`;
    const place = asThreadId(channel);
    const claim = await deliveries.claim(item, place, worker, unsettled.has(item) ? 0 : staleClaimMs);
    if (claim.kind === 'busy')
      throw new AppError('chat.unavailable', `${item} is being opened by another process.`);
    const known = claim.kind === 'shown' ? claim.delivery.reference : undefined;
    if (known !== undefined) return asThreadId(known);
    unsettled.add(item);
    const thread = await opened(item, () => open(channel, title, marker));
    if (thread !== undefined) await deliveries.save(item, thread, '');
    unsettled.delete(item);
    return thread;
  };

  async function opened(
    item: string,
    work: () => Promise<ThreadId | undefined>,
  ): Promise<ThreadId | undefined> {
    try {
      return await work();
    } catch (error) {
      // What the platform refuses surely was not posted.
      if (error instanceof AppError && !error.isRetryable) {
        await deliveries.abandon(item, worker);
        unsettled.delete(item);
      }
      throw error;
    }
  }
}
