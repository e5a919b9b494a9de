/**
 * Who reads along in a channel. Discord says it for all channels of a server at once, so that a question about many of
 * them costs two calls.
 */
import { z } from 'zod';
import type { ChannelFacts } from '../../src/core/channel-facts.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { ChannelId } from '../../src/core/ids.ts';
import { directMessages, parsePlace } from './places.ts';
import { isRefusal, refusals } from './rest.ts';
import type { DiscordRest } from './rest.ts';

export type DescribeChannel = (channel: ChannelId) => Promise<ChannelFacts | undefined>;

/** Together with the minute that an answer counts elsewhere this stays below what people expect of a change. */
const sharedMs = 5_000;
const keptGuilds = 200;
const viewChannel = 1n << 10n;
const administrator = 1n << 3n;
const announcements = 5;
const privateThread = 12;

const bits = z
  .string()
  .regex(/^\d{1,30}$/u)
  .transform(BigInt);
const guildSchema = z.object({ roles: z.array(z.object({ id: z.string(), permissions: bits })) });
const channelSchema = z.object({
  id: z.string(),
  type: z.number(),
  name: z.string().nullish(),
  parent_id: z.string().nullish(),
  permission_overwrites: z.array(z.object({ id: z.string(), allow: bits, deny: bits })).default([]),
});
type Channel = z.infer<typeof channelSchema>;

interface Guild {
  /** What everybody on the server may do. */
  readonly everybody: bigint;
  readonly channels: ReadonlyMap<string, Channel>;
}

export function createDescribeChannel(rest: DiscordRest, clock: Clock): DescribeChannel {
  const guilds = new Map<string, { readonly at: number; readonly answer: Promise<Guild> }>();

  async function ask(guild: string): Promise<Guild> {
    const [{ roles }, channels] = await Promise.all([
      rest.send('GET', `/guilds/${guild}`).then((found) => guildSchema.parse(found)),
      rest.send('GET', `/guilds/${guild}/channels`).then((found) => z.array(channelSchema).parse(found)),
    ]);
    return {
      everybody: roles.find(({ id }) => id === guild)?.permissions ?? 0n,
      channels: new Map(channels.map((channel) => [channel.id, channel])),
    };
  }

  /** One question for all who ask within a moment. A failure is nobody's answer but theirs who waited for it. */
  function guildOf(guild: string): Promise<Guild> {
    const known = guilds.get(guild);
    if (known !== undefined && clock.monotonicMs() - known.at < sharedMs) return known.answer;
    if (guilds.size >= keptGuilds) guilds.clear();
    const mine = { at: clock.monotonicMs(), answer: ask(guild) };
    guilds.set(guild, mine);
    mine.answer.catch(() => {
      if (guilds.get(guild) === mine) guilds.delete(guild);
    });
    return mine.answer;
  }

  /** The channel that a thread's readers are those of; undefined for a private thread. */
  async function parentOf(thread: string): Promise<string | undefined> {
    const { type, parent_id: parent } = channelSchema.parse(await rest.send('GET', `/channels/${thread}`));
    return type === privateThread ? undefined : (parent ?? undefined);
  }

  async function describe(guild: string, channel: string): Promise<ChannelFacts> {
    const { everybody, channels } = await guildOf(guild);
    const id = channels.has(channel) ? channel : await parentOf(channel);
    const found = channels.get(id ?? '');
    if (found === undefined) return { isOpen: false, hasOutsiders: false };
    return {
      isOpen: mayEverybodyView(guild, everybody, found),
      // Other servers may follow it.
      hasOutsiders: found.type === announcements,
      ...(typeof found.name === 'string' && { name: found.name }),
    };
  }

  return async (channelId) => {
    const place = parsePlace(channelId);
    if (place === undefined) return undefined;
    if (place.guild === directMessages) return { isOpen: false, hasOutsiders: false };
    try {
      return await describe(place.guild, place.channel);
    } catch (error) {
      if (isRefusal(error, refusals.unknownChannel, refusals.unknownGuild, refusals.missingAccess))
        return undefined;
      throw error;
    }
  };
}

/** By the rights of `@everyone`, whose role has the server's own id. */
function mayEverybodyView(guild: string, everybody: bigint, channel: Channel): boolean {
  if ((everybody & administrator) !== 0n) return true;
  const own = channel.permission_overwrites.find(({ id }) => id === guild);
  const rights = (everybody & ~(own?.deny ?? 0n)) | (own?.allow ?? 0n);
  return (rights & viewChannel) !== 0n;
}
