/**
 * Literal text inside Discord's Markdown: nothing in it is markup, a mention or a link.
 *
 * `allowed_mentions` is what keeps a mention from pinging; escaping keeps it from looking like one.
 */
import { channelPhrase, channelTokens } from '../../src/core/channel-token.ts';

const marks = /[\\*_~|`#[\]()<>:@+-]/gu;
/** `1.` at the start of a line begins a list. */
const listNumber = /^(\s*\d+)([.)])/gmu;
const moment = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z`;
/** A moment, or a channel as the application names it: `#<server>/<channel>`. */
const special = new RegExp(`${moment}|${channelTokens.discord}|${channelTokens.slack}`, 'gu');

/** What a platform may break a line at. */
const lineBreak = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/u;

/** Escapes everything that Discord would read as markup. */
export function literal(text: string): string {
  return text
    .replace(marks, (mark) => `\\${mark}`)
    .replace(listNumber, '$1\\$2')
    .replace(/\\@(?=everyone|here)/giu, '\\@\u200B');
}

/** Literal text whose ISO moments become Discord's own date tokens, shown in each reader's zone, and channels their names. */
export function literalWithMoments(text: string): string {
  let from = 0;
  let shown = '';
  for (const found of text.matchAll(special)) {
    const token = found[0].startsWith('#') ? channelToken(found[0]) : dateToken(found[0]);
    if (token === undefined) continue;
    shown += literal(text.slice(from, found.index)) + token;
    from = found.index + found[0].length;
  }
  return shown + literal(text.slice(from));
}

/** Naming a channel pings nobody. */
function channelToken(name: string): string {
  const [, channel] = /^#\d+\/(\d+)$/u.exec(name) ?? [];
  return channel === undefined ? channelPhrase(name) : `<#${channel}>`;
}

function dateToken(iso: string): string | undefined {
  const ms = Date.parse(iso);
  return Number.isNaN(ms) ? undefined : `<t:${String(Math.floor(ms / 1_000))}:f>`;
}

/** Somebody's words under a line of ours: quoted line by line, so that none of them passes for one. */
export function quotedLines(text: string, shown: (line: string) => string = literal): string {
  return text
    .split(lineBreak)
    .map((line) => `> ${shown(line)}`)
    .join('\n');
}

/** The same on one line, for what stands in a heading or between words of ours. */
export function onOneLine(text: string): string {
  return text.split(lineBreak).join(' ');
}

export function hasLines(text: string): boolean {
  return lineBreak.test(text);
}

/** A value with its exact characters: a code block, or escaped text where a code block cannot hold it. */
export function codeValue(value: string): string {
  if (value.trim() === '') return value === '' ? '(empty)' : `\`${value}\``;
  // Discord has one sort of fence, so three backticks inside would end the block.
  const isFencing = value.includes('```') || value.startsWith('`') || value.endsWith('`');
  if (hasLines(value) && isFencing) return quotedLines(value);
  if (isFencing) return literal(value);
  if (hasLines(value) || value.length > 80) return `\`\`\`\n${value}\n\`\`\``;
  return value.includes('`') ? literal(value) : `\`${value}\``;
}
