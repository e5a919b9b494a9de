/** chat.startStream, appendStream, stopStream. A stream dies five minutes after it began, appended to or not. */
import { z } from 'zod';
import { taskStatus, urlSource } from './blocks.ts';
import { checkThread, metadata, ownMessage } from './chat-methods.ts';
import {
  acceptBlocks,
  authorship,
  channelId,
  checkAuthorship,
  defineMethod,
  json,
  postableChannel,
  SlackRefusal,
  timestamp,
} from './web-api-method.ts';
import type { Method } from './web-api-method.ts';
import { contentOf, plainContent } from './workspace.ts';
import type { StoredMessage, Workspace } from './workspace.ts';

const streamLifeMs = 5 * 60_000;
const markdownText = z.string().max(12_000).optional();
const chunks = json(
  z.array(
    z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('markdown_text'), text: z.string().min(1).max(12_000) }),
      z.strictObject({
        type: z.literal('task_update'),
        id: z.string().min(1),
        title: z.string().min(1),
        status: taskStatus,
        details: z.string().optional(),
        output: z.string().optional(),
        sources: z.array(urlSource).optional(),
      }),
      z.strictObject({ type: z.literal('plan_update'), title: z.string().min(1) }),
      z.strictObject({ type: z.literal('blocks'), blocks: z.unknown() }),
    ]),
  ),
).optional();

interface Piece {
  readonly markdown_text?: string | undefined;
  readonly chunks?: z.infer<typeof chunks>;
  readonly blocks?: unknown;
}

function append(message: StoredMessage, piece: Piece): void {
  const before = contentOf(message);
  let { text } = before;
  const blocks = [...before.blocks];
  text += piece.markdown_text ?? '';
  for (const chunk of piece.chunks ?? []) {
    switch (chunk.type) {
      case 'markdown_text':
        text += chunk.text;
        break;
      case 'task_update':
        text += `\n[${chunk.status}] ${chunk.title}`;
        break;
      case 'plan_update':
        text += `\n${chunk.title}`;
        break;
      case 'blocks':
        blocks.push(...acceptBlocks(chunk.blocks));
        break;
      default:
        chunk satisfies never;
    }
  }
  const last = acceptBlocks(piece.blocks);
  if (blocks.length > 50) throw new SlackRefusal('msg_blocks_too_long');
  if (text.length > 12_000) throw new SlackRefusal('msg_too_long');
  // Streamed text has no flag against unfolding; a link in it stays plain.
  message.versions.push({ ...before, text, blocks: [...blocks, ...last], isMarkdown: true });
}

function openStream(workspace: Workspace, channel: string, ts: string): StoredMessage {
  const message = ownMessage(workspace, channel, ts, 'update');
  const { streamUntil } = message;
  if (streamUntil === undefined || workspace.clock.monotonicMs() >= streamUntil) {
    message.streamUntil = undefined;
    throw new SlackRefusal('message_not_in_streaming_state');
  }
  return message;
}

export const streamMethods: Readonly<Record<string, Method>> = {
  'chat.startStream': defineMethod({
    scopes: ['chat:write'],
    arguments: {
      channel: channelId,
      thread_ts: timestamp,
      markdown_text: markdownText,
      chunks,
      recipient_team_id: z.string().min(1).optional(),
      recipient_user_id: z.string().min(1).optional(),
      task_display_mode: z.enum(['timeline', 'plan']).optional(),
      ...authorship,
    },
    run(args, { workspace }) {
      checkAuthorship(workspace, args);
      const channel = postableChannel(workspace, args.channel);
      if (channel.kind !== 'im') {
        if (args.recipient_user_id === undefined) throw new SlackRefusal('missing_recipient_user_id');
        if (args.recipient_team_id === undefined) throw new SlackRefusal('missing_recipient_team_id');
        if (!channel.members.has(args.recipient_user_id)) throw new SlackRefusal('user_not_found');
      }
      checkThread(workspace, channel.id, args.thread_ts);
      const message: StoredMessage = {
        ts: workspace.nextTs(),
        channel: channel.id,
        user: workspace.app.botUserId,
        threadTs: args.thread_ts,
        isBroadcast: false,
        versions: [{ ...plainContent(''), isMarkdown: true }],
        files: [],
        reactions: [],
        isDeleted: false,
        streamUntil: workspace.clock.monotonicMs() + streamLifeMs,
      };
      append(message, args);
      workspace.messages.push(message);
      return { channel: channel.id, ts: message.ts };
    },
  }),

  'chat.appendStream': defineMethod({
    scopes: ['chat:write'],
    arguments: { channel: channelId, ts: timestamp, markdown_text: markdownText, chunks },
    run(args, { workspace }) {
      const message = openStream(workspace, args.channel, args.ts);
      if ((args.markdown_text ?? '') === '' && (args.chunks ?? []).length === 0)
        throw new SlackRefusal('no_text');
      append(message, args);
      return { channel: message.channel, ts: message.ts };
    },
  }),

  'chat.stopStream': defineMethod({
    scopes: ['chat:write'],
    arguments: {
      channel: channelId,
      ts: timestamp,
      markdown_text: markdownText,
      chunks,
      blocks: json(z.unknown()).optional(),
      metadata: json(metadata).optional(),
      session_status: z.enum(['active', 'processing', 'suspended', 'closed']).optional(),
    },
    run(args, { workspace, events }) {
      const message = openStream(workspace, args.channel, args.ts);
      append(message, args);
      message.streamUntil = undefined;
      if (args.metadata !== undefined) message.metadata = args.metadata;
      if (args.session_status !== undefined) {
        const key = `${message.channel}/${message.threadTs ?? ''}`;
        workspace.sessions.set(key, { ...workspace.sessions.get(key), status: args.session_status });
      }
      events.posted(message);
      return { channel: message.channel, ts: message.ts };
    },
  }),
};
