/**
 * Messages to the bot: a mention opens a thread, a direct message or a word in a thread of ours goes on in it. In a
 * watched channel a message that matches opens one as well.
 *
 * One message may come as two events, a mention and a message, and each of them again and again. All have one key,
 * and what the sink has seen before it ignores. Nothing is ever dropped for being a retry: it may be the first copy
 * that arrives here.
 */
import type {
  InboundAccount,
  InboundSink,
  InboundText,
  PrivateAnswer,
  Watched,
} from '../../src/chat/adapter.ts';
import { findWatched } from '../../src/chat/watched.ts';
import type { Clock } from '../../src/core/clock.ts';
import { AppError, describeError } from '../../src/core/errors.ts';
import { sha256 } from '../../src/core/hash.ts';
import type { ChannelId, ThreadId } from '../../src/core/ids.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { After } from './acknowledged.ts';
import type { SlackApi } from './api.ts';
import { filesOf } from './files.ts';
import { sourceOf } from './history.ts';
import type { SlackHistory } from './history.ts';
import { changeSchema, messageSchema } from './payloads.ts';
import type { EventEnvelope, SlackMessage } from './payloads.ts';
import { accountOf, channelId, threadId } from './places.ts';
import type { Posts } from './posts.ts';
import type { Quotes } from './quotes.ts';
import { privateMessage } from './replies.ts';
import type { Users } from './users.ts';
import { namedIn, wordsOf } from './words.ts';

export interface Inbound {
  /** Resolves once the message is kept, or is none for the bot. Throws when it could not be kept. */
  message(envelope: EventEnvelope): Promise<After | undefined>;
}

export interface InboundOptions {
  readonly api: SlackApi;
  readonly posts: Posts;
  readonly users: Users;
  readonly quotes: Quotes;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly team: string;
  /** The bot's own account. */
  readonly me: string;
  readonly watched: readonly Watched[];
  listened(): readonly ChannelId[];
  readonly history: SlackHistory;
  readonly sink: InboundSink;
}

/** Ordinary messages; everything else is the platform's own talk, or an edit. */
const spokenSubtypes = new Set([undefined, 'file_share', 'thread_broadcast']);
const strangerPauseMs = 10 * 60_000;
const rememberedStrangers = 2_000;

export function createInbound(options: InboundOptions): Inbound {
  const { api, posts, clock, logger, team, me, watched, listened, sink } = options;
  const told = new Map<string, number>();

  const isWatched = (channel: ChannelId): boolean =>
    watched.some((one) => one.channel === channel && one.matches !== undefined);

  async function answer(
    message: SlackMessage,
    thread: ThreadId,
    { text, isRefusal }: PrivateAnswer,
  ): Promise<void> {
    if (!isRefusal) {
      await posts.say(thread, text, sha256(`answer ${thread} ${message.ts}`).slice(0, 24));
      return;
    }
    const user = message.user ?? '';
    const last = told.get(user);
    if (last !== undefined && clock.monotonicMs() - last < strangerPauseMs) return;
    if (told.size >= rememberedStrangers) told.clear();
    told.set(user, clock.monotonicMs());
    await api.call('chat.postEphemeral', {
      channel: message.channel,
      user,
      // Only a thread that is there can hold it: an opening message has none yet.
      ...(message.thread_ts !== undefined && { thread_ts: message.thread_ts }),
      ...privateMessage(text),
    });
  }

  async function hear(message: SlackMessage): Promise<void> {
    const said = await options.history.read({ ...message, reply_count: 0 }, message.channel);
    if (said !== undefined) await sink.heard({ kind: 'said', message: said });
  }

  /** What was learnt of a message follows it. */
  async function follow(event: EventEnvelope['event']): Promise<void> {
    const parsed = changeSchema.safeParse(event);
    if (!parsed.success) return;
    const { data } = parsed;
    if (data.subtype === 'message_deleted') {
      const gone = { ts: data.deleted_ts, root: data.previous_message?.thread_ts };
      await sink.heard({ kind: 'removed', ...sourceOf(team, data.channel, gone) });
      return;
    }
    if (data.message.subtype === 'tombstone') {
      // What opened a thread leaves a sign behind when it is deleted.
      const gone = { ts: data.message.ts, root: data.message.thread_ts };
      await sink.heard({ kind: 'removed', ...sourceOf(team, data.channel, gone) });
      return;
    }
    const said = await options.history.read(data.message, data.channel);
    if (said !== undefined) await sink.heard({ kind: 'changed', message: said });
  }

  return {
    async message(envelope) {
      await follow(envelope.event);
      const parsed = messageSchema.safeParse(envelope.event);
      if (!parsed.success) return undefined;
      const message = parsed.data;
      const { user, channel, ts, bot_id: bot, text } = message;
      const isPerson = user !== undefined && user !== me && (bot ?? undefined) === undefined;
      if (!isPerson || message.hidden === true || !spokenSubtypes.has(message.subtype)) return undefined;
      const from: InboundAccount = {
        platform: 'slack',
        // A stranger of another workspace is nobody here, whatever his number.
        account: accountOf(message.user_team ?? message.team ?? team, user),
      };
      const thread = threadId(team, channel, message.thread_ts ?? ts);
      const isDirect = message.channel_type === 'im';
      const isMention =
        message.type === 'app_mention' || text.includes(`<@${me}>`) || text.includes(`<@${me}|`);
      const isOpening = message.thread_ts === undefined;
      const isCalled = isDirect || isMention || (!isOpening && (await sink.isAddressed(thread, from)));
      const home = channelId(team, channel);
      if (!isCalled && !listened().includes(home) && !(isOpening && isWatched(home))) return undefined;
      const named = namedIn(text).filter((one) => one !== me);
      const names = new Map(
        await Promise.all(named.map(async (one) => [one, await options.users.nameOf(one)] as const)),
      );
      const quotes = await options.quotes.linked(text, channel);
      const files = filesOf(message, team);
      const inbound: InboundText = {
        key: `slack:${team}/${channel}/${ts}`,
        from,
        channel: home,
        thread,
        text: wordsOf(text, me, names, files.length > 0 ? 'Read what I attached.' : undefined),
        ...(quotes.length > 0 && { quotes }),
        ...(files.length > 0 && { files }),
      };
      if (listened().includes(inbound.channel)) await hear(message);
      if (!isCalled) {
        if (isOpening && findWatched(watched, inbound) !== undefined) await sink.notice(inbound);
        return undefined;
      }
      const said = await sink.message(inbound);
      if (said === undefined) return undefined;
      return () =>
        answer(message, thread, said).catch((error: unknown) => {
          const isExpected = error instanceof AppError && !error.isRetryable;
          logger[isExpected ? 'info' : 'warn']('answer.not-sent', { message: ts, why: describeError(error) });
        });
    },
  };
}
