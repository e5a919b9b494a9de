/**
 * Files of the bot in a thread: announced, sent to the address that Slack gives, then shown.
 *
 * Slack keeps no idempotency key for them, so a file is looked for by its name before it is shown again.
 */
import { z } from 'zod';
import { AppError, describeError } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { SlackApi } from './api.ts';
import type { Target } from './places.ts';

export interface Uploads {
  /**
   * Sends a file; undefined when Slack does not take it, which is logged: what is shown says so then. Throws
   * `chat.unavailable`.
   */
  begin(name: string, bytes: Buffer, alt?: string): Promise<ReadyFile | undefined>;
  /** True when a file of this name stands in the thread. Throws like `SlackApi.call`. */
  isShown(place: Target, name: string): Promise<boolean>;
}

export interface ReadyFile {
  /** Shows it in a thread, unless it is there already. Throws like `SlackApi.call`. */
  show(place: Target): Promise<void>;
}

const announced = z.object({ upload_url: z.url(), file_id: z.string() });
const replies = z.object({
  messages: z.array(
    z.object({
      user: z.string().optional(),
      files: z.array(z.object({ name: z.string().nullish() })).default([]),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
const pagesRead = 25;

export function createUploads(api: SlackApi, me: string, logger: Logger): Uploads {
  async function isShown({ channel, ts }: Target, name: string): Promise<boolean> {
    let cursor: string | undefined;
    for (let page = 0; page < pagesRead; page += 1) {
      const more = cursor === undefined || cursor === '' ? {} : { cursor };
      const answer = replies.parse(
        await (ts === undefined
          ? api.call('conversations.history', { channel, limit: 200, ...more })
          : api.call('conversations.replies', { channel, ts, limit: 200, ...more })),
      );
      const isMine = answer.messages.some(
        ({ user, files }) => user === me && files.some((file) => file.name === name),
      );
      if (isMine) return true;
      cursor = answer.response_metadata?.next_cursor;
      if (cursor === undefined || cursor === '') return false;
    }
    return false;
  }

  return {
    isShown,
    async begin(name, bytes, alt) {
      try {
        const place = announced.parse(
          await api.call('files.getUploadURLExternal', {
            ...{ filename: name, length: bytes.length },
            ...(alt !== undefined && { alt_txt: alt }),
          }),
        );
        await api.upload(place.upload_url, bytes);
        return {
          async show(where) {
            if (await isShown(where, name)) return;
            await api.call('files.completeUploadExternal', {
              files: [{ id: place.file_id, title: name }],
              channel_id: where.channel,
              thread_ts: where.ts,
            });
          },
        };
      } catch (error) {
        if (error instanceof AppError && error.isRetryable) throw error;
        logger.warn('file.not-sent', { name, why: describeError(error) });
        return undefined;
      }
    },
  };
}
