/**
 * What an agent had read when it proposed a call: whose words, which files, which tools, and what memory and documents
 * told it, with a link where a person can read it. Pure.
 *
 * Only for readers of the thread. It is there to be looked up and decides nothing.
 */
import type { CardField } from '../chat/card.ts';
import { makeVisible } from '../core/visible-text.ts';
import type { CallState, RunState } from '../runs/run-state.ts';
import type { StoryWords } from './story-item.ts';

/** A memory or a stretch of a document, as far as the readers of the thread may be told of it. */
export interface KnownSource {
  readonly text: string;
  readonly address?: string;
}

/** By the id of the memory or passage. */
export type KnownSources = ReadonlyMap<string, KnownSource>;

interface Source {
  readonly text: string;
  readonly address?: string;
}

export function evidenceField(
  state: RunState,
  call: CallState,
  known: KnownSources,
  words: StoryWords,
): CardField {
  const before = ({ number }: { readonly number: number }): boolean => number < call.call.mark.number;
  const sources: Source[] = [
    ...wordsRead(state, before, words),
    ...state.files.flatMap(({ file, read }) =>
      read === undefined || read.kind === 'unreadable' || !before(read.mark)
        ? []
        : [{ text: `file ${makeVisible(file.name)}` }],
    ),
    ...toolsRead(state, before),
    ...told(state, before, known),
  ];
  let value = '';
  const links: { readonly start: number; readonly end: number; readonly address: string }[] = [];
  for (const { text, address } of sources) {
    if (value !== '') value += ', ';
    const start = value.length;
    value += text;
    if (address !== undefined) links.push({ start, end: value.length, address });
  }
  return {
    label: 'Because the agent read',
    value,
    form: 'plain',
    ...(links.length > 0 && { links }),
  };
}

type Before = (mark: { readonly number: number }) => boolean;

function wordsRead(state: RunState, before: Before, words: StoryWords): readonly Source[] {
  const authors = state.messages.filter(({ isSeen, mark }) => isSeen && before(mark)).map(({ by }) => by);
  const people = new Set([state.requester, ...authors]);
  const earlier = [...state.recalledFrom].map((person) => words.nameOf(person));
  return [
    ...[...people].map((person) => ({ text: `message by ${words.nameOf(person)}` })),
    ...(earlier.length === 0 ? [] : [{ text: `earlier in this thread: ${earlier.join(' and ')}` }]),
  ];
}

/** Each tool once, with the ledger's numbers, which the audit trail of the thread has too. */
function toolsRead(state: RunState, before: Before): readonly Source[] {
  const numbers = new Map<string, number[]>();
  for (const { call, result } of state.calls.values()) {
    if (call.effect !== 'read' || result?.kind !== 'answered' || !before(result.mark)) continue;
    numbers.set(call.tool, [...(numbers.get(call.tool) ?? []), result.mark.number]);
  }
  return [...numbers].map(([tool, found]) => ({
    text: `${tool} (${found.map((number) => `#${String(number)}`).join(', ')})`,
  }));
}

function told(state: RunState, before: Before, known: KnownSources): readonly Source[] {
  const ids = itemsRead(state, before);
  const found = ids.flatMap((id) => known.get(id) ?? []);
  const rest = ids.length - found.length;
  // A document in several passages is named once.
  const distinct = [...new Map(found.map((source) => [source.text, source])).values()];
  return [
    ...distinct,
    ...(rest === 0 ? [] : [{ text: `${String(rest)} more of what is known (/countersign why ${state.id})` }]),
  ];
}

/** What of memory and documents went into the run so far. */
export function itemsRead(state: RunState, before: Before = () => true): readonly string[] {
  const contexts = [...state.contexts.values()].filter(({ mark }) => before(mark));
  return [...new Set(contexts.flatMap(({ items }) => items.map(({ id }) => id)))];
}
