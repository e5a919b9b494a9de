/** Rich text in blocks of a size that Slack takes: long parts are cut, full blocks are closed. */
import { limits } from './blocks.ts';
import type { Block, RichBlock, RichInline, RichPart, RichText } from './blocks.ts';
import { inPieces } from './literal.ts';

/** How many characters a part counts for; the shown form of a date is about this long. */
const dateLength = 24;

export function lengthOf(part: RichPart): number {
  return part.type === 'rich_text_list'
    ? part.elements.reduce((sum, item) => sum + inlineLength(item.elements), 0)
    : inlineLength(part.elements);
}

function inlineLength(elements: readonly RichInline[]): number {
  return elements.reduce((sum, element) => sum + elementLength(element), 0);
}

function elementLength(element: RichInline): number {
  switch (element.type) {
    case 'text':
      return element.text.length;
    case 'link':
      return element.text.length + element.url.length;
    case 'date':
    case 'user':
    case 'channel':
      return dateLength;
    default:
      return element satisfies never;
  }
}

/** Parts whose texts are each short enough for one block; what is too long goes on in a part of the same sort. */
export function splitPart(part: RichPart): readonly RichPart[] {
  if (lengthOf(part) <= limits.sectionText) return [part];
  switch (part.type) {
    case 'rich_text_preformatted':
      return part.elements
        .flatMap((element) => splitText(element))
        .map((element): RichPart => ({ type: 'rich_text_preformatted', elements: [element] }));
    case 'rich_text_list':
      return part.elements.flatMap((item, index) =>
        splitInlines(item.elements).map((elements): RichPart => ({
          ...part,
          ...(part.style === 'ordered' && { offset: (part.offset ?? 0) + index }),
          elements: [{ type: 'rich_text_section', elements }],
        })),
      );
    case 'rich_text_section':
    case 'rich_text_quote':
      return splitInlines(part.elements).map((elements): RichPart => ({ ...part, elements }));
    default:
      return part satisfies never;
  }
}

function splitText(element: RichText): readonly RichText[] {
  return inPieces(element.text, limits.sectionText).map((text) => ({ ...element, text }));
}

function splitInlines(elements: readonly RichInline[]): readonly (readonly RichInline[])[] {
  const groups: RichInline[][] = [];
  let left = 0;
  const pieces = elements.flatMap((entry): readonly RichInline[] =>
    entry.type === 'text' ? splitText(entry) : [entry],
  );
  for (const element of pieces) {
    const length = elementLength(element);
    const last = groups.at(-1);
    if (last === undefined || length > left) {
      groups.push([element]);
      left = limits.sectionText - length;
    } else {
      last.push(element);
      left -= length;
    }
  }
  return groups;
}

/** Puts parts into as few blocks as hold them. */
export function toBlocks(parts: readonly RichPart[]): readonly RichBlock[] {
  const blocks: { type: 'rich_text'; elements: RichPart[] }[] = [];
  let left = 0;
  for (const part of parts.flatMap(splitPart)) {
    const length = lengthOf(part);
    const last = blocks.at(-1);
    if (last === undefined || length > left) {
      blocks.push({ type: 'rich_text', elements: [part] });
      left = limits.sectionText - length;
    } else {
      last.elements.push(part);
      left -= length;
    }
  }
  return blocks;
}

/** Characters that count against the limit over all blocks of a message. */
export function textLength(blocks: readonly Block[]): number {
  let sum = 0;
  for (const block of blocks) {
    switch (block.type) {
      case 'rich_text':
        sum += block.elements.reduce((total, part) => total + lengthOf(part), 0);
        break;
      case 'header':
        sum += block.text.text.length;
        break;
      case 'context':
        sum += block.elements.reduce((total, element) => total + element.text.length, 0);
        break;
      case 'actions':
        for (const { text, confirm } of block.elements)
          sum += text.text.length + (confirm === undefined ? 0 : confirm.text.text.length + 100);
        break;
      case 'context_actions':
        for (const { positive_button: good, negative_button: bad } of block.elements)
          sum += good.text.text.length + bad.text.text.length;
        break;
      case 'divider':
        break;
      default:
        block satisfies never;
    }
  }
  return sum;
}
