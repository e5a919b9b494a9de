/** A Markdown document as sections under their headings. Pure. */
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import type { RootContent } from 'mdast';
import type { ReadDocument, Section } from './document-text.ts';

const parser = unified().use(remarkParse).use(remarkGfm);

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
    const said = sliceOf(text, node).trim();
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
