/**
 * Markdown of models, people and tools as Discord's own: parsed, reduced to what is safe, written anew.
 *
 * Nothing in it can mention, ping or disguise a link. Discord has no tables: they become aligned code blocks.
 */
import type { List, Nodes } from 'mdast';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { plainText, tableText } from '../../src/chat/markdown-words.ts';
import { safeAddress } from '../../src/chat/safe-address.ts';
import { literal, literalWithMoments } from './literal.ts';

const parser = unified().use(remarkParse).use(remarkGfm);
/** Deeper lists and quotes are flattened: nobody can read them on a phone. */
const deepest = 6;

export interface MarkdownBlock {
  readonly shown: string;
  /** As it was written, without the marks of quotes and fences around it. Nothing in it is safe to show as it stands. */
  readonly written: string;
}

/** The blocks of a text, each as Discord shows it. Joined by an empty line they are the whole. */
export function renderMarkdown(text: string): readonly MarkdownBlock[] {
  const { children } = parser.parse(text);
  return children
    .map((node) => ({ shown: block(node, 0), written: written(node, text) }))
    .filter(({ shown }) => shown.trim() !== '');
}

function written(node: Nodes, text: string): string {
  if (node.type === 'code') return node.value;
  const { start, end } = node.position ?? {};
  return text.slice(start?.offset, end?.offset).replaceAll(/^(?: {0,3}> ?)+/gmu, '');
}

function block(node: Nodes, depth: number): string {
  switch (node.type) {
    case 'paragraph':
      return inline(node.children);
    case 'heading':
      // A heading of the third degree is how cards begin, so nothing else has one.
      return node.depth <= 2
        ? `${'#'.repeat(node.depth)} ${inline(node.children)}`
        : `**${inline(node.children)}**`;
    case 'blockquote':
      return quoted(blocks(node.children, depth + 1).join('\n'));
    case 'list':
      return list(node, depth);
    case 'listItem':
      return blocks(node.children, depth + 1).join('\n');
    case 'code':
      return fenced(node.value, /^[a-z0-9+#-]{1,20}$/iu.test(node.lang ?? '') ? (node.lang ?? '') : '');
    case 'table':
      return fenced(tableText(node), '');
    case 'thematicBreak':
      return '⎯⎯⎯';
    case 'html':
      return literalWithMoments(node.value);
    case 'definition':
      return '';
    case 'footnoteDefinition':
      return `${literal(node.identifier)}: ${blocks(node.children, depth + 1).join('\n')}`;
    case 'root':
    case 'tableRow':
    case 'tableCell':
    case 'yaml':
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
      return inline([node]);
    default:
      return node satisfies never;
  }
}

function blocks(nodes: readonly Nodes[], depth: number): readonly string[] {
  return nodes.map((node) => block(node, depth));
}

function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
}

function list(node: List, depth: number): string {
  const indent = '  '.repeat(Math.min(depth, deepest));
  return node.children
    .map((item, index) => {
      const mark = node.ordered === true ? `${String((node.start ?? 1) + index)}.` : '-';
      const box = item.checked === true ? '☑ ' : item.checked === false ? '☐ ' : '';
      const [first = '', ...rest] = item.children.map((child) =>
        child.type === 'list' ? list(child, depth + 1) : block(child, depth + 1),
      );
      return [`${indent}${mark} ${box}${first.trimStart()}`, ...rest].join('\n');
    })
    .join('\n');
}

function inline(nodes: readonly Nodes[]): string {
  return nodes.map(inlineNode).join('');
}

function inlineNode(node: Nodes): string {
  switch (node.type) {
    case 'text':
      return literalWithMoments(node.value);
    case 'emphasis':
      return `*${inline(node.children)}*`;
    case 'strong':
      return `**${inline(node.children)}**`;
    case 'delete':
      return `~~${inline(node.children)}~~`;
    case 'inlineCode':
      return node.value.includes('`') || node.value.trim() === '' ? literal(node.value) : `\`${node.value}\``;
    case 'break':
      return '\n';
    case 'link':
      return link(inline(node.children), plainText(node), node.url);
    case 'image':
      return link(literal(node.alt ?? 'image'), node.alt ?? 'image', node.url);
    case 'html':
      return literalWithMoments(node.value);
    case 'linkReference':
      return inline(node.children);
    case 'imageReference':
      return literal(node.alt ?? 'image');
    case 'footnoteReference':
      return literal(`[${node.identifier}]`);
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
      return inline(node.children);
    case 'code':
    case 'definition':
    case 'thematicBreak':
    case 'yaml':
      return '';
    default:
      return node satisfies never;
  }
}

/** A link says where it leads: its host stands beside words that name another one. */
function link(shown: string, words: string, address: string): string {
  const url = safeAddress(address);
  if (url === undefined) return shown;
  const where = whereTo(url);
  const isPlain = words === address || words === where || `mailto:${words}` === address;
  // Discord does not mask a link whose words are an address themselves.
  const label = isPlain || /[./:]/u.test(words) ? literal(where) : `${shown} (${literal(where)})`;
  return `[${label}](<${targetOf(url)}>)`;
}

function whereTo(url: URL): string {
  return url.host === '' ? url.pathname : url.host;
}

function targetOf({ href }: URL): string {
  return href.replace(/[()<>\\*_~|`]/gu, (mark) =>
    encodeURIComponent(mark) === mark ? `%${mark.charCodeAt(0).toString(16)}` : encodeURIComponent(mark),
  );
}

/** A link of ours beside words that name what it leads to: its host, unfurled by nothing. Empty for an odd address. */
export function hostLink(address: string): string {
  const url = safeAddress(address);
  return url === undefined ? '' : `[${literal(whereTo(url))}](<${targetOf(url)}>)`;
}

function fenced(code: string, language: string): string {
  // Discord has one sort of fence: three backticks inside would end it.
  return `\`\`\`${language}\n${code.replaceAll('```', '`\u200B`\u200B`')}\n\`\`\``;
}
