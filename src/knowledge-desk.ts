/** What people teach the bot in a channel: documents of the web, for answers that this channel's readers may read. */
import type { CommandServices } from './commands/command.ts';
import { embedMissing } from './context/embed-missing.ts';
import { createKnowledge, isAddress } from './context/knowledge.ts';
import type { FetchedDocument } from './context/fetch-public.ts';
import type { PassageStore } from './context/store.ts';
import type { Clock } from './core/clock.ts';
import { describeError } from './core/errors.ts';
import type { ChannelId } from './core/ids.ts';
import type { Logger } from './core/logger.ts';
import { operatorSight, workspaceOf } from './memory/sight.ts';
import type { MemoryStore } from './memory/store.ts';
import type { Embedder } from './models/embedder.ts';

export function createKnowledgeDesk(options: {
  readonly store: { readonly memories: MemoryStore; readonly passages: PassageStore };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly embedder: Embedder | undefined;
  /** Instead of the web. */
  fetch?(address: string): Promise<FetchedDocument>;
}): CommandServices['knowledge'] {
  const { store, clock, logger, embedder, fetch } = options;
  const knowledge = createKnowledge({ store: store.passages, clock, ...(fetch !== undefined && { fetch }) });
  const sightOf = (channel: ChannelId) => operatorSight(workspaceOf(channel));

  async function list(channel: ChannelId): Promise<readonly string[]> {
    const sources = await knowledge.listSources(sightOf(channel));
    return sources.filter((entry) => entry.channel === channel).map(({ root }) => root);
  }

  return {
    list,
    async learn(channel, address) {
      if (!isAddress(address)) return 'Write an address that begins with https://, of a page or a PDF file.';
      const sight = sightOf(channel);
      const known = (await knowledge.listSources(sight)).find(({ root }) => root === address);
      if (known !== undefined && known.channel !== channel)
        return 'This address was learnt in another channel of this workspace, and belongs there.';
      const source = { root: address, channel, isTrusted: known?.isTrusted === true };
      const { passages, unchanged, refused } = await knowledge.sync(sight, source, () => undefined);
      if (refused.length > 0) return `I cannot learn this: ${refused.join(' ')}`;
      if (embedder !== undefined) {
        // Found by words until then.
        embedMissing(store, embedder, sight, () => undefined).catch((error: unknown) => {
          logger.warn('vectors.not-made', { why: describeError(error) });
        });
      }
      const what =
        unchanged > 0
          ? 'I know this already, and it has not changed'
          : `Learnt: ${String(passages)} passages`;
      return `${what}. Answers in this channel may be made of it, and elsewhere where everybody may read this channel. Nobody vouches for it: a run that reads it asks before it changes anything.`;
    },
    async forget(channel, address) {
      if (!(await list(channel)).includes(address))
        return 'Nothing by that address was learnt for this channel.';
      await store.passages.removeDocuments(sightOf(channel), [address]);
      return 'Forgotten, with every passage that was made of it.';
    },
  };
}
