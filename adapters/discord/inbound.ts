/**
 * Messages to the bot: a mention opens a thread, a direct message or a word in a thread of ours goes on in it.
 *
 * Discord does not repeat an event that was delivered, so a message that cannot be kept is tried again here. What the
 * sink has seen before it ignores, which makes a second delivery harmless.
 */
import { z } from 'zod';
import type { InboundAccount, InboundSink, InboundText, PrivateAnswer } from '../../src/chat/adapter.ts';
import { pause } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';
import { AppError, describeError } from '../../src/core/errors.ts';
import { sha256 } from '../../src/core/hash.ts';
import type { Logger } from '../../src/core/logger.ts';
import { filesOf } from './files.ts';
import { messageSchema } from './payloads.ts';
import type { DiscordMessage } from './payloads.ts';
import { channelId, directMessages, homeOfThread, threadId } from './places.ts';
import type { Posts } from './posts.ts';
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
  sink(): InboundSink;
  me(): string;
}

const keepDelaysMs = [500, 2_000, 10_000, 30_000];
/** A mention older than this is no surprise when it is not answered. */
const catchUpMs = 15 * 60_000;
const rememberedChannels = 2_000;
const strangerPauseMs = 10 * 60_000;
/** Discord counts its time from the first second of 2015; an id carries it above 22 bits. */
const discordEpochMs = 1_420_070_400_000;
/** Plain messages and replies; everything else is the platform's own talk. */
const spokenTypes = new Set([0, 19]);

const channelSchema = z.object({ id: z.string(), type: z.number(), parent_id: z.string().nullish() });
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
  const { rest, posts, clock, logger } = options;
  /** Of threads: the channel whose readers they have; undefined for what is no thread. */
  const homes = new Map<string, string | undefined>();
  const told = new Map<string, number>();

  async function homeOf(channel: string): Promise<string | undefined> {
    if (homes.has(channel)) return homes.get(channel);
    const found = homeOfThread(channelSchema.parse(await rest.send('GET', `/channels/${channel}`)));
    if (homes.size >= rememberedChannels) homes.clear();
    homes.set(channel, found);
    return found;
  }

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
    if (guild !== undefined && !isMention) {
      if (isOpening || !(await options.sink().isAddressed(thread, from))) return;
    }
    const text = wordsOf(message, options.me());
    if (isOpening) posts.expectThread(thread, { channel: room, title: text });
    const files = filesOf(message);
    const answer = await keep({
      key: `discord:${guild ?? directMessages}/${room}/${message.id}`,
      from,
      channel: channelId(guild, home ?? room),
      thread,
      text,
      ...(files.length > 0 && { files }),
    });
    if (answer === undefined || isLate) return;
    if (answer.isRefusal) await tellPrivately(author.id, answer.text);
    else await posts.say(thread, answer.text, sha256(`answer ${message.id}`).slice(0, 24));
  }

  async function keep(message: InboundText): Promise<PrivateAnswer | undefined> {
    for (const delay of [...keepDelaysMs, undefined]) {
      try {
        return await options.sink().message(message);
      } catch (error) {
        logger.warn('message.not-kept', { key: message.key, why: describeError(error) });
        const isFinal = delay === undefined || (error instanceof AppError && !error.isRetryable);
        if (isFinal)
          return { text: error instanceof AppError ? error.tell : 'I could not keep this.', isRefusal: true };
        await pause(clock, delay);
      }
    }
    return undefined;
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

/** What was said, without the bot's name, and with the names of others instead of their numbers. */
function wordsOf({ content, mentions, attachments }: DiscordMessage, me: string): string {
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
