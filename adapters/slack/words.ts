/** What a person wrote in Slack, as plain words: links with their addresses, names instead of ids. */
import type { ChannelId } from '../../src/core/ids.ts';
import { channelId } from './places.ts';

/**
 * Names, channels, broadcasts and links. What else stands between `<` and `>` was typed like that: a condition in a
 * command, say, which not every client escapes.
 */
const token = /<([@#!][^<>\s]*(?:\|[^<>]*)?|[a-z][a-z0-9+.-]*:[^<>|\s]+(?:\|[^<>]*)?)>/giu;

/** Ids of the persons that a text names, each once. */
export function namedIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/<@([A-Z0-9]+)(?:\|[^<>]*)?>/gu)].map((match) => match[1] ?? ''))];
}

/** The channels that a text names, by what `wordsOf` makes of them. */
export function placesIn(text: string, team: string): ReadonlyMap<string, ChannelId> {
  return new Map(
    [...text.matchAll(/<#([A-Z0-9]+)(?:\|([^<>]*))?>/gu)].map(([, id = '', label = '']) => [
      label === '' ? id : label,
      channelId(team, id),
    ]),
  );
}

/** The words without the bot's own name; `silent` when nothing else was said. */
export function wordsOf(
  text: string,
  me: string,
  names: ReadonlyMap<string, string>,
  silent = 'help',
): string {
  const words = text
    .replaceAll(new RegExp(`<@${me}(?:\\|[^<>]*)?>`, 'gu'), '')
    .replace(token, (_whole, inner: string) => {
      const bar = inner.indexOf('|');
      const target = bar < 0 ? inner : inner.slice(0, bar);
      const label = bar < 0 ? undefined : inner.slice(bar + 1);
      if (target.startsWith('@')) return `@${label ?? names.get(target.slice(1)) ?? target.slice(1)}`;
      if (target.startsWith('#')) return `#${label === undefined || label === '' ? target.slice(1) : label}`;
      if (target.startsWith('!')) return `@${label ?? target.slice(1)}`;
      const address = target.replace(/^mailto:/u, '');
      if (label === undefined || label === address || label === target) return address;
      // Slack makes a link of `acme.com` by itself; its person typed the name alone.
      return target.replace(/^(?:https?:\/\/|tel:)/u, '') === label ? label : `${label} (${target})`;
    })
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();
  return words === '' ? silent : words;
}
