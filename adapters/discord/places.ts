/** Names of places: `discord:<guild>/<channel>` for channels and threads; `dm` stands for the guild of a direct message. */
import { asChannelId, asThreadId } from '../../src/core/ids.ts';
import type { ChannelId, ThreadId } from '../../src/core/ids.ts';

export const directMessages = 'dm';

export interface Place {
  /** A guild's id, or `dm`. */
  readonly guild: string;
  /** The channel or thread. */
  readonly channel: string;
}

export function threadId(guild: string | undefined, thread: string): ThreadId {
  return asThreadId(`discord:${guild ?? directMessages}/${thread}`);
}

export function channelId(guild: string | undefined, channel: string): ChannelId {
  return asChannelId(`discord:${guild ?? directMessages}/${channel}`);
}

/** The place of a channel's or thread's id; undefined for one of another surface. */
export function parsePlace(id: ThreadId | ChannelId): Place | undefined {
  const found = /^discord:(dm|\d+)\/(\d+)$/u.exec(id);
  const [, guild, channel] = found ?? [];
  return guild === undefined || channel === undefined ? undefined : { guild, channel };
}

/** Discord's ids are numbers in decimal. */
export function isSnowflake(text: string): boolean {
  return /^\d{1,20}$/u.test(text);
}

/** Threads of every sort, and those that only invited people read. */
const threadTypes = new Set([10, 11, 12]);
const privateThread = 12;

/**
 * The channel whose readers a thread has: its parent, or itself when it is private. Undefined for what is no thread.
 */
export function homeOfThread(channel: {
  readonly id: string;
  readonly type: number;
  readonly parent_id?: string | null | undefined;
}): string | undefined {
  if (!threadTypes.has(channel.type)) return undefined;
  return channel.type === privateThread ? channel.id : (channel.parent_id ?? channel.id);
}
