/**
 * A Markdown document as sections under their headings. Pure.
 *
 * Only its blocks are looked at; each is kept as it was written. What stands inside a line is not parsed: it takes most
 * of the time, and some lines take more than anybody waits for.
 */
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import type { RootContent } from 'mdast';
import type { ReadDocument, Section } from './document-text.ts';

const insideLines = [
  ...['attention', 'autolink', 'characterEscape', 'characterReference', 'codeText', 'hardBreakEscape'],
  ...['htmlText', 'labelEnd', 'labelStartImage', 'labelStartLink'],
];

const parser = unified()
  .data({ micromarkExtensions: [{ disable: { null: insideLines } }] })
  .use(remarkParse);

export function readMarkdown(text: string, name: string): ReadDocument {
  const sections: Section[] = [];
  const headings: string[] = [];
  let blocks: string[] = [];
  let title: string | undefined;
  const finish = (): void => {
    if (blocks.length > 0) sections.push({ headings: headings.filter((part) => part !== ''), blocks });
    blocks = [];
  };
  for (const node of parser.parse(text).children) {
    const said = seenOf(node, sliceOf(text, node)).trim();
    if (node.type === 'heading') {
      finish();
      const heading = said.replace(/^#+\s*|\s*#+$|\n[=-]+$/gu, '').trim();
      if (node.depth === 1 && title === undefined) {
        title = heading;
        continue;
      }
      headings.length = Math.max(0, node.depth - 2);
      headings[Math.max(0, node.depth - 2)] = heading;
      for (let at = 0; at < headings.length; at += 1) headings[at] ??= '';
    } else if (said !== '' && node.type !== 'thematicBreak') blocks.push(said);
  }
  finish();
  return { title: title ?? name, sections };
}

function sliceOf(text: string, node: RootContent): string {
  return text.slice(node.position?.start.offset ?? 0, node.position?.end.offset ?? 0);
}

/** What no reader sees is no knowledge: a comment is a way to smuggle orders in. */
function seenOf({ type }: RootContent, said: string): string {
  if (type === 'code') return said;
  if (type === 'definition' && /^\[[^\]]*\]:\s*<?#>?(?:\s|$)/u.test(said)) return '';
  return said.replace(/<!--[\s\S]*?(?:-->|$)/gu, '');
}
