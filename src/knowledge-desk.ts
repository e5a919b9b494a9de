/** What people teach the bot in a channel: documents of the web, messages, threads and their files. */
import type { KnowledgeDesk } from './commands/command.ts';
import { createKnowledge, isAddress } from './context/knowledge.ts';
import type { FetchedDocument } from './context/fetch-public.ts';
import type { PassageStore } from './context/store.ts';
import type { Clock } from './core/clock.ts';
import type { ChannelId } from './core/ids.ts';
import type { Listening } from './learning/listening.ts';
import type { SaidDesk } from './learning/said-desk.ts';
import { operatorSight, workspaceOf } from './memory/sight.ts';
import type { OperatorSight } from './memory/sight.ts';

export function createKnowledgeDesk(options: {
  readonly store: PassageStore;
  readonly clock: Clock;
  readonly said: SaidDesk;
  readonly listening: Pick<Listening, 'progressOf'>;
  /** New passages are there: vectors are made in the background. */
  onKept(sight: OperatorSight): void;
  /** Instead of the web. */
  fetch?(address: string): Promise<FetchedDocument>;
  /** Takes secrets out of what documents say. */
  redact(text: string): string;
  /** Why documents are not fetched from there, as a clause. */
  readonly whyClosed?: (url: URL) => string | undefined;
}): KnowledgeDesk {
  const { store, clock, said, fetch, whyClosed } = options;
  const redact = (text: string): string => options.redact(text);
  const knowledge = createKnowledge({
    store,
    clock,
    redact,
    whyClosed,
    ...(fetch !== undefined && { fetch }),
  });
  const sightOf = (channel: ChannelId): OperatorSight => operatorSight(workspaceOf(channel));

  async function listAddresses(channel: ChannelId): Promise<readonly string[]> {
    const sources = await knowledge.listSources(sightOf(channel));
    return sources.filter((entry) => entry.channel === channel).map(({ root }) => root);
  }

  return {
    async list(channel) {
      const progress = options.listening.progressOf(channel);
      return [
        ...(progress === undefined ? [] : [`- What is said in this channel: ${progress}`]),
        ...(await listAddresses(channel)).map((address) => `- ${address}`),
        ...(await said.list(channel)),
      ];
    },
    async learn(channel, address) {
      const place = await said.find(address);
      if (place !== undefined) return said.learn(channel, place, false);
      if (!isAddress(address))
        return 'Write an address that begins with https://, of a page or a PDF file, or the link of a message here.';
      const sight = sightOf(channel);
      const known = (await knowledge.listSources(sight)).find(({ root }) => root === address);
      if (known !== undefined && known.channel !== channel)
        return 'This address was learnt in another channel of this workspace, and belongs there.';
      const source = { root: address, channel, isTrusted: known?.isTrusted === true };
      const { passages, unchanged, refused } = await knowledge.sync(sight, source, () => undefined);
      if (passages + unchanged === 0) return `I cannot learn this: ${refused.join(' ')}`;
      // Found by words until then.
      options.onKept(sight);
      const what =
        unchanged > 0
          ? 'I know this already, and it has not changed'
          : `Learnt: ${String(passages)} passages${refused.map((part) => `; not read: ${part}`).join('')}`;
      return `${what}. Answers in this channel may be made of it, and elsewhere where everybody may read this channel. Nobody vouches for it: a run that reads it asks before it changes anything.`;
    },
    async learnThread(channel, link) {
      const place = await said.find(link);
      return place === undefined
        ? 'Write the link of a message in the thread: «Copy link» in its menu gives it.'
        : said.learn(channel, place, true);
    },
    learnHere: (channel, thread) => said.learn(channel, { kind: 'thread', channel, thread }, true),
    async forget(channel, address) {
      const gone = await said.forget(channel, address);
      if (gone !== undefined) return gone;
      if (!(await listAddresses(channel)).includes(address))
        return 'Nothing by that address was learnt for this channel.';
      await store.removeDocuments(sightOf(channel), [address]);
      return 'Forgotten, with every passage that was made of it.';
    },
  };
}
