/** What a person wrote in Slack, as plain words: links with their addresses, names instead of ids. */

const token = /<([^<>]*)>/gu;

/** Ids of the persons that a text names, each once. */
export function namedIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/<@([A-Z0-9]+)(?:\|[^<>]*)?>/gu)].map((match) => match[1] ?? ''))];
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
      if (target.startsWith('#')) return `#${label ?? target.slice(1)}`;
      if (target.startsWith('!')) return `@${label ?? target.slice(1)}`;
      const address = target.replace(/^mailto:/u, '');
      return label === undefined || label === address || label === target ? address : `${label} (${target})`;
    })
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();
  return words === '' ? silent : words;
}
