/**
 * What a run's thread said before it began: the first request, an outline, the last exchanges in full, and the files
 * that came with any of them.
 *
 * All of it is read from the record each time and kept nowhere else. So it is the same after a restart and with another
 * model, and what was erased meanwhile is in no part of it.
 */
import type { ActorId } from '../core/ids.ts';
import type { FileState } from '../runs/file-state.ts';
import type { OpenRun, OpenRuns } from '../runs/open-runs.ts';
import { rowReplyCharacters, rowTitleCharacters } from '../runs/project-run.ts';
import type { RunRow, RunStore } from '../runs/store.ts';
import { fitFiles } from './fit-files.ts';
import { outlineOf } from './outline-thread.ts';
import type { EarlierExchange } from './transcript.ts';

export interface RecalledThread {
  readonly exchanges: readonly EarlierExchange[];
  readonly runs: readonly string[];
  /** Whose words they hold. */
  readonly by: readonly ActorId[];
  /** What nobody vouches for and one of these runs had read: its answer may repeat it. */
  readonly taintedBy?: string;
}

/** As many exchanges stand as they were. */
const inFull = 10;
/** Of these, as many are read whole when a list would cut them. */
const wholeWords = 3;
/** As many runs that files came with are looked into, the youngest. */
const withFilesLooked = 8;
/** As many before them stand in the outline. */
const outlined = 40;
const earlier = ', earlier in this thread';

export interface ThreadRecallParts {
  readonly store: Pick<RunStore, 'list' | 'listOldest'>;
  readonly runs: Pick<OpenRuns, 'open' | 'close'>;
}

async function recallThread({ store, runs }: ThreadRecallParts, run: OpenRun): Promise<RecalledThread> {
  const { thread, requested } = run.state();
  const rows = await store.list({ thread, limit: inFull + outlined + 1 });
  const before = rows
    .filter((row) => row.id !== run.id && row.startedAt <= (requested?.stamp.at.getTime() ?? 0))
    .reverse();
  const [first] = before.length < inFull + outlined ? before : await store.listOldest({ thread, limit: 1 });
  const last = before.slice(-inFull);
  const older = before.slice(0, -inFull);
  const outline = first === undefined ? undefined : outlineOf(first, older);
  const told = first === undefined || before.includes(first) ? before : [first, ...before];
  const files = await filesOf(runs, told);
  const exchanges = await Promise.all(
    last.map(async (row, at) => ({
      ...(at < last.length - wholeWords ? asListed(row) : await wholeOf(runs, row)),
      files: files.get(row.id) ?? [],
    })),
  );
  const filesBefore = told.flatMap((row) => (last.includes(row) ? [] : (files.get(row.id) ?? [])));
  const taintedBy = told.find((row) => row.taintedBy !== undefined)?.taintedBy;
  return {
    exchanges: [
      ...(outline === undefined ? [] : [{ request: outline, reply: undefined, files: filesBefore }]),
      ...exchanges,
    ],
    runs: told.map((row) => row.id),
    // A taint that came through several runs is said to be earlier once.
    ...(taintedBy !== undefined && {
      taintedBy: taintedBy.endsWith(earlier) ? taintedBy : taintedBy + earlier,
    }),
    by: [...new Set(told.map((row) => row.startedBy))],
  };
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
async function wholeOf(runs: ThreadRecallParts['runs'], row: RunRow): Promise<EarlierExchange> {
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
