/** What of a thread stands in full for its next run, what a summary tells of, and what has left the window since. */
import type { ActorId } from '../core/ids.ts';
import type { OpenRun, OpenRuns } from '../runs/open-runs.ts';
import type { RunRow, RunStore } from '../runs/store.ts';

export interface ThreadRecallParts {
  readonly store: Pick<RunStore, 'list' | 'listOldest'>;
  readonly runs: Pick<OpenRuns, 'open' | 'close'>;
}

/** As many exchanges stand as they were. */
export const inFull = 10;
/** As many before them stand in the outline, or go into one summary. */
export const outlined = 40;

export interface ThreadSummary {
  readonly text: string;
  readonly by: readonly ActorId[];
  readonly taintedBy?: string;
}

export interface ThreadWindow {
  /** Oldest first. */
  readonly last: readonly RunRow[];
  /** Before those, and in no summary. Oldest first. */
  readonly left: readonly RunRow[];
  /** The run in whose ledger the thread's summary stands. */
  readonly summaryIn?: RunRow;
  /** Even older ones were not looked at. */
  readonly isCut: boolean;
}

/** Pure. `rows` are the last ones of the thread, oldest first. */
export function windowOf(rows: readonly RunRow[]): ThreadWindow {
  const summaryIn = rows.findLast((row) => row.summary !== undefined);
  const upTo = summaryIn?.summary;
  const isLeft = ({ startedAt, id }: RunRow): boolean =>
    upTo === undefined || startedAt > upTo.at || (startedAt === upTo.at && id > upTo.run);
  return {
    last: rows.slice(-inFull),
    left: rows.slice(0, -inFull).filter(isLeft),
    ...(summaryIn !== undefined && { summaryIn }),
    isCut: rows.length > inFull + outlined,
  };
}

/** The window as it will be for the next run, this one included. */
export async function listExchanges({ store }: ThreadRecallParts, run: OpenRun): Promise<ThreadWindow> {
  const { thread, requested } = run.state();
  const rows = await store.list({ thread, limit: inFull + outlined + 1 });
  const startedAt = requested?.stamp.at.getTime() ?? 0;
  // Its own row may carry another moment than the store's, which its stamp holds by now.
  return windowOf(rows.filter((row) => row.id === run.id || row.startedAt <= startedAt).reverse());
}

/** Undefined once it is erased. */
export async function readSummary(
  { runs }: ThreadRecallParts,
  { id }: RunRow,
): Promise<ThreadSummary | undefined> {
  const run = await runs.open(id);
  if (run === undefined) return undefined;
  try {
    return run.state().summary;
  } finally {
    runs.close(run);
  }
}

const earlier = ', earlier in this thread';

/** What nobody vouches for and one of these runs had read, said once to be earlier however many runs it came through. */
export function laterTaint(rows: readonly { readonly taintedBy?: string }[]): string | undefined {
  const taintedBy = rows.find((row) => row.taintedBy !== undefined)?.taintedBy;
  return taintedBy === undefined || taintedBy.endsWith(earlier) ? taintedBy : taintedBy + earlier;
}
