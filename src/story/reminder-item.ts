/** What the thread says when people are told once more: a notice without buttons, and whom it names. */
import type { Card } from '../chat/card.ts';
import type { StoryItem } from './story-item.ts';

export function reminderItem(reminder: {
  readonly id: string;
  readonly at: Date;
  readonly title: string;
  readonly text: string;
  /** Accounts that are named while there is something to do. */
  readonly tell: readonly string[];
}): StoryItem {
  const { id, at, title, text, tell } = reminder;
  const fallback = `${title}. ${text}`;
  const card: Card = { kind: 'notice', title, lines: [], fields: [], outcome: text, actions: [], fallback };
  return { id, kind: 'card', by: 'bot', at, text: fallback, card, ...(tell.length > 0 && { tell }) };
}

export function durationText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 60) return `${String(minutes)} minutes`;
  const hours = Math.round(minutes / 60);
  return hours === 1
    ? 'an hour'
    : hours < 48
      ? `${String(hours)} hours`
      : `${String(Math.round(hours / 24))} days`;
}
