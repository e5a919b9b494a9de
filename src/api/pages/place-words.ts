/** Channels that are none of the console's own, in words: the ids that platforms give them are for programs. */
export function placeWords(channel: string): string {
  if (channel.startsWith('console:')) return `# ${channel.slice('console:'.length)}`;
  if (/^(?:slack:[^/]+\/D|discord:dm\/)/u.test(channel)) return 'a direct message';
  return channel.startsWith('slack:') ? 'a Slack channel' : 'a Discord channel';
}
