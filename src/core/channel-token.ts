/**
 * A channel in a sentence that several surfaces show: on its own platform it reads as people call it there, and nowhere
 * as an id. Pure.
 *
 * In the text it is a token, `#T01/C12` or `#<server>/<channel>`, like the ISO moments beside it. A conversation of two
 * has no name that others could read.
 */
import { isDirectPlace } from './direct-place.ts';
import type { ChannelId, ThreadId } from './ids.ts';
import { surfaceOf } from './surface-of.ts';

/** Patterns of the tokens, by the platform that knows the name. */
export const channelTokens = {
  slack: '#T[A-Z0-9]+/[CDG][A-Z0-9]+(?![A-Z0-9])',
  discord: String.raw`#(?:dm|\d{17,20})/\d{17,20}(?!\d)`,
} as const;

const anyToken = new RegExp(`${channelTokens.slack}|${channelTokens.discord}`, 'gu');
const direct = 'a direct message';

/** `#finance`, the token of a platform's channel, or of that of a thread; «a direct message» for a conversation of two. */
export function nameChannel(place: ChannelId | ThreadId): string {
  if (isDirectPlace(place)) return direct;
  const surface = surfaceOf(place);
  const [first = '', second = ''] = place.slice(surface.length + 1).split('/');
  return surface === 'console' ? `#${first}` : `#${first}/${second}`;
}

/** A platform's channel where its name is not known. */
export function channelPhrase(token: string): string {
  if (/^#dm\/|\/D/u.test(token)) return direct;
  return token.startsWith('#T') ? 'a Slack channel' : 'a Discord channel';
}

/** The text for a surface that knows no platform's names. */
export function withoutChannelTokens(text: string): string {
  return text.includes('#') ? text.replace(anyToken, channelPhrase) : text;
}
