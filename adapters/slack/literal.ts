/**
 * Literal text for Slack: nothing in it is markup, a mention or a link.
 *
 * In `rich_text` a text is literal by itself and a mention would be an element of its own; only `mrkdwn` needs
 * escaping. ISO moments become Slack's date tokens, shown in each reader's zone, and channels their names. Slack writes
 * «today at 10:43», so an «at» in front of a moment goes into its token.
 */
import { channelPhrase, channelTokens } from '../../src/core/channel-token.ts';
import { firstCharacters } from '../../src/core/first-characters.ts';
import type { RichInline, TextStyle } from './blocks.ts';

const moment = String.raw`(?:\bat )?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z`;
/** A moment, or a channel as the application names it: `#T01/C12`. */
const special = new RegExp(`${moment}|${channelTokens.slack}|${channelTokens.discord}`, 'gu');
const dateFormat = '{date_short_pretty} at {time}';

/** What `&`, `<` and `>` begin in mrkdwn, also inside code, is taken from them. */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Literal mrkdwn whose moments are shown in the reader's zone. */
export function mrkdwnWithMoments(text: string): string {
  return pieces(text)
    .map((piece) => {
      switch (piece.kind) {
        case 'text':
          return escapeMrkdwn(piece.text);
        case 'moment':
          return `<!date^${String(piece.seconds)}^${dateFormat}|${piece.text}>`;
        case 'channel':
          return `<#${piece.channel}>`;
        default:
          return piece satisfies never;
      }
    })
    .join('');
}

/** Literal rich text whose moments are shown in the reader's zone. Empty for an empty text. */
export function richWithMoments(text: string, style?: TextStyle): readonly RichInline[] {
  return pieces(text).map((piece) => {
    switch (piece.kind) {
      case 'text':
        return { type: 'text', text: piece.text, ...(style !== undefined && { style }) };
      case 'moment':
        return { type: 'date', timestamp: piece.seconds, format: dateFormat, fallback: piece.text };
      case 'channel':
        return { type: 'channel', channel_id: piece.channel };
      default:
        return piece satisfies never;
    }
  });
}

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'moment'; readonly text: string; readonly seconds: number }
  | { readonly kind: 'channel'; readonly channel: string };

function pieces(text: string): readonly Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(special)) {
    const piece = match[0].startsWith('#') ? channelPiece(match[0]) : momentPiece(match[0]);
    if (piece === undefined) continue;
    if (match.index > from) found.push({ kind: 'text', text: text.slice(from, match.index) });
    found.push(piece);
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push({ kind: 'text', text: text.slice(from) });
  return found;
}

function momentPiece(text: string): Piece | undefined {
  const ms = Date.parse(text.replace(/^at /u, ''));
  // The token's timestamp is positive seconds.
  return Number.isNaN(ms) || ms < 1_000
    ? undefined
    : { kind: 'moment', text, seconds: Math.floor(ms / 1_000) };
}

function channelPiece(text: string): Piece {
  const [, channel] = /^#T[A-Z0-9]+\/([CG][A-Z0-9]+)$/u.exec(text) ?? [];
  return channel === undefined ? { kind: 'text', text: channelPhrase(text) } : { kind: 'channel', channel };
}

/** At most `count` characters; what was cut is marked. */
export function inShort(text: string, count: number): string {
  return text.length <= count ? text : `${firstCharacters(text, count - 1)}…`;
}

/** A text in pieces of at most `size` characters, cut at line breaks where there are any. */
export function inPieces(text: string, size: number): readonly string[] {
  const found: string[] = [];
  let rest = text;
  while (rest.length > size) {
    const start = firstCharacters(rest, size);
    const end = start.lastIndexOf('\n');
    const piece = end > size / 2 ? start.slice(0, end + 1) : start;
    found.push(piece);
    rest = rest.slice(piece.length);
  }
  if (rest !== '') found.push(rest);
  return found;
}
