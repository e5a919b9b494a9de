/** Memories and passages as every kind of store keeps them: where they belong, and what they are found by. */
import type { Passage } from '../context/passage-row.ts';
import type { Memory } from '../memory/memory-row.ts';
import type { Place } from '../memory/sight.ts';

/** What is kept of one row beside its content. */
export interface SightedRow {
  readonly id: string;
  readonly place: Place;
  readonly text: string;
  /** Found by, with less weight. */
  readonly around: string;
  readonly group: string;
  readonly createdAt: number;
  readonly validFrom: number;
  readonly validUntil?: number;
  readonly content: object;
}

export function memoryRow(memory: Memory): SightedRow {
  return {
    id: memory.id,
    place: memory,
    text: memory.text,
    around: memory.source.around,
    group: memory.author,
    createdAt: memory.createdAt,
    validFrom: memory.validFrom,
    ...(memory.validUntil !== undefined && { validUntil: memory.validUntil }),
    content: memory,
  };
}

export function passageRow(passage: Passage): SightedRow {
  return {
    id: passage.id,
    place: passage,
    text: `${passage.title} ${passage.heading} ${passage.text}`,
    around: passage.around,
    group: passage.source,
    createdAt: passage.createdAt,
    validFrom: 0,
    content: passage,
  };
}
