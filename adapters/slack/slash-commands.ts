/** Slack takes fifty commands of up to 32 characters, the slash among them; one is ours. */
import type { SlashCommandRules } from '../../src/chat/adapter.ts';

export const slackSlashCommands: SlashCommandRules = {
  name: /^[a-z0-9][a-z0-9_-]{0,30}$/u,
  most: 49,
  words: 'Slack takes 49 of them beside /countersign, by names of up to 31 small letters, digits, - and _',
};
