/**
 * Messages to the bot: a mention opens a thread, a direct message or a word in a thread of ours goes on in it.
 *
 * In a watched channel a message that matches opens a thread as well. What the sink has seen before it ignores, which
 * makes a second delivery harmless.
 */
import { z } from 'zod';
import type { InboundAccount, InboundSink, InboundText, Watched } from '../../src/chat/adapter.ts';
import { findWatched } from '../../src/chat/watched.ts';
import type { Clock } from '../../src/core/clock.ts';
import { describeError } from '../../src/core/errors.ts';
import { sha256 } from '../../src/core/hash.ts';
import type { Logger } from '../../src/core/logger.ts';
import { filesOf } from './files.ts';
import type { Homes } from './homes.ts';
import type { Keep } from './keep.ts';
import { messageSchema } from './payloads.ts';
import type { DiscordMessage } from './payloads.ts';
import { channelId, directMessages, threadId } from './places.ts';
import type { Posts } from './posts.ts';
import { wordsOf } from './words.ts';
import type { DiscordRest } from './rest.ts';

export interface Inbound {
  /** Takes a message that Discord delivered. Never throws. */
  message(payload: unknown): Promise<void>;
  /** Looks through what was said in these channels lately, for mentions that nobody received. Never throws. */
  catchUp(guild: unknown): Promise<void>;
}

export interface InboundOptions {
  readonly rest: DiscordRest;
  readonly posts: Posts;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly watched: readonly Watched[];
  readonly homeOf: Homes;
  readonly keep: Keep;
  sink(): InboundSink;
  me(): string;
}

/** A mention older than this is no surprise when it is not answered. */
const catchUpMs = 15 * 60_000;
const rememberedChannels = 2_000;
const strangerPauseMs = 10 * 60_000;
/** Discord counts its time from the first second of 2015; an id carries it above 22 bits. */
const discordEpochMs = 1_420_070_400_000;
/** Plain messages and replies; everything else is the platform's own talk. */
const spokenTypes = new Set([0, 19]);

const recentChannel = z.object({ id: z.string(), last_message_id: z.string().nullish() });
const guildSchema = z.object({
  id: z.string(),
  channels: z.array(recentChannel).default([]),
  threads: z.array(recentChannel).default([]),
});
const messageList = z.array(
  z.looseObject({ id: z.string(), mentions: z.array(z.object({ id: z.string() })) }),
);

export function createInbound(options: InboundOptions): Inbound {
  const { rest, posts, clock, logger, watched, homeOf, keep } = options;
  const told = new Map<string, number>();

  async function take(message: DiscordMessage, isLate: boolean): Promise<void> {
    const { author, guild_id: guild, channel_id: room } = message;
    const isPerson = author.bot !== true && author.system !== true && message.webhook_id === undefined;
    if (!isPerson || author.id === options.me() || !spokenTypes.has(message.type)) return;
    const isMention = message.mentions.some((user) => user.id === options.me());
    // Without the privileged intent, words that are not for the bot arrive empty.
    if (guild !== undefined && !isMention && message.content === '' && message.attachments.length === 0)
      return;
    const from: InboundAccount = { platform: 'discord', account: author.id };
    const home = guild === undefined ? undefined : await homeOf(room);
    const isOpening = guild !== undefined && home === undefined;
    const thread = threadId(guild, isOpening ? message.id : room);
    const text = wordsOf(message, options.me());
    if (guild !== undefined && !isMention) {
      if (isOpening) {
        const channel = channelId(guild, room);
        if (findWatched(watched, { channel, text }) === undefined) return;
        posts.expectThread(thread, { channel: room, title: text });
        const noticed = { key: keyOf(message), from, channel, thread, text };
        await keep(noticed.key, () => options.sink().notice(noticed));
        return;
      }
      if (!(await options.sink().isAddressed(thread, from))) return;
    }
    if (isOpening) posts.expectThread(thread, { channel: room, title: text });
    const files = filesOf(message);
    const inbound: InboundText = {
      key: keyOf(message),
      from,
      channel: channelId(guild, home ?? room),
      thread,
      text,
      ...(files.length > 0 && { files }),
    };
    const answer = await keep(inbound.key, () => options.sink().message(inbound));
    if (answer === undefined || isLate) return;
    if (answer.isRefusal) await tellPrivately(author.id, answer.text);
    else await posts.say(thread, answer.text, sha256(`answer ${message.id}`).slice(0, 24));
  }

  /** A message cannot be answered privately where it stands, so its writer gets a direct one; seldom, if he repeats. */
  async function tellPrivately(account: string, text: string): Promise<void> {
    const last = told.get(account);
    if (last !== undefined && clock.monotonicMs() - last < strangerPauseMs) return;
    if (told.size >= rememberedChannels) told.clear();
    told.set(account, clock.monotonicMs());
    const nonce = sha256(`told ${account} ${String(clock.now().getTime())}`).slice(0, 24);
    await posts.sayDirectly(account, text, nonce);
  }

  async function guarded(payload: unknown, isLate: boolean): Promise<void> {
    const parsed = messageSchema.safeParse(payload);
    if (!parsed.success) return;
    try {
      await take(parsed.data, isLate);
    } catch (error) {
      logger.error('message.failed', { message: parsed.data.id, why: describeError(error) });
    }
  }

  return {
    message: (payload) => guarded(payload, false),
    async catchUp(payload) {
      const guild = guildSchema.safeParse(payload);
      if (!guild.success) return;
      const oldest = clock.now().getTime() - catchUpMs;
      const isRecent = (id: string | null | undefined): boolean =>
        typeof id === 'string' && Number(BigInt(id) >> 22n) + discordEpochMs >= oldest;
      for (const { id, last_message_id: last } of [...guild.data.channels, ...guild.data.threads]) {
        if (!isRecent(last)) continue;
        try {
          const found = messageList.parse(
            await rest.send('GET', `/channels/${id}/messages`, { query: { limit: '50' } }),
          );
          const missed = found.filter(
            (entry) => isRecent(entry.id) && entry.mentions.some((user) => user.id === options.me()),
          );
          for (const entry of missed.reverse()) await guarded({ ...entry, guild_id: guild.data.id }, true);
        } catch (error) {
          logger.warn('catch-up.failed', { channel: id, why: describeError(error) });
        }
      }
    },
  };
}

function keyOf({ guild_id: guild, channel_id: room, id }: DiscordMessage): string {
  return `discord:${guild ?? directMessages}/${room}/${id}`;
}
