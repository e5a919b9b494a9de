/** Messages and views as one person sees them. */
import { pressablesIn, readBlocks, readMrkdwn } from './read-blocks.ts';
import type { Pressable } from './read-blocks.ts';
import { withBlockIds } from './view-methods.ts';
import { contentOf } from './workspace.ts';
import type { MessageContent, StoredMessage, StoredView, Workspace } from './workspace.ts';
import type { SlackBlock } from './blocks.ts';

export interface SeenMessage {
  readonly kind: 'message';
  readonly channel: string;
  readonly ts: string;
  /** The ts of the message that opened the thread; undefined for one in the channel itself. */
  readonly thread?: string;
  /** A person's name. */
  readonly from: string;
  /** What stands there: the blocks, or the text when there are none. */
  readonly text: string;
  /** What a phone's notification shows. */
  readonly notification: string;
  readonly buttons: readonly Pressable[];
  /** Labels of the buttons, for short assertions. */
  readonly labels: readonly string[];
  readonly isEphemeral: boolean;
  readonly isStreaming: boolean;
  readonly edits: number;
  readonly reactions: readonly string[];
  readonly files: readonly { readonly name: string; readonly content: string }[];
  readonly blocks: readonly SlackBlock[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface SeenView {
  readonly kind: 'view';
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly submit?: string;
  readonly callbackId: string;
  readonly privateMetadata: string;
  /** Labels of the inputs, in order. */
  readonly fields: readonly string[];
  readonly buttons: readonly Pressable[];
  readonly labels: readonly string[];
  readonly blocks: readonly SlackBlock[];
}

/** What stands in a version of a message. Versions never change, and tests look at all of them again and again. */
const read = new WeakMap<MessageContent, Pick<SeenMessage, 'text' | 'notification' | 'buttons' | 'blocks'>>();

function readContent(
  workspace: Workspace,
  content: MessageContent,
): Pick<SeenMessage, 'text' | 'notification' | 'buttons' | 'blocks'> {
  const known = read.get(content);
  if (known !== undefined) return known;
  const blocks = withBlockIds(content.blocks);
  const isLiteral = content.isMarkdown || !content.mrkdwn;
  const plain = isLiteral ? content.text : readMrkdwn(workspace, content.text);
  const parts = content.isMarkdown ? [plain, readBlocks(workspace, blocks)] : [readBlocks(workspace, blocks)];
  const found = {
    text: blocks.length === 0 ? plain : parts.filter((part) => part !== '').join('\n'),
    notification: plain,
    buttons: pressablesIn(workspace, blocks),
    blocks,
  };
  read.set(content, found);
  return found;
}

export function seeMessage(workspace: Workspace, message: StoredMessage): SeenMessage {
  const shown = readContent(workspace, contentOf(message));
  const isStreaming =
    message.streamUntil !== undefined && workspace.clock.monotonicMs() < message.streamUntil;
  return {
    kind: 'message',
    channel: message.channel,
    ts: message.ts,
    ...(message.threadTs !== undefined && { thread: message.threadTs }),
    from: workspace.users.get(message.user)?.name ?? message.user,
    ...shown,
    labels: shown.buttons.map((button) => button.label),
    isEphemeral: message.ephemeralTo !== undefined,
    isStreaming,
    edits: message.versions.length - 1,
    reactions: message.reactions.map((reaction) => reaction.name),
    files: message.files.map((file) => ({ name: file.name, content: file.content.toString('utf8') })),
    ...(message.metadata !== undefined && { metadata: message.metadata }),
  };
}

export function seeView(workspace: Workspace, stored: StoredView): SeenView {
  const { view } = stored;
  const blocks = withBlockIds(view.blocks);
  const buttons = pressablesIn(workspace, blocks);
  return {
    kind: 'view',
    id: stored.id,
    title: view.type === 'modal' ? view.title.text : '',
    text: readBlocks(workspace, blocks),
    ...(view.type === 'modal' && view.submit !== undefined && { submit: view.submit.text }),
    callbackId: view.callback_id ?? '',
    privateMetadata: view.private_metadata ?? '',
    fields: blocks.flatMap((block) => (block.type === 'input' ? [block.label.text] : [])),
    buttons,
    labels: buttons.map((button) => button.label),
    blocks,
  };
}

/** What this person can see in a channel, oldest first. Without a person: what everybody there sees. */
export function seenIn(workspace: Workspace, channel: string, user?: string): SeenMessage[] {
  return workspace.messages
    .filter(
      (message) =>
        message.channel === channel &&
        !message.isDeleted &&
        (message.ephemeralTo === undefined || message.ephemeralTo === user),
    )
    .map((message) => seeMessage(workspace, message));
}
