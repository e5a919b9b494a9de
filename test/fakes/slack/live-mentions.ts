/**
 * What a real Slack would have done to people: notified them, or unfolded a link.
 *
 * Where Slack's own documents are silent, the worse is assumed: markdown counts as live, and so does a mention
 * that came with an edit.
 */
import type { SlackBlock } from './blocks.ts';
import { objectsIn } from './find-block-problems.ts';
import type { MessageContent, StoredMessage, Workspace } from './workspace.ts';

export interface Ping {
  /** `channel`, `here`, `everyone`, a person's id, a group's id. */
  readonly target: string;
  readonly channel: string;
  readonly ts: string;
  /** The text that did it. */
  readonly because: string;
}

export interface Unfurl {
  readonly url: string;
  readonly channel: string;
  readonly ts: string;
}

const control = /<(!(?:channel|here|everyone|group)|!subteam\^[A-Z0-9]+|@[A-Z0-9]+)(?:\|[^<>]*)?>/gu;
const wholeRoom = /(?<![\w@])@(channel|here|everyone)\b/gu;
const address = /https?:\/\/[^\s<>|)\]"'`]+/gu;

function targetOf(match: string): string {
  if (match.startsWith('!subteam^')) return match.slice('!subteam^'.length);
  return match.slice(1);
}

function* controls(text: string): Generator<string> {
  for (const match of text.matchAll(control)) yield targetOf(match[1] ?? '');
}

function* rooms(text: string): Generator<string> {
  for (const match of text.matchAll(wholeRoom)) yield match[1] ?? '';
}

function* names(workspace: Workspace, text: string): Generator<string> {
  yield* rooms(text);
  for (const user of workspace.users.values())
    if (new RegExp(`(?<![\\w@])@${user.name}\\b`, 'u').test(text)) yield user.id;
}

function* inBlocks(blocks: readonly SlackBlock[]): Generator<{ target: string; because: string }> {
  for (const { value } of objectsIn(blocks)) {
    const text = typeof value['text'] === 'string' ? value['text'] : '';
    const because = JSON.stringify(value).slice(0, 200);
    const find = function* (found: Iterable<string>): Generator<{ target: string; because: string }> {
      for (const target of found) yield { target, because };
    };
    switch (value['type']) {
      case 'mrkdwn':
        yield* find(controls(text));
        if (value['verbatim'] !== true) yield* find(rooms(text));
        break;
      case 'markdown':
        yield* find(controls(text));
        yield* find(rooms(text));
        break;
      case 'broadcast':
        yield* find([String(value['range'])]);
        break;
      case 'user':
        yield* find([String(value['user_id'])]);
        break;
      case 'usergroup':
        yield* find([String(value['usergroup_id'])]);
        break;
      default:
    }
  }
}

function* inContent(
  workspace: Workspace,
  content: MessageContent,
): Generator<{ target: string; because: string }> {
  const { text } = content;
  for (const target of controls(text)) yield { target, because: text.slice(0, 200) };
  const isParsed = content.linkNames || content.parse === 'full';
  const found = isParsed ? names(workspace, text) : content.isMarkdown ? rooms(text) : [];
  for (const target of found) yield { target, because: text.slice(0, 200) };
  yield* inBlocks(content.blocks);
}

export function pingsOf(workspace: Workspace, message: StoredMessage): Ping[] {
  const found = new Map<string, Ping>();
  for (const content of message.versions)
    for (const { target, because } of inContent(workspace, content))
      if (!found.has(target))
        found.set(target, { target, channel: message.channel, ts: message.ts, because });
  return [...found.values()];
}

/** Addresses that people press, or that only name a picture, do not unfold. */
const quiet: ReadonlySet<string> = new Set([
  'button',
  'image',
  'url',
  'plain_text',
  'raw_text',
  'raw_number',
]);

function* addresses(content: MessageContent): Generator<string> {
  for (const match of content.text.matchAll(address)) yield match[0];
  for (const { value } of objectsIn(content.blocks)) {
    if (quiet.has(String(value['type']))) continue;
    const texts = [value['text'], value['type'] === 'link' ? value['url'] : undefined];
    for (const text of texts)
      if (typeof text === 'string') for (const match of text.matchAll(address)) yield match[0];
  }
}

/** Only the first version unfolds; edits and streams have no flag for it. */
export function unfurlsOf(message: StoredMessage): Unfurl[] {
  const [content] = message.versions;
  if (content === undefined || message.ephemeralTo !== undefined) return [];
  if (!content.unfurlLinks && !content.unfurlMedia) return [];
  const urls = new Set(addresses(content));
  return [...urls].map((url) => ({ url, channel: message.channel, ts: message.ts }));
}
