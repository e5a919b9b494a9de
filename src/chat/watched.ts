import type { InboundNotice, Watched } from './adapter.ts';

/** The first of the watched that a message fits, or a reaction where there is one; undefined for almost everything. Pure. */
export function findWatched<Entry extends Watched>(
  watched: readonly Entry[],
  { channel, text, reaction }: Pick<InboundNotice, 'channel' | 'text' | 'reaction'>,
): Entry | undefined {
  return watched.find(
    (one) =>
      one.channel === channel &&
      (reaction === undefined ? one.matches?.(text) === true : one.reaction === reaction),
  );
}
