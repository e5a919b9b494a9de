/** Runs found by the words of their request or their answer, youngest first, where the asker may read. */
import type { Person } from '../../people/person.ts';
import type { RunRow } from '../../runs/store.ts';
import type { LookOptions } from './look-options.ts';
import type { SearchJson } from './look-shapes.ts';

/** Further back the ledger's export is the tool: a page must answer at once. */
const mostSearched = 2_000;
const pageSize = 200;
const mostFound = 30;
const aroundWord = 60;

export async function searchRuns(
  { store, views }: LookOptions,
  person: Person,
  words: string,
): Promise<SearchJson> {
  const wanted = fold(words)
    .split(/\s+/u)
    .filter((word) => word !== '');
  const items: SearchJson['items'] = [];
  let searched = 0;
  let cursor: string | undefined;
  while (searched < mostSearched && items.length < mostFound) {
    const rows = await store.runs.list({ limit: pageSize, ...(cursor !== undefined && { cursor }) });
    for (const row of rows) {
      if (items.length === mostFound) break;
      searched += 1;
      if (!views.mayRead(person, row.channel)) continue;

      const found = match(row, wanted);
      if (found !== undefined) items.push(found);
    }
    const last = rows.at(-1);
    if (rows.length < pageSize || last === undefined) return { items, searched, isAll: true };
    cursor = `${String(last.startedAt)}/${last.id}`;
  }
  return { items, searched, isAll: false };
}

function match(row: RunRow, wanted: readonly string[]): SearchJson['items'][number] | undefined {
  const title = fold(`${row.title} ${row.id} ${row.workflow} ${row.startedBy}`);
  const reply = fold(row.reply ?? '');
  if (wanted.length === 0 || !wanted.every((word) => title.includes(word) || reply.includes(word)))
    return undefined;
  const inReply = wanted.find((word) => !title.includes(word));
  return {
    run: row.id,
    thread: row.thread,
    channel: row.channel,
    title: row.title,
    ...(inReply !== undefined && { found: pieceAround(row.reply ?? '', reply.indexOf(inReply)) }),
    status: row.status,
    by: row.startedBy,
    at: new Date(row.startedAt).toISOString(),
  };
}

/** Folding may change a text's length by a little: the piece is wide enough to hold the word all the same. */
function pieceAround(text: string, at: number): string {
  const from = Math.max(0, at - aroundWord);
  const to = at + 2 * aroundWord;
  const piece = text.slice(from, to).replaceAll(/\s+/gu, ' ').trim();
  return `${from > 0 ? '…' : ''}${piece}${to < text.length ? '…' : ''}`;
}

/** Capitals and accents do not matter. */
function fold(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
