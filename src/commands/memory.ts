/** `/countersign memory`: see, correct and forget what was remembered, as far as this channel's readers may. */
import { nameChannel } from '../core/channel-token.ts';
import { asMemoryId, isLibrary } from '../core/ids.ts';
import { correctMemory, findForgettable } from '../memory/change-memory.ts';
import type { Memory } from '../memory/memory-row.ts';
import type { Audience } from '../memory/sight.ts';
import { listedWords } from './listed-words.ts';
import type { CommandDefinition, CommandRequest, CommandResult, CommandServices } from './command.ts';

const shownMemories = 15;

export const memory: CommandDefinition = {
  name: 'memory',
  usage:
    '[mine | here | workspace | held | keep <id> | drop <id> | find <words> | history <id> | correct <id> <text> | forget <id> [yes]]',
  help: 'what I remember here: see it, correct it, forget it',
  async suggest(services, person, channel) {
    const audience = await services.memories.audienceOf({ channel, person: person.id });
    const found = await services.memories.list(audience, { limit: shownMemories });
    return found.map(({ id, text }) => ({ value: `forget ${id}`, label: `forget: ${text}` }));
  },
  async run(services, request, rest) {
    const { person, channel } = request;
    const audience = await services.memories.audienceOf({ channel, person: person.id });
    const [verb = '', first = '', ...more] = rest.trim().split(/\s+/u);
    switch (verb) {
      case '':
      case 'here':
        return list(services, audience, { isHere: true });
      case 'mine':
        return list(services, audience, { author: person.id });
      case 'workspace':
        return list(services, audience, {});
      case 'held':
        return listHeld(services, audience);
      case 'keep':
      case 'drop':
        return settle(services, request, audience, { id: first, verb });
      case 'find':
        return find(services, request, [first, ...more].join(' '));
      case 'correct':
        return correct(services, request, audience, first, more.join(' '));
      case 'history':
        return history(services, audience, first);
      case 'forget':
        return forget(services, request, audience, first, more[0] === 'yes');
      default:
        return said(`I do not know \`memory ${verb}\`. It is followed by: ${memory.usage}`);
    }
  },
};

async function list(
  services: CommandServices,
  audience: Audience,
  filter: { readonly isHere?: boolean; readonly author?: string },
): Promise<CommandResult> {
  const found = await services.memories.list(audience, { ...filter, limit: shownMemories + 1 });
  const held = await heldHere(services, audience, shownMemories);
  const waits =
    held.length === 0
      ? []
      : [
          `${String(held.length)}${held.length === shownMemories ? ' or more' : ''} held until somebody keeps ${held.length === 1 ? 'it' : 'them'}: look with \`memory held\`.`,
        ];
  if (found.length === 0)
    return said(
      ['Nothing is remembered here yet. Say «remember that …» in a thread, and it will be.', ...waits].join(
        '\n',
      ),
    );
  const lines = found.slice(0, shownMemories).map((entry) => lineOf(services, entry));
  const more = found.length > shownMemories ? ['There is more: look with `memory find <words>`.'] : [];
  return said([...lines, ...more, ...waits].join('\n'));
}

async function listHeld(services: CommandServices, audience: Audience): Promise<CommandResult> {
  const found = await heldHere(services, audience, shownMemories);
  if (found.length === 0) return said('Nothing is held here.');
  return said(
    [
      'Held, because the run had read content that nobody vouched for. Nobody is told of it until somebody keeps it:',
      ...found.map((entry) => lineOf(services, entry)),
      'Say `memory keep <id>` or `memory drop <id>`.',
    ].join('\n'),
  );
}

function heldHere(
  { memories }: CommandServices,
  audience: Audience,
  limit: number,
): Promise<readonly Memory[]> {
  return memories.list(audience, { isHere: true, isHeld: true, limit });
}

/** What was held is kept or dropped in the name of the person. */
async function settle(
  services: CommandServices,
  { person, surface }: CommandRequest,
  audience: Audience,
  { id, verb }: { readonly id: string; readonly verb: 'keep' | 'drop' },
): Promise<CommandResult> {
  const held = await services.memories.findHeld(audience, asMemoryId(id));
  const { run, call } = held?.source ?? {};
  if (held?.channel !== audience.channel || run === undefined || call === undefined)
    return said(`Nothing is held here as \`${id}\`. It was kept, dropped or forgotten before.`);
  return said(await services.settleHeld(person, surface, { run, call, verb }));
}

async function find(
  services: CommandServices,
  { channel, person }: CommandRequest,
  text: string,
): Promise<CommandResult> {
  const items = await services.recall.find({ channel, person: person.id }, { text, limit: shownMemories });
  if (items.length === 0) return said('Nothing is known about that here.');
  return said(items.map((item) => `- \`${item.id}\` ${listedWords(item.text)} (${item.source})`).join('\n'));
}

/** What a memory was before, newest first. */
async function history(services: CommandServices, audience: Audience, id: string): Promise<CommandResult> {
  const derived = await services.memories.findDerived(audience, asMemoryId(id));
  if (derived === undefined) return said(`There is no memory \`${id}\` here.`);
  const [head, ...before] = derived.chain.map((entry) => lineOf(services, entry));
  return said(
    before.length === 0
      ? `${head ?? ''}\nNobody has corrected it.`
      : [head ?? '', 'Before it was corrected:', ...before].join('\n'),
  );
}

async function correct(
  services: CommandServices,
  { person }: CommandRequest,
  audience: Audience,
  id: string,
  text: string,
): Promise<CommandResult> {
  const done = await correctMemory(services.memories, audience, { id, by: person.id, text });
  if ('kind' in done) return said(done.why);
  const { current, kept } = done;
  return said(
    kept.kind === 'known'
      ? `That is known already, as \`${kept.memory.id}\`.`
      : `Corrected: \`${kept.memory.id}\` stands in the place of \`${current.id}\`.`,
  );
}

/** Shows what would go first; nothing goes before «yes». */
async function forget(
  services: CommandServices,
  { person }: CommandRequest,
  audience: Audience,
  id: string,
  isSure: boolean,
): Promise<CommandResult> {
  const found = await findForgettable(services.memories, audience, { id, by: person.id });
  if ('kind' in found) return said(found.why);
  const { head, derived } = found;
  if (isSure) {
    const gone = await services.memories.forget(audience, head.id);
    return said(
      `Forgotten for good: ${gone.map((entry) => `\`${entry.id}\``).join(', ')}. What was said in threads, and its record, stay.`,
    );
  }
  return said(
    [
      'This would go for good:',
      ...derived.chain.map((entry) => lineOf(services, entry)),
      `- its place in the index, and ${String(derived.vectors)} vectors`,
      'What was said in threads, and its record, stay.',
      `Say \`memory forget ${id} yes\` if you are sure.`,
    ].join('\n'),
  );
}

function lineOf(services: CommandServices, entry: Memory): string {
  const on = new Date(entry.createdAt).toISOString().slice(0, 10);
  const room = isLibrary(entry.channel) ? 'the library' : nameChannel(entry.channel);
  const notes = [
    entry.kind,
    `${services.nameOf(entry.author)}, ${on}, ${room}`,
    ...(entry.scope === 'thread' ? ['this thread only'] : []),
    ...(entry.scope === 'person' ? ['for one person'] : []),
    ...(entry.taintedBy === undefined ? [] : [`written after reading ${entry.taintedBy}`]),
    ...(entry.vouched === undefined ? [] : [`${services.nameOf(entry.vouched.by)} vouches for it`]),
    ...(entry.held === undefined ? [] : ['held']),
  ];
  return `- \`${entry.id}\` ${listedWords(entry.text)} (${notes.join('; ')})`;
}

function said(text: string): CommandResult {
  return { text, cards: [] };
}
