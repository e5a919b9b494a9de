/**
 * The Markdown that clients draw: what Discord takes everywhere and Slack in streams.
 *
 * Written for the two of them and not with the product's parser, so that what the product escapes is judged by somebody
 * else.
 */
import { escapeHtml, html, join, tag } from './draw-page.ts';
import type { Html } from './draw-page.ts';

/** What a platform's own token stands for: `@2001`, `#1100`, `t:1700000000:f`. Undefined leaves the text as it is. */
export type ReadToken = (token: string) => Html | undefined;

const noTokens: ReadToken = () => undefined;
const fence = /```(?:[a-z0-9+#-]*\n)?([\s\S]*?)\n?```/giu;

export function drawMarkdown(text: string, readToken: ReadToken = noTokens): Html {
  const parts: Html[] = [];
  let from = 0;
  for (const found of text.matchAll(fence)) {
    parts.push(...lines(text.slice(from, found.index).replace(/\n$/u, ''), readToken));
    parts.push(tag('pre', escapeHtml(found[1] ?? '')));
    from = found.index + found[0].length;
    if (text[from] === '\n') from += 1;
  }
  parts.push(...lines(text.slice(from), readToken));
  return join(parts);
}

function lines(text: string, readToken: ReadToken): readonly Html[] {
  if (text === '') return [];
  return text.split('\n').map((line) => drawLine(line, readToken));
}

function drawLine(line: string, readToken: ReadToken): Html {
  const words = (rest: string): Html => drawInline(rest, readToken);
  const heading = /^#{1,3} (.+)$/u.exec(line);
  if (heading !== null) return tag('div', words(heading[1] ?? ''), 'heading');
  if (line.startsWith('-# ')) return tag('div', words(line.slice(3)), 'small');
  if (line.startsWith('> ')) return tag('blockquote', words(line.slice(2)));
  const item = /^(\s*)([-*]|\d+\.) (.*)$/u.exec(line);
  if (item !== null) {
    const [, indent = '', mark = '', rest = ''] = item;
    const left = String(12 + indent.length * 10);
    const bullet = /\d/u.test(mark) ? mark : '•';
    return html(`<div class="text" style="margin-left:${left}px">${escapeHtml(bullet)} ${words(rest)}</div>`);
  }
  return tag('div', line === '' ? html('&nbsp;') : words(line), 'text');
}

const pairs = [
  ['**', 'b'],
  ['__', 'u'],
  ['~~', 's'],
  ['*', 'em'],
  ['_', 'em'],
] as const;

/** From left to right: a backslash takes the next mark its meaning, a pair of marks frames what is between. */
function drawInline(text: string, readToken: ReadToken): Html {
  let shown = '';
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    // Halves of a pair may be written one after the other.
    const [piece, length] = pieceOf(rest, readToken) ?? [escapeHtml(rest.charAt(0)), 1];
    shown += piece;
    at += length;
  }
  return html(shown);
}

function pieceOf(rest: string, readToken: ReadToken): readonly [Html, number] | undefined {
  const escaped = /^\\([\\*_~|`#[\]()<>:@+\-.!])/u.exec(rest);
  if (escaped !== null) return [escapeHtml(escaped[1] ?? ''), 2];
  const code = /^`([^`\n]+)`/u.exec(rest);
  if (code !== null) return [tag('code', escapeHtml(code[1] ?? '')), code[0].length];
  const token = /^<([@#t][^<>\s]*)>/u.exec(rest);
  const read = token === null ? undefined : readToken(token[1] ?? '');
  if (token !== null && read !== undefined) return [read, token[0].length];
  const link = /^\[((?:\\.|[^\]\\])+)\]\(<?[^()\s]+?>?\)/u.exec(rest);
  if (link !== null) return [tag('u', drawInline(link[1] ?? '', readToken)), link[0].length];
  for (const [mark, name] of pairs) {
    if (!rest.startsWith(mark)) continue;
    const end = endOf(rest, mark);
    if (end > mark.length)
      return [tag(name, drawInline(rest.slice(mark.length, end), readToken)), end + mark.length];
  }
  return undefined;
}

/** Where the same mark stands again, unescaped; -1 without one. */
function endOf(text: string, mark: string): number {
  for (let at = mark.length; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text.startsWith(mark, at)) return at;
  }
  return -1;
}
