/** Puts memory and recall together: stores, platforms that say who reads along, and the agent's tools. */
import { createMemoryTools } from './agent/memory-tools.ts';
import type { ChatAdapter } from './chat/adapter.ts';
import type { CommandServices } from './commands/command.ts';
import { createKnowledgeDesk } from './knowledge-desk.ts';
import { createVectors } from './context/vectors.ts';
import { createRecall } from './context/recall.ts';
import type { Recall } from './context/recall.ts';
import type { PassageStore } from './context/store.ts';
import type { ChannelFacts } from './core/channel-facts.ts';
import type { Clock } from './core/clock.ts';
import { describeError } from './core/errors.ts';
import { isLibrary } from './core/ids.ts';
import type { ChannelId } from './core/ids.ts';
import type { Logger } from './core/logger.ts';
import { createContainers } from './memory/containers.ts';
import type { Containers } from './memory/containers.ts';
import { createMemories } from './memory/memories.ts';
import type { Memories } from './memory/memories.ts';
import type { MemoryStore, SourceIndex } from './memory/store.ts';
import type { Embedder } from './models/embedder.ts';
import type { People } from './people/person.ts';
import { createLocalTools } from './tools/local-tools.ts';
import type { LocalTools } from './tools/local-tools.ts';

export interface MemorySetup {
  readonly memories: Memories;
  readonly recall: Recall;
  readonly containers: Containers;
  readonly tools: LocalTools;
  readonly knowledge: CommandServices['knowledge'];
}

export interface MemorySetupOptions {
  readonly store: {
    readonly memories: MemoryStore;
    readonly passages: PassageStore;
    readonly sources: SourceIndex;
  };
  readonly clock: Clock;
  readonly logger: Logger;
  people(): People;
  /** Undefined without one: then recall is by words alone. */
  readonly embedder: Embedder | undefined;
  adapters(): readonly ChatAdapter[];
  nameOf(person: string): string;
}

export function createMemorySetup(options: MemorySetupOptions): MemorySetup {
  const { store, clock, logger, embedder } = options;
  const vectors = createVectors(store.memories, clock, logger);
  const containers = createContainers({
    clock,
    factsOf: (channel, as) => findFacts(options, channel, as),
    onFailure(channel, error) {
      logger.warn('channel.not-described', { channel, why: describeError(error) });
    },
  });
  const memories = createMemories({
    store: store.memories,
    sources: store.sources,
    containers,
    clock,
    onKept(audience, memory) {
      if (embedder !== undefined) vectors.keep(embedder, audience, memory);
    },
  });
  const recall = createRecall({
    ...store,
    containers,
    clock,
    logger,
    nameOf: (id) => options.nameOf(id),
    ...(embedder !== undefined && { embed: (text: string) => vectors.ask(embedder, text) }),
  });
  return {
    memories,
    recall,
    containers,
    tools: createLocalTools(createMemoryTools({ memories, recall })),
    knowledge: createKnowledgeDesk({ store, clock, logger, embedder }),
  };
}

async function findFacts(
  options: MemorySetupOptions,
  channel: ChannelId,
  as: 'source' | 'answer',
): Promise<ChannelFacts | undefined> {
  if (isLibrary(channel)) return { isOpen: true, hasOutsiders: false };
  const surface = channel.slice(0, Math.max(0, channel.indexOf(':')));
  if (surface === 'console') {
    const found = options.people().channels.find((entry) => entry.id === channel);
    return found && { isOpen: !found.isPrivate, hasOutsiders: false };
  }
  return options
    .adapters()
    .find(({ name }) => name === surface)
    ?.describeChannel?.(channel, as);
}
