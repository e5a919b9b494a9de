/** Ready-made Markdown in messages that Discord takes: cut between blocks, else between lines, and fences stay whole. */
import { limits } from './components.ts';

/** What goes on and off around lines of code. */
const fence = '```';
/** An answer of more messages than this is no answer that anybody reads. */
const mostParts = 8;

export function splitMarkdown(blocks: readonly string[], room: number = limits.content): readonly string[] {
  const parts: string[] = [];
  let part = '';
  for (const block of blocks) {
    const pieces = block.length <= room ? [block] : piecesOf(block, room);
    for (const piece of pieces) {
      const joined = part === '' ? piece : `${part}\n\n${piece}`;
      if (joined.length <= room) part = joined;
      else {
        parts.push(part);
        part = piece;
      }
    }
  }
  if (part !== '') parts.push(part);
  if (parts.length <= mostParts) return parts;
  return [...parts.slice(0, mostParts - 1), '-# … and more. Ask for less of it at once.'];
}

/** A block's lines in stretches that fit; one line that does not is cut. */
function piecesOf(block: string, room: number): readonly string[] {
  const lines = block.split('\n');
  const opening = lines[0]?.startsWith(fence) === true ? lines[0] : undefined;
  const inner = opening === undefined ? lines : lines.slice(1, -1);
  const spare = opening === undefined ? 0 : opening.length + fence.length + 2;
  const stretches: string[] = [];
  let stretch: string | undefined;
  for (const line of inner.flatMap((text) => cut(text, room - spare))) {
    const joined: string = stretch === undefined ? line : `${stretch}\n${line}`;
    if (joined.length <= room - spare) stretch = joined;
    else {
      stretches.push(stretch ?? '');
      stretch = line;
    }
  }
  if (stretch !== undefined) stretches.push(stretch);
  return opening === undefined ? stretches : stretches.map((text) => `${opening}\n${text}\n${fence}`);
}

/** Never between a backslash and what it escapes, nor inside one character. */
function cut(line: string, room: number): readonly string[] {
  const found: string[] = [];
  let rest = line;
  while (rest.length > room) {
    const stretch = rest.slice(0, room);
    const isEscape = (/\\+$/u.exec(stretch)?.[0].length ?? 0) % 2 === 1;
    const isHalf = /[\uD800-\uDBFF]$/u.test(stretch);
    const end = isEscape || isHalf ? room - 1 : room;
    found.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...found, rest];
}
