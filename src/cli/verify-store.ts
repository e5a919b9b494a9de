/**
 * Verification of a store, or of one run in it: its ledger, and the list of runs, which knows how far each one went.
 *
 * Hashing is all the work, so a large store is shared out to several processes by the names of its streams. Each
 * answers with its part of the report.
 */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { AppError } from '../core/errors.ts';
import { asRunId, runStream } from '../core/ids.ts';
import type { StreamRange } from '../ledger/store.ts';
import { sourceOfStore, verifyLedger } from '../ledger/verify-ledger.ts';
import type { LedgerReport, VerifyOptions } from '../ledger/verify-ledger.ts';
import type { Store } from './command-setup.ts';

type Stores = Pick<Store, 'ledger' | 'runs'>;
type Options = Omit<VerifyOptions, 'knownEnds'>;
export type PartReport = Omit<LedgerReport, 'book'>;

const rowsAtOnce = 500;
/** Below this, a further process costs more than it saves. */
const runsPerProcess = 5_000;
const mostProcesses = 4;

export async function verifyRun(
  { ledger, runs }: Stores,
  run: string,
  options: Options,
): Promise<LedgerReport> {
  const id = asRunId(run);
  const row = await runs.find(id);
  const knownEnds = new Map(row === undefined ? [] : [[runStream(id), row.seq]]);
  return verifyLedger(sourceOfStore(ledger, runStream(id)), { ...options, knownEnds });
}

/** The streams of a range, as another process asked for them. */
export async function verifyPart(store: Stores, range: StreamRange): Promise<PartReport> {
  const { book, faults, ...counts } = await verifyLedger(sourceOfStore(store.ledger, undefined, range), {
    knownEnds: await readEnds(store),
  });
  // Whoever asked looks at the seals himself.
  return { ...counts, faults: faults.filter((fault) => !book.faults.includes(fault)) };
}

export async function verifyWhole(
  store: Stores,
  options: Options & { readonly processes?: number | undefined },
): Promise<LedgerReport> {
  const knownEnds = await readEnds(store);
  const processes =
    options.processes ??
    Math.min(availableParallelism(), mostProcesses, Math.ceil(knownEnds.size / runsPerProcess));
  const [own = {}, ...others] = rangesOf([...knownEnds.keys()], processes);
  const asked = Promise.all(others.map(askForPart));
  // Awaited below; a fault of the own part must not leave a rejection that nobody hears.
  asked.catch(() => undefined);
  const report = await verifyLedger(sourceOfStore(store.ledger, undefined, own), { ...options, knownEnds });
  return (await asked).reduce<LedgerReport>(
    (sum, part) => ({
      ...sum,
      commits: sum.commits + part.commits,
      streams: sum.streams + part.streams,
      covered: sum.covered + part.covered,
      faults: [...sum.faults, ...part.faults],
    }),
    report,
  );
}

/** Before the ledger is read: a run that goes on meanwhile has more commits than its row says, never fewer. */
async function readEnds({ runs }: Stores): Promise<Map<string, number>> {
  const ends = new Map<string, number>();
  let cursor: string | undefined;
  do {
    const rows = await runs.list({ limit: rowsAtOnce, ...(cursor !== undefined && { cursor }) });
    for (const row of rows) ends.set(runStream(row.id), row.seq);
    const last = rows.length === rowsAtOnce ? rows.at(-1) : undefined;
    cursor = last === undefined ? undefined : `${String(last.startedAt)}/${last.id}`;
  } while (cursor !== undefined);
  return ends;
}

/** Adjoining ranges that hold about as many of the streams each; together they hold every name. */
function rangesOf(streams: readonly string[], count: number): readonly StreamRange[] {
  const inOrder = streams.toSorted();
  const bounds = Array.from(
    { length: Math.max(count, 1) - 1 },
    (_, at) => inOrder[Math.floor(((at + 1) * inOrder.length) / count)],
  ).filter((bound) => bound !== undefined);
  return [undefined, ...bounds].map((from, at) => ({
    ...(from !== undefined && { from }),
    ...(bounds[at] !== undefined && { before: bounds[at] }),
  }));
}

/** Starts this very command for a range. */
async function askForPart(range: StreamRange): Promise<PartReport> {
  const [command = ''] = process.argv.slice(1);
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...process.execArgv, command, 'audit', 'verify', '--part', JSON.stringify(range)],
      { maxBuffer: 2 ** 28 },
    );
    // Printed by `verifyPart` of the same program.
    return JSON.parse(stdout) as PartReport;
  } catch (cause) {
    throw new AppError('store.unavailable', 'A process that verified a part of the ledger failed.', {
      cause,
    });
  }
}
