/**
 * What a thread shows, as a Discord message: components v2 or the classic form, never a ping except for persons to be
 * told, never a preview of a link.
 *
 * The marker of an item is the number of its first component, which Discord keeps and gives back; that is how a
 * message is found again after the answer to its creation was lost. The classic form may have no component, so there
 * it is the last line; whoever writes above it cannot write below.
 */
import type { ShownFile, ShownItem } from '../../src/chat/adapter.ts';
import type { Card } from '../../src/chat/card.ts';
import { firstCharacters } from '../../src/core/first-characters.ts';
import { flags, limits, pingNobody } from './components.ts';
import type { AllowedMentions, ButtonRow, FilePart, GalleryPart, MessagePart } from './components.ts';
import { literal, literalWithMoments, quotedLines } from './literal.ts';
import type { MessageForm } from './message-form.ts';
import { isSnowflake } from './places.ts';
import { composeCard, renderCard } from './render-card.ts';
import type { ComposedCard } from './render-card.ts';
import { renderMarkdown } from './markdown.ts';
import type { MarkdownBlock } from './markdown.ts';
import type { RestRequest, UploadedFile } from './rest.ts';

export interface RenderedMessage {
  readonly body: {
    readonly flags: number;
    /** In the classic form alone. */
    readonly content?: string;
    readonly components: readonly MessagePart[];
    readonly allowed_mentions: AllowedMentions;
  };
  readonly files: readonly UploadedFile[];
}

/** Discord shows up to a hundred at once; more names than this are a crowd, not a request. */
const mostTold = 20;
/** Characters of an answer that are read as Markdown: many times what a message shows. */
const mostRead = 100_000;
/** Characters of a picture's description. */
const mostAlt = 1_000;

/** `bytes` are those of the item's file. */
export function renderItem(
  item: ShownItem,
  marker: string,
  form: MessageForm,
  bytes?: Buffer,
): RenderedMessage {
  const told = (item.tell ?? []).filter(isSnowflake).slice(0, mostTold);
  const names = told.map((account) => `<@${account}>`).join(' ');
  return form === 'classic'
    ? asContent(item, bytes, marker, names, told)
    : asComponents(item, bytes, marker, names, told);
}

function asComponents(
  item: ShownItem,
  bytes: Buffer | undefined,
  marker: string,
  names: string,
  told: readonly string[],
): RenderedMessage {
  const id = markerNumber(marker);
  if (item.card !== undefined) {
    const { container, files } = renderCard(item.card, id, limits.text - names.length);
    const parts: readonly MessagePart[] =
      names === '' ? [container] : [{ type: 10, content: names }, container];
    return message(parts, files, told);
  }
  const { content, files } = wordsOf(item, bytes, limits.text - names.length - 1);
  const text = [names, content].filter((part) => part !== '').join('\n');
  return message(
    [
      { type: 10, id, content: text === '' ? '…' : text },
      ...files.map(({ name }) => (name === item.file?.name ? shownPart(item.file) : filePart(name))),
      ...feedbackRows(item),
    ],
    files,
    told,
  );
}

function filePart(name: string): FilePart {
  return { type: 13, file: { url: `attachment://${name}` } };
}

function shownPart({ name, mediaType, alt = '' }: ShownFile): FilePart | GalleryPart {
  if (!mediaType.startsWith('image/')) return filePart(name);
  const description = firstCharacters(alt, mostAlt);
  return {
    type: 12,
    items: [{ media: { url: `attachment://${name}` }, ...(description !== '' && { description }) }],
  };
}

function asContent(
  item: ShownItem,
  bytes: Buffer | undefined,
  marker: string,
  names: string,
  told: readonly string[],
): RenderedMessage {
  const mark = contentMark(marker);
  const room = limits.content - names.length - mark.length - 2;
  const { text, rows, files } =
    item.card === undefined ? plainly(item, bytes, room) : composeCard(item.card, 'classic', room);
  const content = [names, text, mark].filter((part) => part !== '').join('\n');
  return classic(content, rows, files, told);
}

function plainly(item: ShownItem, bytes: Buffer | undefined, room: number): ComposedCard {
  const { content, files } = wordsOf(item, bytes, room);
  return { text: content, rows: feedbackRows(item), files };
}

/**
 * The words of an item that is no card, the file that holds what is too long, and the one that comes with it. What
 * Discord does not take with one message is left out whole, and the words say so.
 */
function wordsOf(
  item: ShownItem,
  bytes: Buffer | undefined,
  room: number,
): { readonly content: string; readonly files: readonly UploadedFile[] } {
  const blocks =
    item.kind === 'audit'
      ? item.text.split('\n').map((line) => ({ shown: `-# ${literalWithMoments(line)}`, written: line }))
      : renderMarkdown(item.text.slice(0, mostRead));
  const given = item.file === undefined || bytes === undefined ? undefined : givenFile(item.file, bytes);
  const missing =
    given === undefined ? '' : `-# ${literal(given.name)} is larger than Discord takes. ${inConsole}`;
  const fitted = fit(blocks, item, room - missing.length - 2);
  const left = limits.fileBytes - (fitted.file?.data.length ?? 0);
  if (given === undefined || given.data.length <= left)
    return { content: fitted.content, files: [fitted.file, given].filter((file) => file !== undefined) };
  return {
    content: [fitted.content, missing].filter((part) => part !== '').join('\n\n'),
    files: fitted.file === undefined ? [] : [fitted.file],
  };
}

const inConsole = 'The console has all of it.';

function givenFile({ name, alt = '' }: ShownFile, data: Buffer): UploadedFile {
  const description = firstCharacters(alt, mostAlt);
  return { name, data, ...(description !== '' && { description }) };
}

/** The last line of a message in the classic form, by which it is found again. */
export function contentMark(marker: string): string {
  return `-# ref ${marker.slice(0, 10)}`;
}

function feedbackRows({ feedback: action }: ShownItem): readonly ButtonRow[] {
  if (action === undefined) return [];
  const button = (label: string, value: string) =>
    ({ type: 2, style: 2, label, custom_id: `${action}:${value}` }) as const;
  return [{ type: 1, components: [button('Helpful', 'good'), button('Not helpful', 'bad')] }];
}

/** A message of ready-made Discord Markdown. */
export function renderPlain(markdown: string, form: MessageForm): RenderedMessage {
  return form === 'classic'
    ? classic(firstCharacters(markdown, limits.content), [], [], [])
    : message([{ type: 10, content: firstCharacters(markdown, limits.text) }], [], []);
}

/** Ready-made Markdown that one person alone sees. */
export function renderPrivateText(markdown: string): RestRequest {
  const { body, files } = classic(markdown, [], [], []);
  return { body: { ...body, flags: body.flags | flags.ephemeral }, files };
}

/** A card that one person alone sees. */
export function renderPrivateCard(card: Card, form: MessageForm): RestRequest {
  const { body, files } = form === 'classic' ? cardAsContent(card) : cardAsComponents(card);
  return { body: { ...body, flags: body.flags | flags.ephemeral }, files };
}

function cardAsContent(card: Card): RenderedMessage {
  const { text, rows, files } = composeCard(card, 'classic', limits.content);
  return classic(text, rows, files, []);
}

function cardAsComponents(card: Card): RenderedMessage {
  const { container, files } = renderCard(card, 1);
  return message([container], files, []);
}

/** The component number that a marker stands for: 31 bits, as many as Discord keeps. */
export function markerNumber(marker: string): number {
  return Number.parseInt(marker.slice(0, 8), 16) >>> 1 || 1;
}

function classic(
  content: string,
  rows: readonly ButtonRow[],
  files: readonly UploadedFile[],
  told: readonly string[],
): RenderedMessage {
  return {
    body: {
      flags: flags.suppressEmbeds,
      content: content === '' ? '…' : content,
      components: rows,
      allowed_mentions: mentions(told),
    },
    files,
  };
}

function mentions(told: readonly string[]): AllowedMentions {
  return told.length === 0 ? pingNobody : { parse: [], users: told };
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
      allowed_mentions: mentions(told),
    },
    files,
  };
}

/**
 * Whole blocks as far as they fit; a file holds the whole text when they do not. An audit keeps its newest lines. Where
 * whole blocks say little, the next one begins, as written and quoted.
 */
function fit(
  blocks: readonly MarkdownBlock[],
  item: ShownItem,
  room: number,
): { readonly content: string; readonly file?: UploadedFile } {
  const between = item.kind === 'audit' ? '\n' : '\n\n';
  const whole = blocks.map(({ shown }) => shown).join(between);
  if (whole.length <= room && item.text.length <= mostRead) return { content: whole };
  const name = item.kind === 'audit' ? 'audit.txt' : 'answer.md';
  const data = Buffer.from(item.text, 'utf8');
  const file = data.length <= limits.fileBytes ? { name, data } : undefined;
  const note =
    file === undefined
      ? `-# … this is longer than Discord takes. ${inConsole}`
      : `-# … the whole text is in ${name}`;
  const held = file === undefined ? {} : { file };
  const ordered = item.kind === 'audit' ? [...blocks].reverse() : blocks;
  const kept: string[] = [];
  let left = room - note.length - 2;
  for (const { shown } of ordered) {
    if (shown.length + between.length > left) break;
    kept.push(shown);
    left -= shown.length + between.length;
  }
  if (item.kind === 'audit') return { content: [note, ...kept.reverse()].join('\n'), ...held };
  const next = blocks[kept.length];
  if (next !== undefined && left > room / 2) {
    const beginning = firstCharacters(next.written, Math.min(1_000, Math.floor(left / 4)));
    kept.push(quotedLines(beginning, literalWithMoments));
  }
  return { content: [...kept, note].join('\n\n'), ...held };
}
