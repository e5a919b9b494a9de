/** Agent sessions and the older assistant threads: status lines, titles, suggested prompts; and files out. */
import { z } from 'zod';
import { checkThread } from './chat-methods.ts';
import {
  authorship,
  channelId,
  checkAuthorship,
  count,
  defineMethod,
  json,
  postableChannel,
  requireScopes,
  SlackRefusal,
  timestamp,
} from './web-api-method.ts';
import type { Method } from './web-api-method.ts';
import { fileJson } from './message-json.ts';
import { plainContent } from './workspace.ts';
import type { FakeFile, StoredMessage, Workspace } from './workspace.ts';

const place = { channel_id: channelId, thread_ts: timestamp };

function threadKey(workspace: Workspace, channel: string, threadTs: string | undefined): string {
  const { id } = postableChannel(workspace, channel);
  checkThread(workspace, id, threadTs);
  return `${id}/${threadTs ?? ''}`;
}

export const sessionMethods: Readonly<Record<string, Method>> = {
  'agents.sessions.setStatus': defineMethod({
    scopes: ['assistant:write'],
    arguments: {
      channel_id: channelId,
      thread_ts: timestamp.optional(),
      status: z.enum(['active', 'processing', 'suspended', 'closed']),
      title: z.string().min(1).max(200).optional(),
      initiator_user_id: z.string().min(1).optional(),
      ...authorship,
    },
    run(args, { workspace }) {
      checkAuthorship(workspace, args);
      const key = threadKey(workspace, args.channel_id, args.thread_ts);
      if (args.initiator_user_id !== undefined && !workspace.users.has(args.initiator_user_id))
        throw new SlackRefusal('user_not_found');
      const title = args.title ?? workspace.sessions.get(key)?.title;
      workspace.sessions.set(key, { status: args.status, title });
      const isUnstoppable = args.status === 'processing' && !workspace.events.has('agent_session_stopped');
      return isUnstoppable ? { warning: 'missing_agent_session_stopped_subscription' } : {};
    },
  }),

  'assistant.threads.setStatus': defineMethod({
    scopes: ['chat:write'],
    arguments: {
      ...place,
      status: z.string().max(300),
      loading_messages: json(z.array(z.string().min(1)).max(10)).optional(),
      ...authorship,
    },
    run(args, { workspace }) {
      checkAuthorship(workspace, args);
      const key = threadKey(workspace, args.channel_id, args.thread_ts);
      if (args.status === '') workspace.assistantStatus.delete(key);
      else workspace.assistantStatus.set(key, args.status);
      return {};
    },
  }),

  'assistant.threads.setSuggestedPrompts': defineMethod({
    scopes: ['assistant:write'],
    arguments: {
      ...place,
      thread_ts: timestamp.optional(),
      title: z.string().min(1).optional(),
      prompts: json(
        z
          .array(z.strictObject({ title: z.string().min(1), message: z.string().min(1) }))
          .min(1)
          .max(4),
      ),
    },
    run(args, { workspace }) {
      workspace.suggestedPrompts.set(threadKey(workspace, args.channel_id, args.thread_ts), args.prompts);
      return {};
    },
  }),

  'assistant.threads.setTitle': defineMethod({
    scopes: ['assistant:write'],
    arguments: { ...place, title: z.string().min(1).max(255) },
    run(args, { workspace }) {
      workspace.threadTitles.set(threadKey(workspace, args.channel_id, args.thread_ts), args.title);
      return {};
    },
  }),
};

/** Files announced by getUploadURLExternal: their bytes arrive at the address that it gave. */
export interface Upload {
  readonly id: string;
  readonly name: string;
  readonly length: number;
  content?: Buffer;
}

export function createFileMethods(uploads: Map<string, Upload>): Readonly<Record<string, Method>> {
  return {
    'files.info': defineMethod({
      scopes: ['files:read'],
      arguments: { file: z.string().min(1), cursor: z.string().optional(), limit: count.optional() },
      run(args, { workspace }) {
        const file = workspace.files.get(args.file);
        const isSeen = workspace.messages.some(
          (message) =>
            !message.isDeleted &&
            message.files.some(({ id }) => id === args.file) &&
            workspace.channels.get(message.channel)?.members.has(workspace.app.botUserId) === true,
        );
        if (file === undefined || !isSeen) throw new SlackRefusal('file_not_found');
        return { file: { ...fileJson(workspace, file), is_external: false } };
      },
    }),

    'files.getUploadURLExternal': defineMethod({
      scopes: ['files:write'],
      arguments: {
        filename: z.string().min(1),
        length: count,
        alt_txt: z.string().max(1000).optional(),
        snippet_type: z.string().optional(),
      },
      run(args, { workspace, base }) {
        if (args.length === 0) throw new SlackRefusal('invalid_arguments', { errors: ['length is 0'] });
        const id = workspace.nextId('F');
        uploads.set(id, { id, name: args.filename, length: args.length });
        return { upload_url: `${base}/upload/${id}`, file_id: id };
      },
    }),

    'files.completeUploadExternal': defineMethod({
      scopes: ['files:write'],
      arguments: {
        files: json(
          z
            .array(z.strictObject({ id: z.string(), title: z.string().optional() }))
            .min(1)
            .max(10),
        ),
        channel_id: z.string().optional(),
        channels: z.string().optional(),
        initial_comment: z.string().optional(),
        thread_ts: timestamp.optional(),
      },
      run(args, { workspace, events }) {
        const files = args.files.map(({ id, title }): FakeFile => {
          const upload = uploads.get(id);
          if (upload?.content === undefined) throw new SlackRefusal('file_not_found');
          if (upload.content.length !== upload.length) throw new SlackRefusal('file_upload_size_mismatch');
          const { name, content } = upload;
          return { id, name, title: title ?? name, mimetype: 'application/octet-stream', content };
        });
        const target = args.channel_id ?? args.channels;
        if (target !== undefined) {
          requireScopes(workspace, ['chat:write']);
          const channel = postableChannel(workspace, target);
          checkThread(workspace, channel.id, args.thread_ts);
          const message: StoredMessage = {
            ts: workspace.nextTs(),
            channel: channel.id,
            user: workspace.app.botUserId,
            ...(args.thread_ts !== undefined && { threadTs: args.thread_ts }),
            isBroadcast: false,
            versions: [plainContent(args.initial_comment ?? '')],
            files,
            reactions: [],
            isDeleted: false,
          };
          workspace.messages.push(message);
          events.posted(message);
        }
        for (const file of files) {
          workspace.files.set(file.id, file);
          uploads.delete(file.id);
        }
        return { files: files.map((file) => fileJson(workspace, file)) };
      },
    }),
  };
}
