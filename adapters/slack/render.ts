/** What a thread shows, as Slack messages: never a ping except for persons to be told, never an unfolded link. */
import type { ShownItem } from '../../src/chat/adapter.ts';
import { firstCharacters } from '../../src/core/first-characters.ts';
import { limits, plain } from './blocks.ts';
import type { Block, FeedbackBlock, RichInline, RichPart } from './blocks.ts';
import { inPieces, inShort, mrkdwnWithMoments } from './literal.ts';
import { renderMarkdown } from './markdown.ts';
import { userOf } from './places.ts';
import { renderCard } from './render-card.ts';
import { textLength, toBlocks } from './rich-text.ts';

export interface RenderedMessage {
  /** What a phone shows, escaped. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** More names than this are a crowd, not a request. */
const mostTold = 20;
/** Messages that one long answer may take. */
export const mostMessages = 6;
const mostAuditCharacters = 9_000;
/** Characters of an answer that are read as Markdown: more than all its messages hold. */
const mostRead = 200_000;

/** Where the whole of what is too long is found. */
export type WholeIn = 'console' | 'file';

/** True for an answer that is longer than what is posted of it. */
export function isCut(item: ShownItem): boolean {
  return item.card === undefined && item.kind !== 'audit' && isLonger(item.text, inMessages(item.text));
}

/** The messages of an item: one, or several for a long answer. Never empty. */
export function renderItem(
  item: ShownItem,
  team: string,
  wholeIn: WholeIn = 'console',
): readonly RenderedMessage[] {
  const told = (item.tell ?? []).flatMap((account) => userOf(account, team) ?? []).slice(0, mostTold);
  const names: readonly Block[] =
    told.length === 0
      ? []
      : toBlocks([
          {
            type: 'rich_text_section',
            elements: told.flatMap((user): readonly RichInline[] => [
              { type: 'user', user_id: user },
              { type: 'text', text: ' ' },
            ]),
          },
        ]);
  if (item.card !== undefined) {
    const taken = { text: textLength(names), blocks: names.length };
    const blocks = [...names, ...renderCard(item.card, { taken, hasFile: wholeIn === 'file' })];
    return [{ text: notification(item.card.fallback), blocks }];
  }
  if (item.kind === 'audit')
    return [{ text: notification(item.text), blocks: [...names, ...auditBlocks(item.text)] }];
  const [first = { text: '…', blocks: toBlocks([emptyPart]) }, ...rest] = renderText(item.text, wholeIn);
  const messages = [{ ...first, blocks: [...names, ...first.blocks] }, ...rest];
  const { feedback } = item;
  if (feedback === undefined) return messages;
  return messages.map((message, index) =>
    index < messages.length - 1
      ? message
      : { ...message, blocks: [...message.blocks, feedbackBlock(feedback)] },
  );
}

function feedbackBlock(action: string): FeedbackBlock {
  const button = (text: string, value: string) => ({ text: plain(text), accessibility_label: text, value });
  return {
    type: 'context_actions',
    elements: [
      {
        type: 'feedback_buttons',
        action_id: action,
        positive_button: button('Helpful', 'good'),
        negative_button: button('Not helpful', 'bad'),
      },
    ],
  };
}

const emptyPart: RichPart = { type: 'rich_text_section', elements: [{ type: 'text', text: '…' }] };

/** Markdown as messages: a second one begins where the first is full. */
export function renderText(markdown: string, wholeIn: WholeIn = 'console'): readonly RenderedMessage[] {
  const messages = inMessages(markdown);
  const shown = messages.slice(0, mostMessages);
  if (isLonger(markdown, messages))
    shown.at(-1)?.push({ type: 'context', elements: [plain(wholeNotes[wholeIn])] });
  return shown.map((blocks, index) => ({
    text: index === 0 ? notification(markdown) : '…',
    blocks,
  }));
}

const wholeNotes: Readonly<Record<WholeIn, string>> = {
  console: '… the answer is longer than Slack takes. The console shows all of it.',
  file: '… the answer is longer than Slack takes. The file below holds all of it.',
};

function isLonger(markdown: string, messages: readonly (readonly Block[])[]): boolean {
  return messages.length > mostMessages || markdown.length > mostRead;
}

function inMessages(markdown: string): readonly Block[][] {
  const messages: Block[][] = [];
  let left = 0;
  for (const block of toBlocks(renderMarkdown(markdown.slice(0, mostRead)))) {
    const length = textLength([block]);
    const last = messages.at(-1);
    if (last === undefined || length > left || last.length >= limits.blocks - 3) {
      messages.push([block]);
      left = limits.text - 1_000 - length;
    } else {
      last.push(block);
      left -= length;
    }
  }
  return messages;
}

/** Small print; its newest lines when it is too long. */
function auditBlocks(text: string): readonly Block[] {
  const lines = text.split('\n');
  const kept: string[] = [];
  let left = mostAuditCharacters;
  for (const line of lines.reverse()) {
    const shown = mrkdwnWithMoments(inShort(line, 1_000));
    if (shown.length + 1 > left) break;
    kept.push(shown);
    left -= shown.length + 1;
  }
  if (kept.length < lines.length) kept.push('… earlier lines are in the console');
  const whole = kept.reverse().join('\n');
  return [
    {
      type: 'context',
      elements: piecesByLine(whole).map((piece) => ({ type: 'mrkdwn', text: piece, verbatim: true })),
    },
  ];
}

/** Never cut inside a line: a date token or an escaped character would break. */
function piecesByLine(text: string): readonly string[] {
  const pieces = inPieces(text, limits.sectionText).filter((piece) => piece.trim() !== '');
  return pieces.length === 0 ? ['…'] : pieces;
}

/** The plain text beside blocks: escaped, so that no notification carries a mention. */
function notification(text: string): string {
  const long = mrkdwnWithMoments(firstCharacters(text, limits.notification));
  // Never cut once escaped: half a token would stand there.
  const shown =
    long.length <= limits.escaped ? long : mrkdwnWithMoments(firstCharacters(text, limits.escaped / 5));
  return shown.trim() === '' ? '…' : shown;
}
