/** A reaction on a message of a watched channel: what it stands on is read, and the workflow that waits for it begins. */
import { z } from 'zod';
import type { InboundSink, Watched } from '../../src/chat/adapter.ts';
import { findWatched } from '../../src/chat/watched.ts';
import type { SlackApi } from './api.ts';
import { accountOf, channelId, threadId } from './places.ts';
import type { Quotes } from './quotes.ts';

export interface Reactions {
  /** Resolves once what follows is kept. Throws when it could not be kept, or Slack cannot be asked. */
  added(event: unknown): Promise<void>;
}

export interface ReactionsOptions {
  readonly api: SlackApi;
  readonly quotes: Quotes;
  readonly team: string;
  /** The bot's own account. */
  readonly me: string;
  readonly watched: readonly Watched[];
  readonly sink: InboundSink;
}

const reactionSchema = z.object({
  user: z.string().min(1),
  reaction: z.string().min(1),
  item: z.object({ type: z.literal('message'), channel: z.string().min(1), ts: z.string().min(1) }),
});
const found = z.object({
  messages: z.array(
    z.object({
      ts: z.string(),
      thread_ts: z.string().optional(),
      user: z.string().optional(),
      text: z.string().default(''),
    }),
  ),
});

export function createReactions({ api, quotes, team, me, watched, sink }: ReactionsOptions): Reactions {
  return {
    async added(event) {
      const parsed = reactionSchema.safeParse(event);
      if (!parsed.success || parsed.data.user === me) return;
      const { user, item } = parsed.data;
      // A tone of skin is the same word.
      const reaction = parsed.data.reaction.replace(/::.*$/u, '');
      const channel = channelId(team, item.channel);
      const text = `Reacted with :${reaction}:`;
      if (findWatched(watched, { channel, text, reaction }) === undefined) return;
      const { messages } = found.parse(
        await api.call('conversations.replies', {
          ...{ channel: item.channel, ts: item.ts, oldest: item.ts, latest: item.ts },
          ...{ inclusive: true, limit: 10 },
        }),
      );
      const message = messages.find(({ ts }) => ts === item.ts);
      if (message === undefined || message.user === me) return;
      await sink.notice({
        // Whoever sets it first: the same reaction by others is the same request.
        key: `slack:${team}/${item.channel}/${item.ts}/${reaction}`,
        from: { platform: 'slack', account: accountOf(team, user) },
        channel,
        thread: threadId(team, item.channel, message.thread_ts ?? item.ts),
        text,
        quotes: [await quotes.of(message)],
        reaction,
      });
    },
  };
}
