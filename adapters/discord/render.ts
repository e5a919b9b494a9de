/**
 * What a thread shows, as a Discord message: always components v2, never a ping except for persons to be told.
 *
 * The marker of an item is the number of its first component, which Discord keeps and gives back; that is how a
 * message is found again after the answer to its creation was lost.
 */
import type { ShownFile, ShownItem } from '../../src/chat/adapter.ts';
import { firstCharacters } from '../../src/core/first-characters.ts';
import { flags, limits, pingNobody } from './components.ts';
import type { AllowedMentions, ButtonRow, FilePart, GalleryPart, MessagePart } from './components.ts';
import { literalWithMoments } from './literal.ts';
import { isSnowflake } from './places.ts';
import { renderCard } from './render-card.ts';
import { renderMarkdown } from './markdown.ts';
import type { UploadedFile } from './rest.ts';

export interface RenderedMessage {
  readonly body: {
    readonly flags: number;
    readonly components: readonly MessagePart[];
    readonly allowed_mentions: AllowedMentions;
  };
  readonly files: readonly UploadedFile[];
}

/** Discord shows up to a hundred at once; more names than this are a crowd, not a request. */
const mostTold = 20;
/** Characters of a picture's description. */
const mostAlt = 1_000;

/** `bytes` are those of the item's file. */
export function renderItem(item: ShownItem, marker: string, bytes?: Buffer): RenderedMessage {
  const id = markerNumber(marker);
  const told = (item.tell ?? []).filter(isSnowflake).slice(0, mostTold);
  const names = told.map((account) => `<@${account}>`).join(' ');
  if (item.card !== undefined) {
    const { container, files } = renderCard(item.card, id, limits.text - names.length);
    const parts: readonly MessagePart[] =
      names === '' ? [container] : [{ type: 10, content: names }, container];
    return message(parts, files, told);
  }
  const blocks =
    item.kind === 'audit'
      ? item.text.split('\n').map((line) => `-# ${literalWithMoments(line)}`)
      : renderMarkdown(item.text);
  const fitted = fit(blocks, item, limits.text - names.length - 1);
  const { content } = fitted;
  const shown =
    item.file === undefined || bytes === undefined
      ? undefined
      : { name: item.file.name, data: bytes.subarray(0, limits.fileBytes) };
  const files = [fitted.file, shown].filter((file) => file !== undefined);
  const text = [names, content].filter((part) => part !== '').join('\n');
  return message(
    [
      { type: 10, id, content: text === '' ? '…' : text },
      ...files.map((file) => (file === shown ? shownPart(item.file, file.name) : filePart(file.name))),
      ...(item.feedback === undefined ? [] : [feedbackRow(item.feedback)]),
    ],
    files,
    told,
  );
}

function filePart(name: string): FilePart {
  return { type: 13, file: { url: `attachment://${name}` } };
}

function shownPart(file: ShownFile | undefined, name: string): FilePart | GalleryPart {
  if (file?.mediaType.startsWith('image/') !== true) return filePart(name);
  const description = firstCharacters(file.alt ?? '', mostAlt);
  return {
    type: 12,
    items: [{ media: { url: `attachment://${name}` }, ...(description !== '' && { description }) }],
  };
}

function feedbackRow(action: string): ButtonRow {
  const button = (label: string, value: string) =>
    ({ type: 2, style: 2, label, custom_id: `${action}:${value}` }) as const;
  return { type: 1, components: [button('Helpful', 'good'), button('Not helpful', 'bad')] };
}

/** A message of ready-made Discord Markdown. */
export function renderPlain(markdown: string): RenderedMessage {
  return message([{ type: 10, content: firstCharacters(markdown, limits.text) }], [], []);
}

/** The component number that a marker stands for: 31 bits, as many as Discord keeps. */
export function markerNumber(marker: string): number {
  return Number.parseInt(marker.slice(0, 8), 16) >>> 1 || 1;
}

function message(
  components: readonly MessagePart[],
  files: readonly UploadedFile[],
  told: readonly string[],
): RenderedMessage {
  return {
    body: {
      flags: flags.componentsV2 | flags.suppressEmbeds,
      components,
      allowed_mentions: told.length === 0 ? pingNobody : { parse: [], users: told },
    },
    files,
  };
}

function textFile(name: string, text: string): UploadedFile {
  return { name, data: Buffer.from(text, 'utf8').subarray(0, limits.fileBytes) };
}

/** Whole blocks as far as they fit; a file holds the whole text when they do not. An audit keeps its newest lines. */
function fit(
  blocks: readonly string[],
  item: ShownItem,
  room: number,
): { readonly content: string; readonly file?: UploadedFile } {
  const between = item.kind === 'audit' ? '\n' : '\n\n';
  const whole = blocks.join(between);
  if (whole.length <= room) return { content: whole };
  const name = item.kind === 'audit' ? 'audit.txt' : 'answer.md';
  const note = `-# … the whole text is in ${name}`;
  const file = textFile(name, item.text);
  const ordered = item.kind === 'audit' ? [...blocks].reverse() : blocks;
  const kept: string[] = [];
  let left = room - note.length - 2;
  for (const block of ordered) {
    if (block.length + between.length > left) break;
    kept.push(block);
    left -= block.length + between.length;
  }
  if (item.kind === 'audit') return { content: [note, ...kept.reverse()].join('\n'), file };
  const start =
    kept.length > 0
      ? kept
      : [literalWithMoments(firstCharacters(item.text, Math.min(1_000, Math.floor(left / 4))))];
  return { content: [...start, note].join('\n\n'), file };
}
