/** Puts memory and recall together: stores, platforms that say who reads along, and the agent's tools. */
import { createMemoryTools } from './agent/memory-tools.ts';
import type { ChatAdapter } from './chat/adapter.ts';
import type { CommandServices } from './commands/command.ts';
import { createKnowledgeDesk } from './knowledge-desk.ts';
import { createListening } from './learning/listening.ts';
import type { Listening } from './learning/listening.ts';
import type { Listened } from './learning/parse-learning.ts';
import { createSaidDesk } from './learning/said-desk.ts';
import type { Platform } from './learning/said-desk.ts';
import { createEmbedSoon } from './context/embed-soon.ts';
import { createSaidKnowledge } from './context/said-knowledge.ts';
import { createVectors } from './context/vectors.ts';
import { createRecall } from './context/recall.ts';
import type { Recall } from './context/recall.ts';
import type { PassageStore } from './context/store.ts';
import type { ChannelFacts } from './core/channel-facts.ts';
import { isDirectPlace } from './core/direct-place.ts';
import type { Clock } from './core/clock.ts';
import { describeError } from './core/errors.ts';
import { isLibrary } from './core/ids.ts';
import type { ChannelId } from './core/ids.ts';
import { surfaceOf } from './core/surface-of.ts';
import type { Logger } from './core/logger.ts';
import { createContainers } from './memory/containers.ts';
import type { Containers } from './memory/containers.ts';
import { operatorSight } from './memory/sight.ts';
import { createMemories } from './memory/memories.ts';
import type { Memories } from './memory/memories.ts';
import type { MemoryStore, SourceIndex } from './memory/store.ts';
import type { Embedder } from './models/embedder.ts';
import type { Reranker } from './models/reranker.ts';
import type { People } from './people/person.ts';
import { createLocalTools } from './tools/local-tools.ts';
import type { LocalTools } from './tools/local-tools.ts';

export interface MemorySetup {
  readonly memories: Memories;
  readonly recall: Recall;
  readonly containers: Containers;
  readonly tools: LocalTools;
  readonly knowledge: CommandServices['knowledge'];
  /** Keeps what was learnt from messages in step with them. */
  readonly listening: Listening;
  /** Makes vectors that are missing: of what was corrected at the machine, or after the embedder was changed. */
  embedMissing(): void;
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
  /** Undefined without one: then what was found stays in its order. */
  readonly reranker: Reranker | undefined;
  adapters(): readonly ChatAdapter[];
  nameOf(person: string): string;
  /** Takes secrets out of what people wrote. */
  redact(text: string): string;
  /** Why documents are not fetched from there, as a clause. */
  whyClosed(url: URL): string | undefined;
  /** As the file has them now. */
  listened(): readonly Listened[];
  /** Where threads of the console are read. */
  readonly console: Platform;
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
    redact: (text) => options.redact(text),
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
    ...(options.reranker !== undefined && { reranker: options.reranker }),
  });
  const embedSoon = createEmbedSoon(store, embedder, logger);
  const learning = {
    knowledge: createSaidKnowledge({ store: store.passages, clock, redact: (text) => options.redact(text) }),
    platforms: () => [...options.adapters(), options.console],
    onKept: embedSoon,
  };
  const listening = createListening({
    ...{ ...learning, store, clock, logger },
    channels: () => options.listened(),
  });
  const said = createSaidDesk({ ...learning, store: store.passages, containers });
  return {
    memories,
    recall,
    containers,
    listening,
    embedMissing() {
      if (embedder === undefined) return;
      const all = store.sources.listWorkspaces().then((workspaces) => {
        for (const workspace of workspaces) embedSoon(operatorSight(workspace));
      });
      all.catch((error: unknown) => {
        logger.warn('vectors.not-made', { why: describeError(error) });
      });
    },
    tools: createLocalTools(createMemoryTools({ memories, recall })),
    knowledge: createKnowledgeDesk({
      ...{ store: store.passages, clock, said, listening, onKept: embedSoon },
      redact: (text) => options.redact(text),
      whyClosed: (url) => options.whyClosed(url),
    }),
  };
}

async function findFacts(
  options: MemorySetupOptions,
  channel: ChannelId,
  as: 'source' | 'answer',
): Promise<ChannelFacts | undefined> {
  if (isLibrary(channel)) return { isOpen: true, hasOutsiders: false };
  const surface = surfaceOf(channel);
  if (surface === 'console') {
    if (isDirectPlace(channel)) return { isOpen: false, hasOutsiders: false };
    const found = options.people().channels.find((entry) => entry.id === channel);
    return found && { isOpen: !found.isPrivate, hasOutsiders: false };
  }
  return options
    .adapters()
    .find(({ name }) => name === surface)
    ?.describeChannel?.(channel, as);
}
