/** What a command answers, as the private messages that hold it: its words over as many as they take, then its cards. */
import type { Card } from '../../src/chat/card.ts';
import type { Block } from './blocks.ts';
import { limits } from './blocks.ts';
import { renderMarkdown } from './markdown.ts';
import { renderCard } from './render-card.ts';
import type { RenderedMessage } from './render.ts';
import { privateBlocks } from './replies.ts';
import { textLength, toBlocks } from './rich-text.ts';

/** An interaction's address takes five answers. */
const mostMessages = 5;
/** What the last message says of what is not there takes this much. */
const roomForNotes = { blocks: 2, text: 200 };

export function renderAnswer(text: string, cards: readonly Card[]): readonly RenderedMessage[] {
  const parts = messagesOf(toBlocks(renderMarkdown(text)));
  const shown = parts.slice(0, cards.length === 0 ? mostMessages : mostMessages - 1);
  const withCards = cards.slice(0, mostMessages - shown.length);
  const left = cards.length - withCards.length;
  const notes = [
    ...(parts.length > shown.length ? ['… and more of this than Slack shows here.'] : []),
    ...(left > 0 ? [`… and ${String(left)} more, in the console.`] : []),
  ];
  return [
    ...shown.map((blocks, at) =>
      privateBlocks(
        at === 0 ? text : 'It goes on.',
        at < shown.length - 1 ? blocks : [...blocks, ...toBlocks(renderMarkdown(notes.join('\n\n')))],
      ),
    ),
    ...withCards.map((card) => privateBlocks(card.fallback, renderCard(card))),
  ];
}

/** As many messages as these blocks take. */
function messagesOf(blocks: readonly Block[]): readonly (readonly Block[])[] {
  const messages: Block[][] = [[]];
  let left = limits.text - roomForNotes.text;
  for (const block of blocks) {
    const last = messages.at(-1) ?? [];
    const length = textLength([block]);
    if (last.length > 0 && (length > left || last.length >= limits.blocks - roomForNotes.blocks)) {
      messages.push([block]);
      left = limits.text - roomForNotes.text - length;
    } else {
      last.push(block);
      left -= length;
    }
  }
  return messages;
}
