/** What a person reads: blocks as lines of text, and the things that can be pressed. */
import type { SlackBlock } from './blocks.ts';
import { objectsIn } from './find-block-problems.ts';
import type { Workspace } from './workspace.ts';

type Json = Readonly<Record<string, unknown>>;

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJson) : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export interface Pressable {
  readonly label: string;
  readonly actionId: string;
  readonly blockId: string;
  readonly type: string;
  /** `primary` or `danger`. */
  readonly style?: string;
  readonly value?: string;
  readonly url?: string;
  /** The text of its confirmation. */
  readonly confirm?: string;
  readonly options: readonly { readonly label: string; readonly value: string }[];
  readonly element: Json;
}

/** mrkdwn as it is shown: ids become names, links their text, entities their characters. */
export function readMrkdwn(workspace: Workspace, text: string): string {
  return text
    .replace(/<([^<>]*)>/gu, (_whole, inner: string) => {
      const [target = '', label] = inner.split('|');
      if (target.startsWith('@')) return `@${workspace.users.get(target.slice(1))?.name ?? target.slice(1)}`;
      if (target.startsWith('#'))
        return `#${workspace.channels.get(target.slice(1))?.name ?? target.slice(1)}`;
      if (target.startsWith('!date')) return label ?? target;
      if (target.startsWith('!subteam^')) return `@${label ?? target.slice(9)}`;
      if (target.startsWith('!')) return `@${target.slice(1)}`;
      return label ?? target;
    })
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function readInline(workspace: Workspace, element: Json): string {
  const name = (key: string): string => textOf(element[key]);
  switch (element['type']) {
    case 'text':
      return name('text');
    case 'link':
      return name('text') === '' ? name('url') : name('text');
    case 'user':
      return `@${workspace.users.get(name('user_id'))?.name ?? name('user_id')}`;
    case 'usergroup':
      return `@${name('usergroup_id')}`;
    case 'broadcast':
      return `@${name('range')}`;
    case 'channel':
      return `#${workspace.channels.get(name('channel_id'))?.name ?? name('channel_id')}`;
    case 'emoji':
      return `:${name('name')}:`;
    case 'date': {
      const seconds = Number(element['timestamp']);
      return name('fallback') === '' ? new Date(seconds * 1000).toISOString() : name('fallback');
    }
    default:
      return '';
  }
}

function readRich(workspace: Workspace, value: Json): string {
  const lines = listOf(value['elements']).map((part) => {
    if (part['type'] === 'rich_text_list') {
      const marks = listOf(part['elements']).map((item, index) => {
        const mark = part['style'] === 'ordered' ? `${String(index + 1)}.` : '•';
        return `${mark} ${readRich(workspace, { elements: [item] })}`;
      });
      return marks.join('\n');
    }
    const text = listOf(part['elements'])
      .map((element) => readInline(workspace, element))
      .join('');
    return part['type'] === 'rich_text_quote' ? `> ${text}` : text;
  });
  return lines.join('\n');
}

/** A text object, a rich text, a raw cell or a plain string. */
function readText(workspace: Workspace, value: unknown): string {
  if (typeof value === 'string') return value;
  if (!isJson(value)) return '';
  if (value['type'] === 'rich_text') return readRich(workspace, value);
  const text = textOf(value['text']);
  return value['type'] === 'mrkdwn' ? readMrkdwn(workspace, text) : text;
}

export function labelOf(workspace: Workspace, element: Json): string {
  if (element['text'] !== undefined) return readText(workspace, element['text']);
  return element['placeholder'] === undefined ? '' : readText(workspace, element['placeholder']);
}

function readElement(workspace: Workspace, element: Json): string {
  const type = textOf(element['type']);
  if (type === 'image') return `[image: ${textOf(element['alt_text'])}]`;
  if (type === 'plain_text' || type === 'mrkdwn') return readText(workspace, element);
  if (type === 'feedback_buttons')
    return ['positive_button', 'negative_button']
      .map((key) => element[key])
      .filter(isJson)
      .map((one) => `[${readText(workspace, one['text'])}]`)
      .join(' ');
  const options = listOf(element['options']).map((option) => readText(workspace, option['text']));
  const shown = [labelOf(workspace, element), ...options].filter((text) => text !== '').join(' | ');
  return `[${shown === '' ? type : shown}]`;
}

function readBlock(workspace: Workspace, block: Json): string[] {
  const read = (value: unknown): string => readText(workspace, value);
  const lines: string[] = [];
  const cells = (row: unknown): string => (Array.isArray(row) ? row.map(read).join(' | ') : '');
  if (block['type'] === 'divider') return ['---'];
  if (block['type'] === 'rich_text') return [readRich(workspace, block)];
  if (block['type'] === 'image') lines.push(readElement(workspace, block));
  for (const key of ['title', 'rich_text_title', 'subtitle', 'label', 'text', 'body', 'caption', 'hint'])
    if (block[key] !== undefined) lines.push(read(block[key]));
  for (const field of listOf(block['fields'])) lines.push(read(field));
  if (Array.isArray(block['rows'])) lines.push(...block['rows'].map(cells));
  for (const key of ['details', 'output']) if (block[key] !== undefined) lines.push(read(block[key]));
  for (const key of ['child_blocks', 'tasks'])
    for (const child of listOf(block[key])) lines.push(...readBlock(workspace, child));
  const held = [block['accessory'], block['element']].filter(isJson);
  const elements = [...held, ...listOf(block['elements']), ...listOf(block['actions'])];
  if (block['type'] === 'carousel')
    for (const card of listOf(block['elements'])) lines.push(...readBlock(workspace, card));
  else if (elements.length > 0) lines.push(elements.map((one) => readElement(workspace, one)).join(' '));
  return lines;
}

export function readBlocks(workspace: Workspace, blocks: readonly SlackBlock[]): string {
  return blocks.flatMap((block) => readBlock(workspace, block)).join('\n');
}

const inert: ReadonlySet<string> = new Set([
  ...['image', 'plain_text', 'mrkdwn', 'text', 'link', 'url', 'raw_text', 'raw_number'],
]);

/** Everything with an action: buttons, menus, pickers. Feedback buttons count as two. */
export function pressablesIn(workspace: Workspace, blocks: readonly SlackBlock[]): Pressable[] {
  const found: Pressable[] = [];
  for (const [index, block] of blocks.entries()) {
    // Blocks of a container stand one deeper and have ids of their own.
    let blockId = block.block_id ?? `auto${String(index)}`;
    for (const { value } of objectsIn(block)) {
      if (typeof value['block_id'] === 'string') blockId = value['block_id'];
      const type = textOf(value['type']);
      const isAction = typeof value['action_id'] === 'string' || type === 'button';
      if (inert.has(type) || !isAction) continue;
      const common = { actionId: textOf(value['action_id']), blockId, type, element: value, options: [] };
      if (type === 'feedback_buttons') {
        for (const key of ['positive_button', 'negative_button']) {
          const one = value[key];
          if (!isJson(one)) continue;
          found.push({ ...common, label: readText(workspace, one['text']), value: textOf(one['value']) });
        }
        continue;
      }
      const groups = [value, ...listOf(value['option_groups'])];
      const options = groups.flatMap((group) => listOf(group['options']));
      found.push({
        ...common,
        label: labelOf(workspace, value),
        options: options.map((one) => ({
          label: readText(workspace, one['text']),
          value: textOf(one['value']),
        })),
        ...(typeof value['style'] === 'string' && { style: value['style'] }),
        ...(typeof value['value'] === 'string' && { value: value['value'] }),
        ...(typeof value['url'] === 'string' && { url: value['url'] }),
        ...(isJson(value['confirm']) && { confirm: readText(workspace, value['confirm']['text']) }),
      });
    }
  }
  return found;
}
