/**
 * Who reads along in a channel. Slack says it for all channels at once, so that a question about many of them costs
 * one call; for guests it is asked who is there, and only when the workspace has guests at all.
 */
import { z } from 'zod';
import type { ChannelFacts } from '../../src/core/channel-facts.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { ChannelId } from '../../src/core/ids.ts';
import { isRefusal } from './refusals.ts';
import type { SlackApi, SlackObject } from './api.ts';
import { parseChannel } from './places.ts';

export type DescribeChannel = (
  channel: ChannelId,
  as: 'source' | 'answer',
) => Promise<ChannelFacts | undefined>;

/** Together with the minute that an answer counts elsewhere this stays below what people expect of a change. */
const sharedMs = 5_000;
const pageSize = 1_000;
const mostPages = 20;

const cursor = z.object({ next_cursor: z.string().optional() }).optional();
const flag = z.boolean().default(false);
const channelSchema = z.object({
  id: z.string(),
  name: z.string().optional(),
  is_private: flag,
  is_im: flag,
  is_mpim: flag,
  is_shared: flag,
  is_ext_shared: flag,
  is_org_shared: flag,
  is_pending_ext_shared: flag,
});
type Channel = z.infer<typeof channelSchema>;
const channelPage = z.object({ channels: z.array(channelSchema), response_metadata: cursor });
const memberPage = z.object({ members: z.array(z.string()), response_metadata: cursor });
const userPage = z.object({
  members: z.array(
    z.object({
      id: z.string(),
      team_id: z.string().optional(),
      is_restricted: flag,
      is_ultra_restricted: flag,
      is_stranger: flag,
    }),
  ),
  response_metadata: cursor,
});

/** Who counts as a member of the workspace, and whether there is anybody else. */
interface Readers {
  readonly insiders: ReadonlySet<string>;
  readonly hasGuests: boolean;
}

export function createDescribeChannel(api: SlackApi, clock: Clock, team: string): DescribeChannel {
  /** Every entry of a paged answer; undefined when there are more than anybody should ask for. */
  async function readAll<Page extends { response_metadata?: z.infer<typeof cursor> }>(
    method: string,
    args: SlackObject,
    schema: z.ZodType<Page>,
  ): Promise<readonly Page[] | undefined> {
    const pages: Page[] = [];
    let next = '';
    for (let page = 0; page < mostPages; page += 1) {
      const answer = schema.parse(
        await api.call(method, { ...args, limit: pageSize, ...(next !== '' && { cursor: next }) }),
      );
      pages.push(answer);
      next = answer.response_metadata?.next_cursor ?? '';
      if (next === '') return pages;
    }
    return undefined;
  }

  const publicChannels = shared(clock, async () => {
    const pages = await readAll('conversations.list', { types: 'public_channel' }, channelPage);
    return new Map(pages?.flatMap((page) => page.channels.map((found) => [found.id, found] as const)));
  });

  const readers = shared(clock, async (): Promise<Readers> => {
    const pages = await readAll('users.list', {}, userPage);
    const all = pages?.flatMap((page) => page.members);
    const inside = (all ?? []).filter(
      (user) =>
        !user.is_restricted &&
        !user.is_ultra_restricted &&
        !user.is_stranger &&
        (user.team_id ?? team) === team,
    );
    return {
      insiders: new Set(inside.map(({ id }) => id)),
      hasGuests: all === undefined || inside.length < all.length,
    };
  });

  async function find(id: string): Promise<Channel | undefined> {
    const known = (await publicChannels()).get(id);
    if (known !== undefined) return known;
    try {
      const { channel } = z
        .object({ channel: channelSchema })
        .parse(await api.call('conversations.info', { channel: id }));
      return channel;
    } catch (error) {
      if (isRefusal(error, 'channel_not_found')) return undefined;
      throw error;
    }
  }

  async function hasOutsiders(channel: Channel): Promise<boolean> {
    if (channel.is_shared || channel.is_ext_shared || channel.is_org_shared || channel.is_pending_ext_shared)
      return true;
    const { insiders, hasGuests } = await readers();
    if (!hasGuests) return false;
    const pages = await readAll('conversations.members', { channel: channel.id }, memberPage);
    return pages?.every((page) => page.members.every((member) => insiders.has(member))) !== true;
  }

  return async (channelId, as) => {
    const place = parseChannel(channelId);
    if (place?.team !== team) return undefined;
    const channel = await find(place.channel);
    if (channel === undefined) return undefined;
    return {
      isOpen: !channel.is_private && !channel.is_im && !channel.is_mpim,
      // What a source's readers are does not matter for what it says.
      hasOutsiders: as === 'source' || (await hasOutsiders(channel)),
      ...(channel.name !== undefined && !channel.is_mpim && { name: channel.name }),
    };
  };
}

/** One question for all who ask within a moment. A failure is nobody's answer but theirs who waited for it. */
function shared<T>(clock: Clock, ask: () => Promise<T>): () => Promise<T> {
  let under: { readonly at: number; readonly answer: Promise<T> } | undefined;
  return () => {
    const now = clock.monotonicMs();
    if (under !== undefined && now - under.at < sharedMs) return under.answer;
    const answer = ask();
    const mine = { at: now, answer };
    under = mine;
    answer.catch(() => {
      if (under === mine) under = undefined;
    });
    return answer;
  };
}
