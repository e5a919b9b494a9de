/** What a reader takes for the bot's own words: everything but what stands quoted or in code. */
import type { SlackBlock } from './blocks.ts';
import { seenIn } from './seen.ts';
import type { Workspace } from './workspace.ts';

type Json = Readonly<Record<string, unknown>>;

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJson) : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function inlineText(element: Json): string {
  const style = isJson(element['style']) ? element['style'] : {};
  if (element['type'] === 'date') return textOf(element['fallback']);
  const text = textOf(element['text']);
  return style['code'] === true ? text.replaceAll(/\S/gu, 'x') : text;
}

function linesOf(block: SlackBlock): string[] {
  const json: Json = { ...block };
  switch (json['type']) {
    case 'rich_text':
      return listOf(json['elements']).flatMap((part) => {
        const sections = part['type'] === 'rich_text_list' ? listOf(part['elements']) : [part];
        const isVoice = part['type'] === 'rich_text_section' || part['type'] === 'rich_text_list';
        return isVoice ? sections.map((section) => listOf(section['elements']).map(inlineText).join('')) : [];
      });
    case 'header':
    case 'section':
      return [isJson(json['text']) ? textOf(json['text']['text']) : ''];
    case 'context':
      return listOf(json['elements']).map((element) => textOf(element['text']));
    case 'actions':
    case 'context_actions':
    case 'divider':
      return [];
    default:
      throw new Error(`Say what of a block ${String(json['type'])} is the bot's own voice.`);
  }
}

/** The lines of blocks, as a reader sees them begin. */
export function ownVoice(blocks: readonly SlackBlock[]): readonly string[] {
  return blocks.flatMap(linesOf).flatMap((text) => text.split(/[\n\r\v\f\u0085\u2028\u2029]/u));
}

/** Every line in the bot's own voice that anybody ever saw, in any version of any message or page of it. */
export function everSaidByBot(workspace: Workspace): readonly string[] {
  const messages = workspace.messages
    .filter(({ user }) => user === workspace.app.botUserId)
    .flatMap(({ versions }) => versions)
    .flatMap(({ blocks, text, isMarkdown }) =>
      blocks.length === 0 || isMarkdown ? [...ownVoice(blocks), ...text.split('\n')] : ownVoice(blocks),
    );
  const views = [...workspace.homes.values(), ...[...workspace.modals.values()].flat()];
  return [
    ...messages,
    ...views.flatMap(({ view }) => ownVoice(view.blocks.filter(({ type }) => type !== 'input'))),
  ];
}

/** The headings in a channel: only a card has one. */
export function headingsIn(workspace: Workspace, channel: string): readonly string[] {
  return seenIn(workspace, channel)
    .flatMap(({ blocks }) => blocks.filter(({ type }) => type === 'header'))
    .flatMap((block) => ownVoice([block]));
}
