/** What stores found for one question, memories and passages in one ranking. Pure. */
import type { MemoryId, PassageId } from '../core/ids.ts';
import type { Memory } from '../memory/memory-row.ts';
import type { Ranked } from '../memory/store.ts';
import { fuse } from './fuse.ts';
import type { Passage } from './passage-row.ts';
import { rankByWords } from './rank-by-words.ts';
import type { Candidate } from './rank-by-words.ts';

/** Words count for more: names and numbers are asked for by name, and a weak embedder does little harm. */
const vectorWeight = 0.5;

export interface FoundText extends Candidate {
  readonly id: MemoryId | PassageId;
  /** The text alone, as it would be told. */
  readonly says: string;
}

/** Best first. Words and vectors rank apart, each over both sorts, and are fused by rank. */
export function rankFound(
  question: string,
  memories: Ranked<Memory>,
  passages: Ranked<Passage>,
): readonly FoundText[] {
  const byWords = rankByWords(question, [
    ...memories.byText.map(foundMemory),
    ...passages.byText.map(foundPassage),
  ]);
  const byVector = [
    ...memories.byVector.map((row, at) => ({
      found: foundMemory(row),
      likeness: memories.likeness[at] ?? -1,
    })),
    ...passages.byVector.map((row, at) => ({
      found: foundPassage(row),
      likeness: passages.likeness[at] ?? -1,
    })),
  ].toSorted((left, right) => right.likeness - left.likeness);
  return fuse(
    [
      { items: byWords, weight: 1 },
      { items: byVector.map(({ found }) => found), weight: vectorWeight },
    ],
    ({ id }) => id,
  );
}

function foundMemory({ id, text, source }: Memory): FoundText {
  return { id, says: text, text, around: source.around };
}

function foundPassage({ id, title, heading, text, around }: Passage): FoundText {
  return { id, says: text, text: `${title} ${heading} ${text}`, around };
}
