/** Messages and files as the Web API and events show them. */
import { contentOf } from './workspace.ts';
import type { FakeFile, StoredMessage, Workspace } from './workspace.ts';

export function messageJson(workspace: Workspace, message: StoredMessage): Record<string, unknown> {
  const shown = shownJson(workspace, message);
  return message.isDeleted ? { ...shown, ...tombstone, files: [], blocks: [] } : shown;
}

/** What stands in the place of a deleted message that opened a thread. */
export const tombstone = { subtype: 'tombstone', user: 'USLACKBOT', text: 'This message was deleted.' };

function shownJson(workspace: Workspace, message: StoredMessage): Record<string, unknown> {
  const content = contentOf(message);
  const isBot = message.user === workspace.app.botUserId;
  const replies = workspace.messages.filter(
    (other) => other.threadTs === message.ts && other.ephemeralTo === undefined && !other.isDeleted,
  );
  return {
    type: 'message',
    user: message.user,
    ts: message.ts,
    text: content.text,
    team: workspace.users.get(message.user)?.teamId ?? workspace.team.id,
    ...(isBot && { bot_id: workspace.app.botId, app_id: workspace.app.id }),
    ...(content.blocks.length > 0 && { blocks: content.blocks }),
    ...(message.versions.length > 1 && { edited: { user: message.user, ts: message.ts } }),
    ...(message.threadTs !== undefined && { thread_ts: message.threadTs }),
    ...(message.threadTs === undefined &&
      replies.length > 0 && {
        thread_ts: message.ts,
        reply_count: replies.length,
        latest_reply: replies.at(-1)?.ts,
      }),
    ...(message.files.length > 0 && { files: message.files.map((file) => fileJson(workspace, file)) }),
    ...(message.reactions.length > 0 && {
      reactions: message.reactions.map(({ name, user }) => ({ name, users: [user], count: 1 })),
    }),
  };
}

export function fileJson(workspace: Workspace, file: FakeFile): Record<string, unknown> {
  const address = `${workspace.base}/files/${file.id}`;
  return {
    id: file.id,
    name: file.name,
    title: file.title,
    mimetype: file.mimetype,
    filetype: file.name.split('.').at(-1) ?? '',
    size: file.content.length,
    url_private: address,
    url_private_download: `${address}/download`,
  };
}
