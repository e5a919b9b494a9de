/** Which of some accounts are in a channel: who is not reads what is asked there only when told directly. */
import { z } from 'zod';
import type { ChannelId } from '../../src/core/ids.ts';
import type { SlackApi } from './api.ts';
import { parseChannel, userOf } from './places.ts';

const pageSize = 1_000;
const mostPages = 20;

const memberPage = z.object({
  members: z.array(z.string()),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

export async function readersAmong(
  api: SlackApi,
  team: string,
  channel: ChannelId,
  accounts: readonly string[],
): Promise<readonly string[]> {
  const place = parseChannel(channel);
  if (place?.team !== team) return [];
  const missing = new Map(accounts.map((account) => [userOf(account, team), account]));
  const found: string[] = [];
  let cursor = '';
  for (let page = 0; page < mostPages; page += 1) {
    const answer = memberPage.parse(
      await api.call('conversations.members', {
        channel: place.channel,
        limit: pageSize,
        ...(cursor !== '' && { cursor }),
      }),
    );
    for (const member of answer.members) {
      const account = missing.get(member);
      if (account !== undefined) found.push(account);
    }
    cursor = answer.response_metadata?.next_cursor ?? '';
    if (cursor === '' || found.length === accounts.length) break;
  }
  return found;
}
