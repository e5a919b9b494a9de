/**
 * An answer while it is written: Slack's own stream where it takes one, else a message that is edited.
 *
 * A stream ends by itself five minutes after it began; from then on its message is edited. Streams are few a minute and
 * workspace, so under load answers come whole.
 */
import { z } from 'zod';
import type { Draft } from '../../src/chat/adapter.ts';
import type { DraftSurface } from '../../src/chat/drafts.ts';
import type { Clock } from '../../src/core/clock.ts';
import { describeError } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/logger.ts';
import { isRefusal, SlackRefusal } from './refusals.ts';
import type { SlackApi } from './api.ts';
import { parsePlace, userOf } from './places.ts';
import type { Posts } from './posts.ts';

export interface DraftMessage {
  readonly channel: string;
  readonly ts: string;
  isStream: boolean;
  editedAt: number;
}

export interface DraftMessagesOptions {
  readonly api: SlackApi;
  readonly posts: Posts;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly team: string;
}

/** Below Slack's own 20 a minute, which stopping shares with nobody. */
const begunAMinute = 15;
const grownAMinute = 80;
const editEveryMs = 3_000;
/** A stream takes 12,000 characters in all. */
const mostCharacters = 10_000;
const minuteMs = 60_000;

const posted = z.object({ ts: z.string() });

export function createDraftMessages(options: DraftMessagesOptions): DraftSurface<DraftMessage> {
  const { api, posts, clock, logger, team } = options;
  const mayBegin = atMost(clock, begunAMinute);
  const mayGrow = atMost(clock, grownAMinute);

  function failed(error: unknown): false {
    logger.info('draft.failed', { why: describeError(error) });
    return false;
  }

  async function startStream(
    channel: string,
    thread: string,
    { text, to }: Draft,
  ): Promise<string | undefined> {
    const user = to === undefined ? undefined : userOf(to, team);
    // In a channel Slack wants to know for whom the stream is.
    if (user === undefined && !channel.startsWith('D')) return undefined;
    try {
      const answer = await api.call('chat.startStream', {
        channel,
        thread_ts: thread,
        markdown_text: inertMarkdown(text),
        ...(user !== undefined && { recipient_user_id: user, recipient_team_id: team }),
      });
      return posted.parse(answer).ts;
    } catch (error) {
      if (!(error instanceof SlackRefusal)) throw error;
      failed(error);
      return undefined;
    }
  }

  async function stopStream(channel: string, ts: string): Promise<void> {
    try {
      await api.call('chat.stopStream', { channel, ts });
    } catch (error) {
      if (!isRefusal(error, 'message_not_in_streaming_state')) failed(error);
    }
  }

  async function edit(message: DraftMessage, text: string): Promise<boolean> {
    if (clock.monotonicMs() - message.editedAt < editEveryMs) return true;
    message.editedAt = clock.monotonicMs();
    await posts.show(message.channel, message.ts, text);
    return true;
  }

  return {
    async begin(thread, draft) {
      const place = parsePlace(thread);
      if (place?.team !== team || draft.text.length > mostCharacters || !mayBegin()) return undefined;
      const { channel, ts: root } = place;
      try {
        const streamed = await startStream(channel, root, draft);
        const ts = streamed ?? (await posts.write(thread, draft.text));
        return { channel, ts, isStream: streamed !== undefined, editedAt: clock.monotonicMs() };
      } catch (error) {
        failed(error);
        return undefined;
      }
    },
    async grow(message, text, shown) {
      if (text.length > mostCharacters || !mayGrow()) return text.length <= mostCharacters;
      try {
        if (!message.isStream) return await edit(message, text);
        const more = inertMarkdown(text).slice(inertMarkdown(shown).length);
        await api.call('chat.appendStream', {
          channel: message.channel,
          ts: message.ts,
          markdown_text: more,
        });
        return true;
      } catch (error) {
        if (!isRefusal(error, 'message_not_in_streaming_state')) return failed(error);
        message.isStream = false;
        return true;
      }
    },
    async close(message) {
      if (!message.isStream) return;
      message.isStream = false;
      await stopStream(message.channel, message.ts);
    },
    async remove({ channel, ts }) {
      try {
        await posts.remove(channel, ts);
      } catch (error) {
        failed(error);
      }
    },
    async clear(thread) {
      const place = parsePlace(thread);
      if (place?.team !== team) return true;
      try {
        for (const ts of await posts.findUnmarked(thread)) {
          await stopStream(place.channel, ts);
          await posts.remove(place.channel, ts);
        }
        return true;
      } catch (error) {
        return failed(error);
      }
    },
  };
}

/**
 * Words in which nothing is live: no names, no links, no addresses to unfold. What is put in stands behind the
 * character it belongs to, so the beginning of a longer text is the same as the shorter one.
 */
export function inertMarkdown(text: string): string {
  return text
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replaceAll('@', '@\u200b')
    .replaceAll('[', '[\u200b')
    .replaceAll(']', ']\u200b')
    .replaceAll(':', ':\u200b');
}

/** True so many times a minute. */
function atMost(clock: Clock, times: number): () => boolean {
  const taken: number[] = [];
  return () => {
    const now = clock.monotonicMs();
    while ((taken[0] ?? now) <= now - minuteMs) taken.shift();
    if (taken.length >= times) return false;
    taken.push(now);
    return true;
  };
}
