/** A reaction on a message of a watched channel: what it stands on is read, and the workflow that waits for it begins. */
import type { InboundSink, Watched } from '../../src/chat/adapter.ts';
import type { Clock } from '../../src/core/clock.ts';
import { describeError } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/logger.ts';
import { createHomes } from './homes.ts';
import { createKeep } from './keep.ts';
import { messageSchema, reactionSchema } from './payloads.ts';
import { channelId, threadId } from './places.ts';
import type { Posts } from './posts.ts';
import type { DiscordRest } from './rest.ts';
import { wordsOf } from './words.ts';

export interface Reactions {
  /** Takes a reaction that Discord delivered. Never throws. */
  added(payload: unknown): Promise<void>;
}

export interface ReactionsOptions {
  readonly rest: DiscordRest;
  readonly posts: Posts;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly watched: readonly Watched[];
  sink(): InboundSink;
  me(): string;
}

export function createReactions(options: ReactionsOptions): Reactions {
  const { rest, posts, clock, logger, watched, me, sink } = options;
  const homeOf = createHomes(rest);
  const keep = createKeep(clock, logger);

  async function take(payload: unknown): Promise<void> {
    const parsed = reactionSchema.safeParse(payload);
    if (!parsed.success || parsed.data.user_id === me() || parsed.data.member?.user.bot === true) return;
    const { user_id: account, channel_id: room, message_id: id, guild_id: guild, emoji } = parsed.data;
    const wanted = watched.filter((one) => one.reaction === emoji.name);
    if (wanted.length === 0) return;
    const home = await homeOf(room);
    const channel = channelId(guild, home ?? room);
    if (!wanted.some((one) => one.channel === channel)) return;
    const message = messageSchema.parse(await rest.send('GET', `/channels/${room}/messages/${id}`));
    if (message.author.id === me()) return;
    const words = message.content.trim() === '' ? '(no words)' : wordsOf(message, me());
    const thread = threadId(guild, home === undefined ? id : room);
    if (home === undefined) posts.expectThread(thread, { channel: room, title: words });
    const notice = {
      // Whoever sets it first: the same reaction by others is the same request.
      key: `discord:${guild}/${room}/${id}/${emoji.name}`,
      from: { platform: 'discord' as const, account },
      ...{ channel, thread, text: `Reacted with ${emoji.name}`, reaction: emoji.name },
      quotes: [
        { by: message.author.global_name ?? message.author.username ?? message.author.id, text: words },
      ],
    };
    await keep(notice.key, async () => {
      await sink().notice(notice);
      return undefined;
    });
  }

  return {
    async added(payload) {
      try {
        await take(payload);
      } catch (error) {
        logger.error('reaction.failed', { why: describeError(error) });
      }
    },
  };
}
