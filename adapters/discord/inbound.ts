/**
 * Messages to the bot: a mention opens a thread, a direct message or a word in a thread of ours goes on in it.
 *
 * In a watched channel a message that matches opens a thread as well. What the sink has seen before it ignores, which
 * makes a second delivery harmless.
 */
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
  /** Takes one that nobody received when it was said: nobody hears that it was refused. Never throws. */
  late(payload: unknown): Promise<void>;
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

const rememberedChannels = 2_000;
const strangerPauseMs = 10 * 60_000;
/** Plain messages and replies; everything else is the platform's own talk. */
const spokenTypes = new Set([0, 19]);

export function createInbound(options: InboundOptions): Inbound {
  const { posts, clock, logger, watched, homeOf, keep } = options;
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
    late: (payload) => guarded(payload, true),
  };
}

function keyOf({ guild_id: guild, channel_id: room, id }: DiscordMessage): string {
  return `discord:${guild ?? directMessages}/${room}/${id}`;
}
