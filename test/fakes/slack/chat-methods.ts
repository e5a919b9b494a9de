/** chat.*: posting, updating, deleting. Streams stand apart. */
import { z } from 'zod';
import {
  acceptContent,
  authorship,
  channelId,
  checkAuthorship,
  contentArguments,
  defineMethod,
  flag,
  json,
  postableChannel,
  SlackRefusal,
  timestamp,
  visibleChannel,
} from './web-api-method.ts';
import type { Method } from './web-api-method.ts';
import { messageJson } from './message-json.ts';
import { contentOf, findMessage } from './workspace.ts';
import type { StoredMessage, Workspace } from './workspace.ts';

export const metadata = z.strictObject({
  event_type: z.string().min(1).max(255),
  event_payload: z.record(z.string(), z.unknown()),
});

/** Slack opens a thread only under a message that stands in the channel itself. */
export function checkThread(workspace: Workspace, channel: string, threadTs: string | undefined): void {
  if (threadTs === undefined) return;
  const root = findMessage(workspace, channel, threadTs);
  if (root === undefined) throw new SlackRefusal('thread_not_found');
  if (root.threadTs !== undefined || root.ephemeralTo !== undefined)
    throw new SlackRefusal('cannot_reply_to_message');
}

export function ownMessage(
  workspace: Workspace,
  channel: string,
  ts: string,
  verb: 'update' | 'delete',
): StoredMessage {
  const message = findMessage(workspace, visibleChannel(workspace, channel).id, ts);
  if (message === undefined || message.ephemeralTo !== undefined) throw new SlackRefusal('message_not_found');
  if (message.user !== workspace.app.botUserId) throw new SlackRefusal(`cant_${verb}_message`);
  return message;
}

const posting = {
  channel: channelId,
  thread_ts: timestamp.optional(),
  ...contentArguments,
  ...authorship,
};

export const chatMethods: Readonly<Record<string, Method>> = {
  'chat.postMessage': defineMethod({
    scopes: ['chat:write'],
    arguments: {
      ...posting,
      reply_broadcast: flag.optional(),
      unfurl_links: flag.optional(),
      unfurl_media: flag.optional(),
      metadata: json(metadata).optional(),
    },
    run(args, { workspace, events }) {
      checkAuthorship(workspace, args);
      const channel = postableChannel(workspace, args.channel);
      checkThread(workspace, channel.id, args.thread_ts);
      const message: StoredMessage = {
        ts: workspace.nextTs(),
        channel: channel.id,
        user: workspace.app.botUserId,
        ...(args.thread_ts !== undefined && { threadTs: args.thread_ts }),
        isBroadcast: args.reply_broadcast ?? false,
        versions: [acceptContent(args, 40_000)],
        files: [],
        reactions: [],
        ...(args.metadata !== undefined && { metadata: args.metadata }),
        isDeleted: false,
      };
      workspace.messages.push(message);
      events.posted(message);
      return { channel: channel.id, ts: message.ts, message: messageJson(workspace, message) };
    },
  }),

  'chat.update': defineMethod({
    scopes: ['chat:write'],
    arguments: {
      channel: channelId,
      ts: timestamp,
      ...contentArguments,
      metadata: json(z.union([metadata, z.strictObject({})])).optional(),
      reply_broadcast: flag.optional(),
    },
    run(args, { workspace, events }) {
      const message = ownMessage(workspace, args.channel, args.ts, 'update');
      if (message.streamUntil !== undefined) throw new SlackRefusal('streaming_state_conflict');
      if (workspace.channels.get(message.channel)?.isArchived === true) throw new SlackRefusal('is_archived');
      const before = contentOf(message);
      const next = acceptContent(args, 4000, args.markdown_text === undefined ? before.blocks : []);
      message.versions.push(next);
      if (args.metadata !== undefined) {
        // An empty object takes the metadata away.
        const given = metadata.safeParse(args.metadata);
        if (given.success) message.metadata = given.data;
        else delete message.metadata;
      }
      events.edited(message);
      return {
        channel: message.channel,
        ts: message.ts,
        text: next.text,
        message: messageJson(workspace, message),
      };
    },
  }),

  'chat.delete': defineMethod({
    scopes: ['chat:write'],
    arguments: { channel: channelId, ts: timestamp },
    run(args, { workspace, events }) {
      const message = ownMessage(workspace, args.channel, args.ts, 'delete');
      events.deleted(message);
      message.isDeleted = true;
      return { channel: message.channel, ts: message.ts };
    },
  }),

  'chat.postEphemeral': defineMethod({
    scopes: ['chat:write'],
    arguments: { ...posting, user: z.string().min(1) },
    run(args, { workspace }) {
      checkAuthorship(workspace, args);
      const channel = postableChannel(workspace, args.channel);
      checkThread(workspace, channel.id, args.thread_ts);
      if (!channel.members.has(args.user)) throw new SlackRefusal('user_not_in_channel');
      const ts = workspace.nextTs();
      workspace.messages.push({
        ts,
        channel: channel.id,
        user: workspace.app.botUserId,
        ...(args.thread_ts !== undefined && { threadTs: args.thread_ts }),
        ephemeralTo: args.user,
        isBroadcast: false,
        versions: [acceptContent(args, 40_000)],
        files: [],
        reactions: [],
        isDeleted: false,
      });
      return { message_ts: ts };
    },
  }),
};
