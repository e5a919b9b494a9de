/** A message as it stands on its platform, for whoever learns from it; and what becomes of one. */
import type { AttachedFile } from './attached-file.ts';
import type { ChannelId, ThreadId } from './ids.ts';

export interface SaidMessage {
  /** The platform's own id of it, with all that is needed to ask for it again: `slack:T01/C02/1700000000.000100`. */
  readonly source: string;
  /** Whose readers it has. */
  readonly channel: ChannelId;
  /** The thread that it opens or stands in. */
  readonly thread: ThreadId;
  /** Who wrote it, as people read it. */
  readonly by: string;
  /** The account that wrote it: `slack:T01/U02`. */
  readonly account: string;
  readonly at: number;
  /** Plain words. */
  readonly text: string;
  /** Where a person reads it. */
  readonly link: string;
  readonly files: readonly AttachedFile[];
  /** The platform does not show its words and files to the bot: that it is there, and when it was last edited, is known. */
  readonly hidden?: { readonly editedAt: number | undefined };
  /** Of a message that opened a thread: changes with each reply. Empty without replies. */
  readonly replies: string;
}

/** What a link or an id leads to. */
export type SaidPlace =
  | {
      readonly kind: 'message';
      readonly channel: ChannelId;
      readonly source: string;
      readonly thread: ThreadId;
    }
  | { readonly kind: 'thread'; readonly channel: ChannelId; readonly thread: ThreadId };

/** Somebody said something, changed it, or took it back. */
export type Heard =
  | { readonly kind: 'said' | 'changed'; readonly message: SaidMessage }
  | { readonly kind: 'removed'; readonly channel: ChannelId; readonly source: string };

/**
 * What was said before, asked of the platform. Apps' words are never among it. Throws `chat.unavailable` (try again
 * later) or `chat.refused`.
 */
export interface SaidHistory {
  /** Undefined for what is no link or id of this platform, or leads where the bot is not. */
  find(written: string): Promise<SaidPlace | undefined>;
  /** Undefined when it is not there any more. */
  readMessage(source: string): Promise<SaidMessage | undefined>;
  /** What opened the thread and every reply, oldest first; empty when it is not there. */
  readThread(thread: ThreadId): Promise<readonly SaidMessage[]>;
  /** Messages of a channel, newest first, those in threads left out; `next` asks for older ones. */
  readPage(
    channel: ChannelId,
    from?: string,
  ): Promise<{ readonly said: readonly SaidMessage[]; readonly next?: string }>;
}
