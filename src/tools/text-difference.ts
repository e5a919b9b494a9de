/**
 * Two versions of a text as one: what stayed, what went and what came. Pure.
 *
 * What differs is one stretch of whole words, from the first difference to the last. What stayed around it is shown
 * as far as a reader needs to find the place.
 */
export interface TextPiece {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

const shownAround = 120;

export function textDifference(before: string, after: string): readonly TextPiece[] {
  const [old, young] = [piecesOf(before), piecesOf(after)];
  const shorter = Math.min(old.length, young.length);
  let start = 0;
  while (start < shorter && old[start] === young[start]) start += 1;
  let end = 0;
  while (end < shorter - start && old[old.length - 1 - end] === young[young.length - 1 - end]) end += 1;
  const lead = old.slice(0, start).join('');
  const tail = old.slice(old.length - end).join('');
  const pieces: readonly TextPiece[] = [
    { kind: 'same', text: lead.length > shownAround ? `…${lead.slice(-shownAround)}` : lead },
    { kind: 'removed', text: old.slice(start, old.length - end).join('') },
    { kind: 'added', text: young.slice(start, young.length - end).join('') },
    { kind: 'same', text: tail.length > shownAround ? `${tail.slice(0, shownAround)}…` : tail },
  ];
  return pieces.filter(({ text }) => text !== '');
}

/** Words, each with the space after it. */
function piecesOf(text: string): readonly string[] {
  return text.match(/\s+|\S+\s*/gu) ?? [];
}
