/**
 * A long thread in few words: what it began with, and a line for each exchange that is too old to stand in full. Pure.
 *
 * Words are shortened and never put otherwise: an outline says nothing that the thread did not. A summary, where there is
 * one, stands between the beginning and the lines, which then tell of what came after it.
 */
import type { RunRow } from '../runs/store.ts';

const firstCharacters = 1_000;
const requestCharacters = 140;
const replyCharacters = 200;
const mostCharacters = 8_000;

/**
 * Undefined while everything stands in full. `older` is oldest first, and may leave out what was even before it; it comes
 * after what `summary` tells of.
 */
export function outlineOf(first: RunRow, older: readonly RunRow[], summary?: string): string | undefined {
  if (older.length === 0 && summary === undefined) return undefined;
  const lines = older.filter((row) => row.isErased !== true && row.id !== first.id).map(lineOf);
  const kept: string[] = [];
  let characters = 0;
  for (const line of lines.toReversed()) {
    characters += line.length;
    if (characters > mostCharacters) break;
    kept.unshift(line);
  }
  const isWhole = kept.length === lines.length && (older.includes(first) || summary !== undefined);
  return [
    'This thread is long. What it began with, and what was said since in few words; the last exchanges follow in full.',
    ...(first.isErased === true ? [] : [`It began with: ${shorten(first.title, firstCharacters)}`]),
    ...(summary === undefined ? [] : ['A summary of what was said then:', summary, 'End of the summary.']),
    ...(isWhole ? [] : ['(More was said in between; ask when it matters.)']),
    ...kept,
  ].join('\n');
}

function lineOf({ title, reply }: RunRow): string {
  const answer = reply === undefined || reply.trim() === '' ? '' : ` → ${shorten(reply, replyCharacters)}`;
  return `- ${shorten(title, requestCharacters)}${answer}`;
}

function shorten(text: string, most: number): string {
  const line = text.replace(/\s+/gu, ' ').trim();
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}
