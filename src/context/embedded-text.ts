/**
 * What a vector is made of: the text with what stood around it, which a short remark means nothing without. Pure.
 */
import type { Memory } from '../memory/memory-row.ts';
import type { Passage } from './passage-row.ts';

export function embeddedMemory({ text, source }: Pick<Memory, 'text' | 'source'>): string {
  return [text, source.around].filter((part) => part !== '').join('\n');
}

export function embeddedPassage({
  title,
  heading,
  text,
  around,
}: Pick<Passage, 'title' | 'heading' | 'text' | 'around'>): string {
  return [title, heading, text, around].filter((part) => part !== '').join('\n');
}
