/** A page as sections under their headings: what a reader sees of it, without scripts, styles and navigation. Pure. */
import rehypeParse from 'rehype-parse';
import { unified } from 'unified';
import type { ReadDocument, Section } from './document-text.ts';

interface Node {
  readonly type: string;
  readonly tagName?: string;
  readonly value?: string;
  readonly children?: readonly Node[];
  readonly properties?: Readonly<Record<string, unknown>>;
}

const unseen = new Set(['script', 'style', 'noscript', 'template', 'nav', 'svg', 'iframe', 'head', 'form']);
const blocksOfText = new Set(['p', 'li', 'pre', 'blockquote', 'td', 'th', 'dd', 'dt', 'figcaption', 'tr']);

const parser = unified().use(rehypeParse);

export function readHtml(text: string, name: string): ReadDocument {
  // A hast tree: nodes with a type and, by it, a tag, a value and children.
  const tree = parser.parse(text) as Node;
  const sections: Section[] = [];
  const headings: string[] = [];
  let blocks: string[] = [];
  let title = textOf(find(tree, 'title'));
  const finish = (): void => {
    if (blocks.length > 0) sections.push({ headings: headings.filter((part) => part !== ''), blocks });
    blocks = [];
  };
  const add = (said: string): void => {
    const plain = said.replace(/\s+/gu, ' ').trim();
    if (plain !== '') blocks.push(plain);
  };
  const visit = (node: Node): void => {
    const tag = node.tagName ?? '';
    if (unseen.has(tag) || isHidden(node)) return;
    const depth = /^h([1-6])$/u.exec(tag)?.[1];
    if (depth !== undefined) {
      finish();
      const heading = textOf(node);
      if (depth === '1' && title === '') title = heading;
      const at = Math.max(0, Number(depth) - 2);
      headings.length = at;
      if (depth !== '1') headings[at] = heading;
      for (let empty = 0; empty < headings.length; empty += 1) headings[empty] ??= '';
    } else if (blocksOfText.has(tag)) add(textOf(node));
    else if (node.type === 'text') add(node.value ?? '');
    else for (const child of node.children ?? []) visit(child);
  };
  visit(tree);
  finish();
  return { title: title === '' ? name : title, sections };
}

function find(node: Node, tag: string): Node | undefined {
  if (node.tagName === tag) return node;
  for (const child of node.children ?? []) {
    const found = find(child, tag);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * What no reader sees is no knowledge: text hidden in a page is a way to smuggle orders in. Styles that stand at the
 * element itself are read; sheets are not.
 */
function isHidden({ properties }: Node): boolean {
  const hidden = properties?.['hidden'];
  if (hidden !== undefined && hidden !== false) return true;
  const style = typeof properties?.['style'] === 'string' ? properties['style'] : '';
  return /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|(?:font-size|opacity)\s*:\s*0(?:\.0*)?(?:[a-z%]*)\s*(?:!|;|$))/iu.test(
    style,
  );
}

function textOf(node: Node | undefined): string {
  if (node === undefined || node.type === 'comment') return '';
  if ((unseen.has(node.tagName ?? '') && node.tagName !== 'title') || isHidden(node)) return '';
  if (node.type === 'text') return node.value ?? '';
  return (node.children ?? [])
    .map(textOf)
    .join(' ')
    .replace(/[^\S\n]+/gu, ' ')
    .trim();
}
