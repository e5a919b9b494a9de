/**
 * Markdown of models, people and tools as rich text: parsed, reduced to what is safe, written anew.
 *
 * A text in rich text is literal, and only links are made from what was written: nothing in it can mention or ping,
 * and a link says where it leads. Tables become aligned text.
 */
import type { List, Nodes } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { plainText, tableText } from '../../src/chat/markdown-words.ts';
import { safeAddress } from '../../src/chat/safe-address.ts';
import { limits } from './blocks.ts';
import type { RichInline, RichPart, RichSection, TextStyle } from './blocks.ts';
import { richWithMoments } from './literal.ts';

const parser = unified().use(remarkParse).use(remarkGfm);
const deepestList = 8;

/** The parts of a text, in order. */
export function renderMarkdown(text: string): readonly RichPart[] {
  const { children } = parser.parse(text);
  return spaced(children.flatMap((node) => block(node)).filter((part) => part.elements.length > 0));
}

/** Paragraphs stand apart: a section that follows another one begins after an empty line. */
function spaced(parts: readonly RichPart[]): readonly RichPart[] {
  return parts.map((part, index) => {
    const isFollowed = index < parts.length - 1;
    if (part.type !== 'rich_text_section' || !isFollowed) return part;
    const isNextSection = parts[index + 1]?.type === 'rich_text_section';
    return isNextSection ? { ...part, elements: [...part.elements, { type: 'text', text: '\n\n' }] } : part;
  });
}

function block(node: Nodes): readonly RichPart[] {
  switch (node.type) {
    case 'paragraph':
      return [section(inline(node.children))];
    case 'heading':
      return [section(inline(node.children, { bold: true }))];
    case 'blockquote':
      return [{ type: 'rich_text_quote', elements: flat(node.children) }];
    case 'list':
      return list(node, 0);
    case 'listItem':
      return node.children.flatMap((child) => block(child));
    case 'code':
      return preformatted(node.value);
    case 'table':
      return preformatted(tableText(node));
    case 'thematicBreak':
      return [section([{ type: 'text', text: '⎯⎯⎯' }])];
    case 'html':
      return [section(richWithMoments(node.value))];
    case 'definition':
    case 'yaml':
      return [];
    case 'footnoteDefinition':
      return [section([{ type: 'text', text: `${node.identifier}: ` }, ...flat(node.children)])];
    case 'root':
      return node.children.flatMap((child) => block(child));
    case 'tableRow':
    case 'tableCell':
    case 'text':
    case 'emphasis':
    case 'strong':
    case 'delete':
    case 'inlineCode':
    case 'break':
    case 'link':
    case 'image':
    case 'linkReference':
    case 'imageReference':
    case 'footnoteReference':
      return [section(inline([node]))];
    default:
      return node satisfies never;
  }
}

function section(elements: readonly RichInline[]): RichSection {
  return { type: 'rich_text_section', elements };
}

function preformatted(text: string): readonly RichPart[] {
  return text === '' ? [] : [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }];
}

/** Blocks inside a quote or an item, as lines of one text. */
function flat(nodes: readonly Nodes[]): readonly RichInline[] {
  return nodes.flatMap((node, index) => {
    const shown =
      node.type === 'code'
        ? [{ type: 'text', text: node.value || ' ', style: { code: true } } as const]
        : block(node).flatMap((part) => inlinesOf(part));
    return index === 0 ? shown : [{ type: 'text', text: '\n' } as const, ...shown];
  });
}

function inlinesOf(part: RichPart): readonly RichInline[] {
  if (part.type !== 'rich_text_list') return part.elements;
  return part.elements.flatMap((item, index): readonly RichInline[] => [
    {
      type: 'text',
      text: `${index === 0 ? '' : '\n'}${part.style === 'ordered' ? `${String(index + 1)}. ` : '• '}`,
    },
    ...item.elements,
  ]);
}

function list(node: List, depth: number): readonly RichPart[] {
  const style = node.ordered === true ? 'ordered' : 'bullet';
  const parts: RichPart[] = [];
  let items: RichSection[] = [];
  let shown = (node.start ?? 1) - 1;
  const close = (): void => {
    if (items.length === 0) return;
    const offset = style === 'ordered' ? { offset: shown } : {};
    parts.push({
      type: 'rich_text_list',
      style,
      indent: Math.min(depth, deepestList),
      ...offset,
      elements: items,
    });
    shown += items.length;
    items = [];
  };
  for (const item of node.children) {
    const box = item.checked === true ? '☑ ' : item.checked === false ? '☐ ' : '';
    const own = flat(item.children.filter((child) => child.type !== 'list'));
    // A bullet without words still stands there.
    const first: readonly RichInline[] =
      box === '' && own.length > 0 ? [] : [{ type: 'text', text: box === '' ? ' ' : box }];
    items.push(section([...first, ...own]));
    const inner = item.children.flatMap((child) => (child.type === 'list' ? list(child, depth + 1) : []));
    if (inner.length === 0) continue;
    close();
    parts.push(...inner);
  }
  close();
  return parts;
}

function inline(nodes: readonly Nodes[], style?: TextStyle): readonly RichInline[] {
  return nodes.flatMap((node) => inlineNode(node, style));
}

function inlineNode(node: Nodes, style: TextStyle | undefined): readonly RichInline[] {
  switch (node.type) {
    case 'text':
    case 'html':
      return richWithMoments(node.value, style);
    case 'emphasis':
      return inline(node.children, { ...style, italic: true });
    case 'strong':
      return inline(node.children, { ...style, bold: true });
    case 'delete':
      return inline(node.children, { ...style, strike: true });
    case 'inlineCode':
      return node.value === '' ? [] : [{ type: 'text', text: node.value, style: { ...style, code: true } }];
    case 'break':
      return [{ type: 'text', text: '\n' }];
    case 'link':
      return link(plainText(node), node.url, style);
    case 'image':
      return link(node.alt ?? 'image', node.url, style);
    case 'linkReference':
      return inline(node.children, style);
    case 'imageReference':
      return richWithMoments(node.alt ?? 'image', style);
    case 'footnoteReference':
      return [{ type: 'text', text: `[${node.identifier}]` }];
    // Blocks do not stand inside a line; whatever is in them is shown as words.
    case 'root':
    case 'paragraph':
    case 'heading':
    case 'blockquote':
    case 'list':
    case 'listItem':
    case 'table':
    case 'tableRow':
    case 'tableCell':
    case 'footnoteDefinition':
      return inline(node.children, style);
    case 'code':
    case 'definition':
    case 'thematicBreak':
    case 'yaml':
      return [];
    default:
      return node satisfies never;
  }
}

/** A link says where it leads: its host stands beside words that name something else. */
function link(words: string, address: string, style: TextStyle | undefined): readonly RichInline[] {
  const url = safeAddress(address);
  if (url === undefined || url.href.length > limits.address)
    return richWithMoments(words === '' ? address : words, style);
  const where = url.host === '' ? url.pathname : url.host;
  const isPlain = words === '' || words === address || words === where || `mailto:${words}` === address;
  const text = isPlain || /[./:]/u.test(words) ? where : `${words} (${where})`;
  return [{ type: 'link', url: url.href, text, ...(style !== undefined && { style }) }];
}
