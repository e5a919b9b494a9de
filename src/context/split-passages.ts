/**
 * Splitting a document into passages: along its own structure, never across a heading. Pure.
 *
 * Paragraphs are joined while they are short and cut at sentences while they are long. Each passage knows the ends of
 * its neighbours, so that a question that uses their words finds it too.
 */
import type { ReadDocument } from './document-text.ts';

export interface Piece {
  readonly heading: string;
  readonly text: string;
  readonly around: string;
}

const wanted = 900;
const longest = 1_400;
const aroundCharacters = 240;

export function splitPassages(document: ReadDocument): readonly Piece[] {
  const cut = document.sections.flatMap(({ headings, blocks }) =>
    join(blocks.flatMap(cutLong)).map((text) => ({ heading: headings.join(' › '), text })),
  );
  return cut.map((piece, at) => {
    const before = cut[at - 1]?.text.slice(-aroundCharacters) ?? '';
    const after = cut[at + 1]?.text.slice(0, aroundCharacters) ?? '';
    return { ...piece, around: [before, after].filter((part) => part !== '').join('\n') };
  });
}

function join(blocks: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (const block of blocks) {
    const last = joined.at(-1);
    if (last !== undefined && last.length + block.length <= wanted)
      joined[joined.length - 1] = `${last}\n\n${block}`;
    else joined.push(block);
  }
  return joined;
}

function cutLong(block: string): readonly string[] {
  const pieces: string[] = [];
  let rest = block;
  while (rest.length > longest) {
    const end = findCut(rest);
    pieces.push(rest.slice(0, end).trim());
    rest = rest.slice(end).trim();
  }
  if (rest !== '') pieces.push(rest);
  return pieces;
}

/** After a line, a sentence or a word, whichever comes last before the wanted length; else anywhere. */
function findCut(text: string): number {
  const head = text.slice(0, wanted);
  for (const end of [/\n(?!.*\n)/su, /[.!?]\s(?!.*[.!?]\s)/su, /\s(?!.*\s)/su]) {
    const found = end.exec(head);
    if (found !== null && found.index > wanted / 3) return found.index + found[0].length;
  }
  // Never between the halves of one character.
  return /[\uD800-\uDBFF]$/u.test(head) ? wanted - 1 : wanted;
}
