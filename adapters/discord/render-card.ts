/**
 * A card as components v2, or as content and rows: words first, buttons last, colours only repeat the words.
 *
 * What does not fit on the card goes whole into a file beside it. While something that decides is neither complete on
 * the card nor in the file, no button approves.
 */
import { lineMark, linkedPieces, pageLabel } from '../../src/chat/card.ts';
import type { Card, CardAction, CardField, CardLine } from '../../src/chat/card.ts';
import { firstCharacters } from '../../src/core/first-characters.ts';
import { limits } from './components.ts';
import type { ButtonPart, ButtonRow, ContainerPart, FilePart, LinkPart } from './components.ts';
import { codeValue, hasLines, literal, literalWithMoments, onOneLine, quotedLines } from './literal.ts';
import { hostLink } from './markdown.ts';
import type { MessageForm } from './message-form.ts';
import type { UploadedFile } from './rest.ts';

export interface RenderedCard {
  readonly container: ContainerPart;
  readonly files: readonly UploadedFile[];
}

/** What a card says and offers, whatever form it takes. */
export interface ComposedCard {
  readonly text: string;
  readonly rows: readonly ButtonRow[];
  readonly files: readonly UploadedFile[];
}

/** How many characters of its title, badge and outcome a card shows; escaped, they may become twice as many. */
interface Shares {
  readonly title: number;
  readonly badge: number;
  readonly outcome: number;
}

const shares: Readonly<Record<MessageForm, Shares>> = {
  components: { title: 400, badge: 200, outcome: 900 },
  classic: { title: 180, badge: 60, outcome: 250 },
};

const colours = {
  status: 0x5865f2,
  approval: 0xf0b232,
  'outcome-unknown': 0xda373c,
  notice: 0x80848e,
} as const;
const settledColour = 0x80848e;
export const fileName = 'details.txt';
/** In front of the id of an action whose card is complete only in its file: pressing it asks first. */
export const readPrefix = 'read:';
/** How much of a value stays on a card that cannot hold it whole. */
const excerpt = 240;

export function renderCard(card: Card, markerId: number, room: number = limits.text): RenderedCard {
  const { text, rows, files } = composeCard(card, 'components', room);
  const attachments = files.map(({ name }): FilePart => ({
    type: 13,
    file: { url: `attachment://${name}` },
  }));
  return {
    container: {
      type: 17,
      id: markerId,
      accent_color: card.outcome !== undefined && rows.length === 0 ? settledColour : colours[card.kind],
      components: [{ type: 10, content: text }, ...attachments, ...rows],
    },
    files,
  };
}

export function composeCard(card: Card, form: MessageForm, room: number): ComposedCard {
  const share = shares[form];
  const head = headText(card, share);
  const outcome = card.outcome ?? '';
  const foot =
    outcome === '' ? '' : `**${literalWithMoments(onOneLine(firstCharacters(outcome, share.outcome)))}**`;
  const note = `-# Too long for a card: everything is in ${fileName}, whole.`;
  const middle = [...card.lines.map(lineText), ...card.fields.map((field) => fieldText(field))].join('\n');
  const isWhole =
    head.isWhole && [head.text, middle, foot].join('\n').length <= room && outcome.length <= share.outcome;
  const file = isWhole ? undefined : detailsFile(card);
  const isComplete = isWhole || file !== undefined;
  const body = isWhole ? middle : shortened(card, room - head.text.length - foot.length - note.length - 200);
  const warning = isComplete
    ? isWhole
      ? ''
      : note
    : '**This is too long to be shown, even as a file. It cannot be approved here; deny it, or open the console.**';
  const texts = [head.text, body, foot, warning].filter((text) => text !== '');
  const actions = isWhole
    ? card.actions
    : card.actions.map((action) => (action.style === 'primary' ? afterReading(action) : action));
  return {
    text: texts.join('\n'),
    rows: buttonRows({ ...card, actions }, isComplete),
    files: file === undefined ? [] : [file],
  };
}

function afterReading(action: CardAction): CardAction {
  return { ...action, id: `${readPrefix}${action.id}`, label: `${action.label.replace(/…$/u, '')}…` };
}

function headText(card: Card, share: Shares): { readonly text: string; readonly isWhole: boolean } {
  const title = firstCharacters(card.title, share.title);
  const badge =
    card.badge === undefined
      ? ''
      : `\n-# ${literalWithMoments(onOneLine(firstCharacters(card.badge, share.badge)))}`;
  return {
    text: `### ${literalWithMoments(onOneLine(title))}${badge}`,
    isWhole: title === card.title && (card.badge ?? '').length <= share.badge,
  };
}

function lineText(line: CardLine): string {
  const detail = line.detail === undefined ? '' : `  ${codeValue(onOneLine(line.detail))}`;
  return `${lineMark(line)} ${literalWithMoments(onOneLine(line.text))}${detail}`;
}

function fieldText(field: CardField, more = ''): string {
  const { label, value, form } = field;
  const name = `**${literal(onOneLine(label))}**`;
  const shown = form === 'code' ? codeValue(value) : literalWithMoments(value);
  const isBlock = /^(?:```|> )/u.test(shown);
  switch (form) {
    case 'code':
      return `${name}${isBlock ? '\n' : '  '}${shown}${more}`;
    case 'claim':
      return hasLines(value) ? `${name}\n${quoted(value)}${more}` : `${name}  «${shown}»${more}`;
    case 'warning':
      return `⚠ ${name}${hasLines(value) ? `\n${quoted(value)}` : `  ${shown}`}${more}`;
    case 'plain':
      return `${name}${hasLines(value) ? `\n${quoted(value)}` : `  ${linkedPieces(field).map(linkedText).join('')}`}${more}`;
    default:
      return form satisfies never;
  }
}

/** Its host stands behind the words: some words of a document would not be taken for the name of a link. */
function linkedText({ text, address }: ReturnType<typeof linkedPieces>[number]): string {
  const shown = literalWithMoments(text);
  const link = address === undefined ? '' : hostLink(address);
  return link === '' ? shown : `${shown} (${link})`;
}

function quoted(value: string): string {
  return quotedLines(value, literalWithMoments);
}

/** As much of lines and fields as fits: first every value in short, and when that is too much, the first of them. */
function shortened(card: Card, room: number): string {
  const kept: string[] = [];
  let left = room;
  const parts = [
    ...card.fields.map((field) => {
      const start = firstCharacters(field.value, excerpt);
      const rest = field.value.length - start.length;
      return fieldText(
        { ...field, label: firstCharacters(field.label, 60), value: start },
        rest === 0 ? '' : `\n-# … ${rest.toLocaleString('en')} more characters in ${fileName}`,
      );
    }),
    ...card.lines.map((line) => lineText({ ...line, text: firstCharacters(line.text, excerpt) })).reverse(),
  ];
  let omitted = 0;
  for (const part of parts) {
    if (part.length + 1 > left) {
      omitted += 1;
      continue;
    }
    kept.push(part);
    left -= part.length + 1;
  }
  if (omitted > 0) kept.push(`-# … and ${String(omitted)} more in ${fileName}`);
  return kept.join('\n');
}

/** Everything that the card says, as text; undefined when it is more than the platform takes. */
function detailsFile(card: Card): UploadedFile | undefined {
  const text = [
    card.title,
    ...(card.badge === undefined ? [] : [card.badge]),
    ...card.lines.map((line) => `${lineMark(line)} ${line.text}  ${line.detail ?? ''}`.trimEnd()),
    ...card.fields.map((field) => `${field.label}:\n${field.value}`),
    ...(card.outcome === undefined ? [] : [card.outcome]),
  ].join('\n\n');
  const data = Buffer.from(text, 'utf8');
  return data.byteLength > limits.fileBytes ? undefined : { name: fileName, data };
}

function buttonRows({ actions, page }: Card, mayApprove = true): readonly ButtonRow[] {
  const pressed = actions
    .filter((action) => action.id.length <= limits.customId)
    .map((action): ButtonPart => {
      const isHeld = !mayApprove && action.style === 'primary';
      return {
        type: 2,
        style: action.style === 'primary' ? 1 : action.style === 'danger' ? 4 : 2,
        label: firstCharacters(action.label, limits.label),
        custom_id: action.id,
        ...(isHeld && { disabled: true as const }),
      };
    });
  const links: readonly LinkPart[] =
    page === undefined || page.length > limits.address
      ? []
      : [{ type: 2, style: 5, label: pageLabel, url: page }];
  const buttons = [...pressed, ...links].slice(0, 25);
  const rows: ButtonRow[] = [];
  for (let from = 0; from < buttons.length; from += 5)
    rows.push({ type: 1, components: buttons.slice(from, from + 5) });
  return rows;
}
