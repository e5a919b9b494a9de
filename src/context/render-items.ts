/** Recalled items as a model reads them: numbered, quoted line by line, each with its id and source. Pure. */
import type { RecallItem } from './recall-item.ts';

export function renderItems(items: readonly RecallItem[]): string {
  return items.map((item, index) => renderItem(item, index + 1)).join('\n');
}

export function renderItem(item: RecallItem, number: number): string {
  // Quoting every line keeps a text from passing for the next item or for the end of the list.
  const quoted = item.text
    .trim()
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
  return `[${String(number)}] ${item.id} (${item.source.replaceAll('\n', ' ')})\n${quoted}`;
}
