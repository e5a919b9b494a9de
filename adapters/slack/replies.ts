/**
 * Private answers. An interaction is acknowledged within three seconds; whatever takes longer follows by the address
 * that came with it, good for five answers in half an hour.
 */
import { pause } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';
import { AppError, describeError } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/logger.ts';
import { firstCharacters } from '../../src/core/first-characters.ts';
import type { SlackApi } from './api.ts';
import type { Block } from './blocks.ts';
import { escapeMrkdwn, richWithMoments } from './literal.ts';
import { toBlocks } from './rich-text.ts';
import type { RenderedMessage } from './render.ts';

/** Leaves half of the three seconds for the way to Slack. */
const answerWithinMs = 1_500;
/** A form must be opened within three seconds of the press, so what it asks must be known well before. */
const lookWithinMs = 800;
const followUpDelaysMs = [0, 500, 3_000];

export interface ReplyOptions {
  readonly api: SlackApi;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A sentence of the application: literal, with moments in the reader's zone. */
export function privateMessage(text: string): RenderedMessage {
  const shown = text === '' ? '…' : text;
  return {
    text: escapeMrkdwn(firstCharacters(shown, 1_000)),
    blocks: toBlocks([
      { type: 'rich_text_section', elements: richWithMoments(firstCharacters(shown, 8_000)) },
    ]),
  };
}

export function privateBlocks(text: string, blocks: readonly Block[]): RenderedMessage {
  return { text: escapeMrkdwn(firstCharacters(text === '' ? '…' : text, 1_000)), blocks };
}

/** What `work` resolves to when that is soon enough for the acknowledgement to wait for it; `late` otherwise. */
export async function soon<T>({ clock }: Pick<ReplyOptions, 'clock'>, work: Promise<T>): Promise<T | 'late'> {
  return Promise.race([work, pause(clock, answerWithinMs).then(() => 'late' as const)]);
}

/** The same for what must be known before a form can be opened. */
export async function inTimeForForm<T>(
  { clock }: Pick<ReplyOptions, 'clock'>,
  work: Promise<T>,
): Promise<T | 'late'> {
  return Promise.race([work, pause(clock, lookWithinMs).then(() => 'late' as const)]);
}

export interface ReplyTo {
  readonly url: string;
  /** The thread in which it appears. */
  readonly thread?: string;
  /** The private message that it takes the place of. */
  readonly isReplacement?: boolean;
}

/** Sends a private answer by an interaction's address. Never throws. */
export async function follow(options: ReplyOptions, to: ReplyTo, message: RenderedMessage): Promise<void> {
  const body = {
    response_type: 'ephemeral',
    replace_original: to.isReplacement === true,
    ...(to.thread !== undefined && to.isReplacement !== true && { thread_ts: to.thread }),
    ...message,
  };
  for (const delay of followUpDelaysMs) {
    await pause(options.clock, delay);
    try {
      await options.api.respond(to.url, body);
      return;
    } catch (error) {
      if (error instanceof AppError && error.isRetryable) continue;
      options.logger.warn('follow-up.failed', { why: describeError(error) });
      return;
    }
  }
  options.logger.warn('follow-up.failed', { why: 'Slack cannot be reached.' });
}

/** What a person reads about a fault; an operator finds the whole of it in the log. */
export function failureText(error: unknown, logger: Logger): string {
  logger.error('interaction.failed', { why: describeError(error) });
  return error instanceof AppError ? error.tell : 'Something went wrong here. An operator has been told.';
}
