/**
 * Memories for a person at the console: what may be told in a channel they read, found, corrected and forgotten.
 *
 * Every answer is for the readers of one channel, as an answer of the agent there would be.
 */
import type { Recall } from '../context/recall.ts';
import { channelNamed, asMemoryId } from '../core/ids.ts';
import type { ChannelId } from '../core/ids.ts';
import { correctMemory, findForgettable } from '../memory/change-memory.ts';
import type { Memories } from '../memory/memories.ts';
import type { Memory } from '../memory/memory-row.ts';
import type { Person } from '../people/person.ts';
import type { MemoryChange, MemoryDesk } from './backend.ts';
import { heldActions } from '../story/memory-card.ts';
import { refusal } from './refusal.ts';
import { actionJson } from './render-json.ts';
import type { MemoryJson } from './shapes.ts';

const pageSize = 30;

export function createMemoryDesk(options: {
  readonly memories: Memories;
  readonly recall: Recall;
  mayRead(person: Person, channel: ChannelId): boolean;
}): MemoryDesk {
  const { memories, recall } = options;

  /** Does `action` for the readers of a channel, if the person is one of them. */
  async function inChannel<T>(
    person: Person,
    name: string,
    action: (channel: ChannelId) => Promise<T>,
  ): Promise<T | undefined> {
    const channel = channelNamed(name);
    return options.mayRead(person, channel) ? action(channel) : undefined;
  }

  const audienceOf = (person: Person, channel: ChannelId) =>
    memories.audienceOf({ channel, person: person.id });

  return {
    list: (person, name, { q, view = 'here', cursor }) =>
      inChannel(person, name, async (channel) => {
        const audience = await audienceOf(person, channel);
        const shown = (found: readonly Memory[]): readonly MemoryJson[] =>
          found.map((memory) => memoryJson(memory, person, channel));
        if (q !== undefined && q.trim() !== '') {
          const items = await recall.find(
            { channel, person: person.id },
            { text: q, limit: pageSize, sorts: ['memory'] },
          );
          const found = await memories.read(
            audience,
            items.map((item) => asMemoryId(item.id)),
          );
          return { items: shown(found) };
        }
        const found = await memories.list(audience, {
          limit: pageSize,
          ...(view === 'here' && { isHere: true }),
          ...(view === 'mine' && { author: person.id }),
          ...(view === 'held' && { isHere: true, isHeld: true }),
          ...(cursor !== undefined && { cursor }),
        });
        const last = found.length === pageSize ? found.at(-1) : undefined;
        return { items: shown(found), ...(last !== undefined && { next: last.id }) };
      }),
    correct: (person, name, id, text) =>
      inChannel<MemoryChange>(person, name, async (channel) => {
        const audience = await audienceOf(person, channel);
        const done = await correctMemory(memories, audience, { id, by: person.id, text });
        if ('kind' in done) return refusal(422, 'memory.refused', done.why);
        return done.kept.kind === 'known'
          ? { kind: 'done', text: 'That is known already.' }
          : { kind: 'done', text: 'Corrected.' };
      }),
    history: (person, name, id) =>
      inChannel(person, name, async (channel) => {
        const audience = await audienceOf(person, channel);
        const current = await memories.findCurrent(audience, asMemoryId(id));
        // Looked at again on the live record, with its channel asked again.
        const [head] = current === undefined ? [] : await memories.read(audience, [current.id]);
        const derived = head === undefined ? undefined : await memories.findDerived(audience, head.id);
        if (derived === undefined) return refusal(404, 'memory.unknown', `There is no memory ${id} here.`);
        const chain = derived.chain.map((memory) => memoryJson(memory, person, channel));
        return { kind: 'found' as const, history: { memories: chain } };
      }),
    previewForget: (person, name, id) =>
      inChannel(person, name, async (channel) => {
        const found = await findForgettable(memories, await audienceOf(person, channel), {
          id,
          by: person.id,
        });
        if ('kind' in found) return refusal(404, 'memory.unknown', found.why);
        const { chain, vectors } = found.derived;
        return {
          kind: 'found' as const,
          forgetting: { memories: chain.map((memory) => memoryJson(memory, person, channel)), vectors },
        };
      }),
    forget: (person, name, id) =>
      inChannel<MemoryChange>(person, name, async (channel) => {
        const audience = await audienceOf(person, channel);
        const found = await findForgettable(memories, audience, { id, by: person.id });
        if ('kind' in found) return refusal(404, 'memory.unknown', found.why);
        await memories.forget(audience, found.head.id);
        return { kind: 'done', text: 'Forgotten for good. What was said in threads, and its record, stay.' };
      }),
  };
}

function memoryJson(memory: Memory, person: Person, channel: ChannelId): MemoryJson {
  const { id, kind, scope, text, source, validUntil, supersedes, taintedBy, vouched } = memory;
  const isHere = memory.channel === channel;
  return {
    ...{ id, kind, scope, text, channel: memory.channel, by: memory.author },
    at: new Date(memory.createdAt).toISOString(),
    ...(source.thread !== undefined && { thread: source.thread }),
    ...(source.run !== undefined && { run: source.run }),
    ...(validUntil !== undefined && { validUntil: new Date(validUntil).toISOString() }),
    ...(supersedes !== undefined && { corrects: supersedes }),
    ...(taintedBy !== undefined && { taintedBy }),
    ...(vouched !== undefined && { taintedBy: vouched.taintedBy, vouchedBy: vouched.by }),
    ...(memory.supersededBy !== undefined && { replacedBy: memory.supersededBy }),
    ...(memory.held !== undefined && {
      held: { actions: heldActions(source.run ?? '', source.call ?? '').map(actionJson) },
    }),
    mayCorrect: isHere && memory.held === undefined && memory.supersededBy === undefined,
    // What is held is dropped.
    mayForget: memory.held === undefined && (isHere || memory.author === person.id),
  };
}
