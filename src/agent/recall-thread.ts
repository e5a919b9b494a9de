/**
 * What a run's thread said before it began: the first request, the thread's summary, an outline of what is in neither,
 * the last exchanges in full, and the files that came with any of them.
 *
 * All of it is read from the record each time and kept nowhere else. So it is the same after a restart and with another
 * model, and what was erased meanwhile is in no part of it.
 */
import type { ActorId } from '../core/ids.ts';
import type { FileState } from '../runs/file-state.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { rowReplyCharacters, rowTitleCharacters } from '../runs/project-run.ts';
import type { RunRow } from '../runs/store.ts';
import { fitFiles } from './fit-files.ts';
import { outlineOf } from './outline-thread.ts';
import { inFull, laterTaint, outlined, readSummary, windowOf } from './thread-window.ts';
import type { ThreadRecallParts } from './thread-window.ts';
import type { EarlierExchange } from './transcript.ts';

export interface RecalledThread {
  readonly exchanges: readonly EarlierExchange[];
  readonly runs: readonly string[];
  /** Whose words they hold. */
  readonly by: readonly ActorId[];
  /** What nobody vouches for and one of these runs had read: its answer may repeat it. */
  readonly taintedBy?: string;
}

/** Of the exchanges that stand in full, as many are read whole when a list would cut them. */
const wholeWords = 3;
/** As many runs that files came with are looked into, the youngest. */
const withFilesLooked = 8;

async function recallThread(parts: ThreadRecallParts, run: OpenRun): Promise<RecalledThread> {
  const { store, runs } = parts;
  const { thread, requested } = run.state();
  const rows = await store.list({ thread, limit: inFull + outlined + 1 });
  const before = rows
    .filter((row) => row.id !== run.id && row.startedAt <= (requested?.stamp.at.getTime() ?? 0))
    .reverse();
  const [first] = before.length < inFull + outlined ? before : await store.listOldest({ thread, limit: 1 });
  const { summaryIn } = windowOf(before);
  const summary = summaryIn === undefined ? undefined : await readSummary(parts, summaryIn);
  // Without the text of its summary all that it told of stands in the outline again.
  const { last, left } = windowOf(summary === undefined ? before.map(withoutSummary) : before);
  const outline = first === undefined ? undefined : outlineOf(first, left, summary?.text);
  const told = first === undefined || before.includes(first) ? before : [first, ...before];
  const files = await filesOf(runs, told);
  const exchanges = await Promise.all(
    last.map(async (row, at) => ({
      ...(at < last.length - wholeWords ? asListed(row) : await wholeOf(runs, row)),
      files: files.get(row.id) ?? [],
    })),
  );
  const inWindow = new Set(last.map(({ id }) => id));
  const filesBefore = told.flatMap((row) => (inWindow.has(row.id) ? [] : (files.get(row.id) ?? [])));
  const taintedBy = laterTaint([...(summary === undefined ? [] : [summary]), ...told]);
  return {
    exchanges: [
      ...(outline === undefined ? [] : [{ request: outline, reply: undefined, files: filesBefore }]),
      ...exchanges,
    ],
    runs: told.map((row) => row.id),
    ...(taintedBy !== undefined && { taintedBy }),
    by: [...new Set([...(summary?.by ?? []), ...told.map((row) => row.startedBy)])],
  };
}

function withoutSummary({ summary: _gone, ...row }: RunRow): RunRow {
  return row;
}

/** What came with these runs, by run; the youngest first get the room there is. */
async function filesOf(
  runs: ThreadRecallParts['runs'],
  rows: readonly RunRow[],
): Promise<ReadonlyMap<string, readonly FileState[]>> {
  const found: { readonly id: string; readonly files: readonly FileState[] }[] = [];
  for (const row of rows.filter(({ files = 0 }) => files > 0).slice(-withFilesLooked)) {
    const run = await runs.open(row.id);
    if (run === undefined) continue;
    found.push({ id: row.id, files: [...run.state().files] });
    runs.close(run);
  }
  const fitting = fitFiles(found.flatMap(({ files }) => files));
  return new Map(
    found.map(({ id, files }) => [
      id,
      files.flatMap((file) => fitting.find((kept) => kept.id === file.id) ?? []),
    ]),
  );
}

function asListed(row: RunRow): EarlierExchange {
  return { request: row.title, reply: row.reply };
}

/** With the words that a list cuts off, where it cut any. */
export async function wholeOf(runs: ThreadRecallParts['runs'], row: RunRow): Promise<EarlierExchange> {
  const isCut = row.title.length >= rowTitleCharacters || (row.reply?.length ?? 0) >= rowReplyCharacters;
  const run = isCut ? await runs.open(row.id) : undefined;
  if (run === undefined) return asListed(row);
  try {
    const { text, said } = run.state();
    return { request: text, reply: said.at(-1)?.text };
  } finally {
    runs.close(run);
  }
}

/** Looks back once for each run: what came before it does not change while it runs. */
export function createThreadRecall(parts: ThreadRecallParts): (run: OpenRun) => Promise<RecalledThread> {
  const known = new WeakMap<OpenRun, Promise<RecalledThread>>();
  return (run) => {
    const recalled = known.get(run) ?? recallThread(parts, run);
    known.set(run, recalled);
    return recalled;
  };
}
