/**
 * What was said and set while nobody was connected, looked up in each channel once the connection stands: mentions, and
 * in watched channels the words and reactions that start a workflow. Taking a thing twice is taking it once.
 */
import { z } from 'zod';
import type { Watched } from '../../src/chat/adapter.ts';
import type { Clock } from '../../src/core/clock.ts';
import { describeError } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { Inbound } from './inbound.ts';
import { channelId } from './places.ts';
import type { Reactions } from './reactions.ts';
import type { DiscordRest } from './rest.ts';

export interface CatchUp {
  /** Looks through the channels of a server that has just come into reach. Never throws. */
  catchUp(guild: unknown): Promise<void>;
}

export interface CatchUpOptions {
  readonly rest: DiscordRest;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly watched: readonly Watched[];
  readonly inbound: Inbound;
  readonly reactions: Reactions;
  me(): string;
}

/** What is older is no surprise when nothing comes of it. */
const catchUpMs = 15 * 60_000;
/** Discord counts its time from the first second of 2015; an id carries it above 22 bits. */
const discordEpochMs = 1_420_070_400_000;
/** The first of these whom the bot knows asks for the run. */
const mostWhoReacted = '25';

const recentChannel = z.object({ id: z.string(), last_message_id: z.string().nullish() });
const guildSchema = z.object({
  id: z.string(),
  channels: z.array(recentChannel).default([]),
  threads: z.array(recentChannel).default([]),
});
const messageList = z.array(
  z.looseObject({
    id: z.string(),
    mentions: z.array(z.object({ id: z.string() })),
    reactions: z.array(z.object({ emoji: z.object({ name: z.string().nullable() }) })).default([]),
  }),
);
const whoReacted = z.array(z.object({ id: z.string(), bot: z.boolean().optional() }));

export function createCatchUp(options: CatchUpOptions): CatchUp {
  const { rest, clock, logger, inbound, reactions } = options;

  async function lookInto(guild: string, room: string, isRecent: (id: string) => boolean): Promise<void> {
    const watched = options.watched.filter(({ channel }) => channel === channelId(guild, room));
    const found = messageList.parse(
      await rest.send('GET', `/channels/${room}/messages`, { query: { limit: '50' } }),
    );
    for (const message of found.filter(({ id }) => isRecent(id)).reverse()) {
      const isForUs = message.mentions.some((user) => user.id === options.me());
      if (isForUs || watched.length > 0) await inbound.late({ ...message, guild_id: guild });
      for (const { emoji } of message.reactions)
        if (emoji.name !== null && watched.some(({ reaction }) => reaction === emoji.name))
          await takeReaction(guild, room, message.id, emoji.name);
    }
  }

  async function takeReaction(guild: string, room: string, message: string, emoji: string): Promise<void> {
    const users = whoReacted.parse(
      await rest.send('GET', `/channels/${room}/messages/${message}/reactions/${encodeURIComponent(emoji)}`, {
        query: { limit: mostWhoReacted },
      }),
    );
    for (const user of users)
      await reactions.added({
        ...{ user_id: user.id, channel_id: room, message_id: message, guild_id: guild },
        emoji: { name: emoji },
        member: { user: { bot: user.bot === true } },
      });
  }

  return {
    async catchUp(payload) {
      const guild = guildSchema.safeParse(payload);
      if (!guild.success) return;
      const oldest = clock.now().getTime() - catchUpMs;
      const isRecent = (id: string): boolean => Number(BigInt(id) >> 22n) + discordEpochMs >= oldest;
      for (const { id, last_message_id: last } of [...guild.data.channels, ...guild.data.threads]) {
        if (typeof last !== 'string' || !isRecent(last)) continue;
        try {
          await lookInto(guild.data.id, id, isRecent);
        } catch (error) {
          logger.warn('catch-up.failed', { channel: id, why: describeError(error) });
        }
      }
    },
  };
}
