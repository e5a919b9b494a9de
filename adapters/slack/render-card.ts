/**
 * A card in Block Kit: words first, buttons last, colours only repeat the words.
 *
 * A card that one message cannot hold whole shows every value in short. What it asks is then read whole in a form
 * before it can be approved; when not even a form holds it, no button approves.
 */
import { lineMark, linkedPieces, pageLabel } from '../../src/chat/card.ts';
import type { Card, CardAction, CardField, CardLine } from '../../src/chat/card.ts';
import { limits, plain } from './blocks.ts';
import type { ActionsBlock, Block, ButtonElement, RichInline, RichPart } from './blocks.ts';
import { inShort, richWithMoments } from './literal.ts';
import { textLength, toBlocks } from './rich-text.ts';

/** In front of the id of an action that is taken in the form which shows its card whole. */
export const wholePrefix = 'whole:';

/** How much of a value stays on a card that cannot hold it whole. */
const excerpt = 240;
/** Head, foot, note and buttons. */
const blocksBeside = 6;

export interface CardOptions {
  /** Characters and blocks that something else in the same message takes. */
  readonly taken?: { readonly text: number; readonly blocks: number };
  /** A file beside the card holds what it is about. */
  readonly hasFile?: boolean;
}

const nothing = { text: 0, blocks: 0 } as const;

export function renderCard(
  card: Card,
  { taken = nothing, hasFile = false }: CardOptions = {},
): readonly Block[] {
  const whole = wholeMessage(card);
  if (fitsMessage(whole, taken)) return whole;
  const isReadable = fitsForm(card);
  const inFile = hasFile ? ' A file in this thread holds what it is about, whole.' : '';
  const note = isReadable
    ? `Too long for a message. A button shows all of it.${inFile}`
    : `This is too long to be shown here. It cannot be approved here; deny it, or open the console.${inFile}`;
  const held = card.actions.map((action) => (action.style === 'primary' ? heldBack(action) : action));
  const head = headBlocks(card, false);
  const tail = [
    ...footBlocks(card, false),
    context(note),
    ...actionBlocks({ ...card, actions: held }, isReadable),
  ];
  const room = limits.text - taken.text - textLength([...head, ...tail]) - 200;
  const more = hasFile ? ', opens as file' : '';
  return [...head, ...shortened(card, room, limits.blocks - taken.blocks - blocksBeside, more), ...tail];
}

function wholeMessage(card: Card): readonly Block[] {
  return [...headBlocks(card, true), ...middleBlocks(card), ...footBlocks(card, true), ...actionBlocks(card)];
}

function fitsMessage(
  blocks: readonly Block[],
  taken: { readonly text: number; readonly blocks: number },
): boolean {
  return textLength(blocks) + taken.text <= limits.text && blocks.length + taken.blocks <= limits.blocks;
}

/** Names of people to be told stand in the message too. */
const besideCard = { text: 500, blocks: 1 } as const;

/** What a question is about, for a file, when its message cannot hold it; undefined when it can. */
export function longArguments(card: Card): string | undefined {
  if (card.kind !== 'approval' || fitsMessage(wholeMessage(card), besideCard)) return undefined;
  const values = card.fields.filter(({ form }) => form === 'code');
  return [card.title, ...values.map(({ label, value }) => `${label}\n${value}`)].join('\n\n');
}

/** True when a form can show all of it. */
export function fitsForm(card: Card): boolean {
  const whole = wholeCardBlocks(card);
  const isShort = whole.length <= limits.viewBlocks - 2 && textLength(whole) <= limits.viewText;
  // A letter may take four bytes, or six where JSON escapes it.
  return isShort && Buffer.byteLength(JSON.stringify(whole)) <= limits.viewBytes - limits.viewBytesBeside;
}

/** Everything that the card says, for a form; as many blocks as it takes. */
export function wholeCardBlocks(card: Card): readonly Block[] {
  return [...headBlocks(card, true), ...middleBlocks(card), ...footBlocks(card, true)];
}

/** What a button does is done in the form that shows the whole. */
function heldBack(action: CardAction): CardAction {
  return { ...action, id: `${wholePrefix}${action.id}`, label: `${action.label.replace(/…$/u, '')}…` };
}

function headBlocks(card: Card, isWhole: boolean): readonly Block[] {
  const title = card.title.replaceAll('\n', ' ');
  const isLong = title.length > limits.header;
  const badge =
    card.badge === undefined
      ? []
      : [context(isWhole ? inShort(card.badge, 2_000) : inShort(card.badge, 200))];
  const rest =
    isLong && isWhole
      ? toBlocks([
          { type: 'rich_text_section', elements: [{ type: 'text', text: title, style: { bold: true } }] },
        ])
      : [];
  return [{ type: 'header', text: plain(inShort(title, limits.header)) }, ...badge, ...rest];
}

function footBlocks(card: Card, isWhole: boolean): readonly Block[] {
  const { outcome } = card;
  if (outcome === undefined || outcome === '') return [];
  const text = isWhole ? outcome : inShort(outcome, 900);
  return toBlocks([{ type: 'rich_text_section', elements: richWithMoments(text, { bold: true }) }]);
}

/** Small print, literal. */
function context(text: string): Block {
  return { type: 'context', elements: [plain(text)] };
}

function middleBlocks(card: Card): readonly Block[] {
  return toBlocks([...card.lines.map(linePart), ...card.fields.flatMap((field) => fieldParts(field))]);
}

function linePart(line: CardLine): RichPart {
  const detail: readonly RichInline[] =
    line.detail === undefined || line.detail === ''
      ? []
      : [
          { type: 'text', text: '  ' },
          { type: 'text', text: line.detail, style: { code: true } },
        ];
  return {
    type: 'rich_text_section',
    elements: [{ type: 'text', text: `${lineMark(line)} ` }, ...richWithMoments(line.text), ...detail],
  };
}

function fieldParts(field: CardField, more = ''): readonly RichPart[] {
  const { label, value, form } = field;
  const name: RichInline = {
    type: 'text',
    text: `${form === 'warning' ? '⚠ ' : ''}${label}  `,
    style: { bold: true },
  };
  const after: readonly RichInline[] =
    more === '' ? [] : [{ type: 'text', text: more, style: { italic: true } }];
  const beside = (elements: readonly RichInline[]): readonly RichPart[] => [
    { type: 'rich_text_section', elements: [name, ...elements, ...after] },
  ];
  const under = (part: RichPart): readonly RichPart[] => [
    { type: 'rich_text_section', elements: [name] },
    part,
    ...(after.length === 0 ? [] : [{ type: 'rich_text_section', elements: after } as const]),
  ];
  // Somebody's words over several lines: none of them may pass for a row of the card.
  const quoted = (): readonly RichPart[] =>
    under({ type: 'rich_text_quote', elements: richWithMoments(value) });
  switch (form) {
    case 'code':
      if (value === '') return beside([{ type: 'text', text: '(empty)' }]);
      if (!value.includes('\n') && value.length <= 80)
        return beside([{ type: 'text', text: value, style: { code: true } }]);
      return under({ type: 'rich_text_preformatted', elements: [{ type: 'text', text: value }] });
    case 'claim':
      return value.includes('\n')
        ? quoted()
        : beside([{ type: 'text', text: '«' }, ...richWithMoments(value), { type: 'text', text: '»' }]);
    case 'warning':
    case 'plain':
      return value.includes('\n') ? quoted() : beside(linkedPieces(field).flatMap(linkedPart));
    default:
      return form satisfies never;
  }
}

function linkedPart({ text, address }: ReturnType<typeof linkedPieces>[number]): readonly RichInline[] {
  return address === undefined || address.length > limits.address || text === ''
    ? richWithMoments(text)
    : [{ type: 'link', url: address, text }];
}

/** As much of fields and lines as fits: every value in short, and when that is too much, the first of them. */
function shortened(card: Card, room: number, blocks: number, where: string): readonly Block[] {
  const candidates = [
    ...card.fields.map((field) => {
      const start = inShort(field.value, excerpt);
      const rest = field.value.length - excerpt;
      return fieldParts(
        { ...field, label: inShort(field.label, 60), value: start },
        rest <= 0 ? '' : ` + ${rest.toLocaleString('en')} characters${field.form === 'code' ? where : ''}`,
      );
    }),
    ...card.lines.map((line) => [linePart({ ...line, text: inShort(line.text, excerpt) })]).reverse(),
  ];
  const kept: RichPart[] = [];
  let omitted = 0;
  for (const parts of candidates) {
    const next = toBlocks([...kept, ...parts]);
    if (textLength(next) > room || next.length > blocks) omitted += 1;
    else kept.push(...parts);
  }
  if (omitted > 0)
    kept.push({
      type: 'rich_text_section',
      elements: [{ type: 'text', text: `… and ${String(omitted)} more`, style: { italic: true } }],
    });
  return toBlocks(kept);
}

function actionBlocks({ actions, page }: Card, mayApprove = true): readonly ActionsBlock[] {
  const buttons = actions
    .filter((action) => action.id.length <= limits.actionId && (mayApprove || action.style !== 'primary'))
    .map(button);
  const links = page === undefined || page.length > limits.address ? [] : [pageLink(page)];
  const elements = [...buttons, ...links].slice(0, 25);
  return elements.length === 0 ? [] : [{ type: 'actions', elements }];
}

/** Slack tells of its press too, which is acknowledged and means nothing. */
function pageLink(url: string): ButtonElement {
  return { type: 'button', action_id: 'page', text: plain(pageLabel), url };
}

function button(action: CardAction): ButtonElement {
  const { asks } = action;
  return {
    type: 'button',
    action_id: action.id,
    text: plain(inShort(action.label, limits.buttonText)),
    ...(action.style !== 'plain' && { style: action.style }),
    ...(asks?.kind === 'confirm' && {
      confirm: {
        title: plain('Are you sure?'),
        text: plain(inShort(asks.question, limits.confirmText)),
        confirm: plain(inShort(action.label, 30)),
        deny: plain('No'),
      },
    }),
  };
}
