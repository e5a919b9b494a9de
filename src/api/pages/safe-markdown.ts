/**
 * Markdown of people, models and tools, reduced to what is safe to show.
 *
 * Parsed to mdast and rebuilt from a short list of known parts. Raw HTML becomes literal text, images become their
 * description and a link, and a link leads only to http, https or mailto without a name or password in it.
 */
import type { List, Nodes, Root, Table } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';

export type PlainPart =
  | 'paragraph'
  | 'heading'
  | 'quote'
  | 'bullets'
  | 'entry'
  | 'emphasis'
  | 'strong'
  | 'struck'
  | 'table'
  | 'row';

export type SafeNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: PlainPart; readonly children: readonly SafeNode[] }
  | { readonly kind: 'numbers'; readonly start: number; readonly children: readonly SafeNode[] }
  | {
      readonly kind: 'cell';
      readonly isHead: boolean;
      readonly align: 'left' | 'center' | 'right';
      readonly children: readonly SafeNode[];
    }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'code-block'; readonly text: string }
  | {
      readonly kind: 'link';
      readonly href: string;
      readonly host?: string;
      readonly children: readonly SafeNode[];
    }
  | { readonly kind: 'break' }
  | { readonly kind: 'rule' };

const parser = unified().use(remarkParse).use(remarkGfm);
/** Beyond this, nesting is an attack on the reader's browser and is shown as text. */
const deepest = 24;

export function parseSafeMarkdown(text: string): readonly SafeNode[] {
  const root = parser.parse(text);
  return safeChildren(root.children, { links: linkTargets(root), depth: 0 });
}

/** The address, if it is one we let people follow. */
export function safeHref(address: string): URL | undefined {
  // Browsers drop these while reading an address, so they could hide what it is.
  if (/[\u0000-\u0020\u007f]/u.test(address)) return undefined;
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (!['http:', 'https:', 'mailto:'].includes(url.protocol)) return undefined;
  if (url.protocol === 'mailto:' && !/.@./u.test(url.pathname)) return undefined;
  return url.username === '' && url.password === '' ? url : undefined;
}

interface Reading {
  readonly links: ReadonlyMap<string, string>;
  readonly depth: number;
}

function linkTargets(root: Root): ReadonlyMap<string, string> {
  return new Map(
    root.children.flatMap((node) =>
      node.type === 'definition' ? [[node.identifier, node.url] as const] : [],
    ),
  );
}

function safeChildren(nodes: readonly Nodes[], reading: Reading): readonly SafeNode[] {
  if (reading.depth > deepest) return [text('…')];
  const deeper = { ...reading, depth: reading.depth + 1 };
  return nodes.flatMap((node) => safeNode(node, deeper));
}

function safeNode(node: Nodes, reading: Reading): readonly SafeNode[] {
  switch (node.type) {
    case 'root':
      return safeChildren(node.children, reading);
    case 'text':
    case 'html':
      return [text(node.value)];
    case 'paragraph':
      return [{ kind: 'paragraph', children: safeChildren(node.children, reading) }];
    case 'heading':
      return [{ kind: 'heading', children: safeChildren(node.children, reading) }];
    case 'blockquote':
      return [{ kind: 'quote', children: safeChildren(node.children, reading) }];
    case 'emphasis':
      return [{ kind: 'emphasis', children: safeChildren(node.children, reading) }];
    case 'strong':
      return [{ kind: 'strong', children: safeChildren(node.children, reading) }];
    case 'delete':
      return [{ kind: 'struck', children: safeChildren(node.children, reading) }];
    case 'inlineCode':
      return [{ kind: 'code', text: node.value }];
    case 'code':
      return [{ kind: 'code-block', text: node.value }];
    case 'break':
      return [{ kind: 'break' }];
    case 'thematicBreak':
      return [{ kind: 'rule' }];
    case 'list':
      return [safeList(node, reading)];
    case 'listItem':
      return [{ kind: 'entry', children: safeEntry(node.checked, safeChildren(node.children, reading)) }];
    case 'table':
      return [safeTable(node, reading)];
    case 'tableRow':
    case 'tableCell':
      return safeChildren(node.children, reading);
    case 'link':
      return safeLink(node.url, safeChildren(node.children, reading));
    case 'linkReference':
      return safeLink(reading.links.get(node.identifier) ?? '', safeChildren(node.children, reading));
    case 'image':
      return safeLink(node.url, [text(imageWords(node.alt))]);
    case 'imageReference':
      return safeLink(reading.links.get(node.identifier) ?? '', [text(imageWords(node.alt))]);
    case 'footnoteReference':
      return [text(`[${node.identifier}]`)];
    case 'footnoteDefinition':
      return [
        { kind: 'paragraph', children: [text(`[${node.identifier}]`)] },
        ...safeChildren(node.children, reading),
      ];
    case 'definition':
    case 'yaml':
      return [];
    default:
      return node satisfies never;
  }
}

function text(value: string): SafeNode {
  return { kind: 'text', text: value };
}

function imageWords(alt: string | null | undefined): string {
  return alt === null || alt === undefined || alt === '' ? 'Image' : `Image: ${alt}`;
}

/** A task's state in words, at the start of its first line. */
function safeEntry(
  isChecked: boolean | null | undefined,
  children: readonly SafeNode[],
): readonly SafeNode[] {
  if (isChecked === null || isChecked === undefined) return children;
  const state = text(isChecked ? '☑ done: ' : '☐ open: ');
  const [first, ...rest] = children;
  return first?.kind === 'paragraph'
    ? [{ ...first, children: [state, ...first.children] }, ...rest]
    : [state, ...children];
}

function safeList(list: List, reading: Reading): SafeNode {
  const children = safeChildren(list.children, reading);
  return list.ordered === true
    ? { kind: 'numbers', start: list.start ?? 1, children }
    : { kind: 'bullets', children };
}

function safeTable(table: Table, reading: Reading): SafeNode {
  const rows = table.children.map((row, rowIndex): SafeNode => ({
    kind: 'row',
    children: row.children.map((cell, column): SafeNode => ({
      kind: 'cell',
      isHead: rowIndex === 0,
      align: table.align?.[column] ?? 'left',
      children: safeChildren(cell.children, reading),
    })),
  }));
  return { kind: 'table', children: rows };
}

/** Names the host beside words that could promise another one. */
function safeLink(address: string, children: readonly SafeNode[]): readonly SafeNode[] {
  const url = safeHref(address);
  if (url === undefined) return address === '' ? children : [...children, text(` (${address})`)];
  const words = wordsOf(children).trim();
  const isPlain =
    words === address || words === url.href || `mailto:${words}` === address || words === url.host;
  const host = url.protocol === 'mailto:' ? url.pathname : url.host;
  return [{ kind: 'link', href: url.href, ...(isPlain ? {} : { host }), children }];
}

function wordsOf(nodes: readonly SafeNode[]): string {
  return nodes
    .map((node) => ('text' in node ? node.text : 'children' in node ? wordsOf(node.children) : ''))
    .join('');
}
