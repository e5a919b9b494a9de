/** What a person said, as words. */
import type { DiscordMessage } from './payloads.ts';

/** Without the bot's name, and with the names of others instead of their numbers. */
export function wordsOf({ content, mentions, attachments }: DiscordMessage, me: string): string {
  const names = new Map(
    mentions.map((user) => [user.id, user.global_name ?? user.username ?? user.id] as const),
  );
  const words = content
    .replace(new RegExp(`<@!?${me}>`, 'gu'), '')
    .replace(/<@!?(\d+)>/gu, (whole, account: string) => {
      const name = names.get(account);
      return name === undefined ? whole : `@${name}`;
    })
    .trim();
  if (words !== '') return words;
  return attachments.length > 0 ? 'Read what I attached.' : 'help';
}
