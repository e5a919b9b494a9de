/** A reaction on a message of a watched channel: what it stands on is read, and the workflow that waits for it begins. */
import { describeError } from '../../src/core/errors.ts';
import type { InboundOptions } from './inbound.ts';
import { messageSchema, reactionSchema } from './payloads.ts';
import { channelId, threadId } from './places.ts';
import { wordsOf } from './words.ts';

export interface Reactions {
  /** Takes a reaction that Discord delivered. Never throws. */
  added(payload: unknown): Promise<void>;
}

export function createReactions(options: InboundOptions): Reactions {
  const { rest, posts, logger, watched, homeOf, keep, me, sink } = options;

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
    await keep(notice.key, () => sink().notice(notice));
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
