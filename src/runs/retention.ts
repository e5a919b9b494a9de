/**
 * Retention: texts of runs that ended long ago go, and later the runs themselves leave the lists.
 *
 * What was done stays in the ledger for ever: each commit keeps its hash, and an event says what was removed and
 * why. Several processes may sweep at once; each removal is idempotent.
 */
import type { Clock, Timer } from '../core/clock.ts';
import { describeError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { LedgerStore } from '../ledger/store.ts';
import { dayOfKept, keptFilesPrefix } from './kept-files.ts';
import { eraseTexts } from '../ledger/erase-texts.ts';
import { streamNames } from '../ledger/stream-names.ts';
import { eraseRun } from './erase-run.ts';
import { allTexts, summaryTexts } from './personal-texts.ts';
import { runStream } from '../core/ids.ts';
import type { RunRow, RunStore } from './store.ts';

export interface Retention {
  start(): void;
  stop(): Promise<void>;
  /** One round; resolves with how many runs lost their texts or left the lists. */
  sweep(): Promise<number>;
}

export interface RetentionOptions {
  readonly ledger: LedgerStore;
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Days after its end at which a run's texts go; undefined keeps them. */
  readonly textsDays: number | undefined;
  /** Days after its end at which a run leaves the lists, without its texts; undefined keeps it. */
  readonly runsDays: number | undefined;
}

const dayMs = 86_400_000;
const sweepEveryMs = 60 * 60_000;
const rowsAtOnce = 200;

export function createRetention(options: RetentionOptions): Retention {
  const { ledger, runs, clock, logger, textsDays, runsDays } = options;
  const isOff = textsDays === undefined && runsDays === undefined;
  let timer: Timer | undefined;
  let work: Promise<unknown> = Promise.resolve();
  let isStopping = false;
  /** Every run that started before this one has been dealt with by some sweep. */
  let doneUpTo: string | undefined;
  let filesDoneUpTo: string | undefined;

  function isDue(row: RunRow, days: number | undefined): boolean {
    return (
      days !== undefined &&
      row.finishedAt !== undefined &&
      row.finishedAt + days * dayMs <= clock.now().getTime()
    );
  }

  /** Summaries in younger runs of the thread that tell of this one. */
  async function removeSummariesOf({ id, thread, startedAt }: RunRow): Promise<void> {
    let cursor: string | undefined;
    for (;;) {
      const rows = await runs.list({
        thread,
        limit: rowsAtOnce,
        ...(cursor !== undefined && { cursor }),
      });
      const younger = rows.filter((row) => row.startedAt >= startedAt && row.id !== id);
      for (const row of younger)
        if (row.summary !== undefined && row.summary.at >= startedAt) await removeSummary(row.id);
      const last = rows.at(-1);
      if (last === undefined || rows.length < rowsAtOnce || last.startedAt < startedAt) return;
      cursor = `${String(last.startedAt)}/${last.id}`;
    }
  }

  async function removeSummary(run: RunRow['id']): Promise<void> {
    const texts = summaryTexts(await ledger.read(runStream(run)));
    await eraseRun(ledger, run, { texts, by: 'bot', why: 'derived', isPending: false });
  }

  /** True when something was removed. */
  async function removeWhatIsDue(row: RunRow): Promise<boolean> {
    const isRetiring = isDue(row, runsDays);
    if (!isRetiring && (row.isErased === true || !isDue(row, textsDays))) return false;
    // First, so that a process that dies in between comes back for them.
    await removeSummariesOf(row);
    await eraseRun(ledger, row.id, {
      texts: allTexts(await ledger.read(runStream(row.id))),
      by: 'bot',
      why: 'retention',
      isPending: false,
      ...(isRetiring && { also: { kind: 'run.retired', v: 1, data: {} } }),
    });
    return true;
  }

  /** Files that were attached at the console go by their own age, whether a message came with them or not. */
  async function removeOldFiles(): Promise<number> {
    const days = Math.min(textsDays ?? Number.POSITIVE_INFINITY, runsDays ?? Number.POSITIVE_INFINITY);
    const end = new Date(clock.now().getTime() - days * dayMs).toISOString().slice(0, 10);
    let count = 0;
    for await (const stream of streamNames(ledger, keptFilesPrefix, filesDoneUpTo)) {
      if (isStopping || dayOfKept(stream) >= end) break;
      const texts = allTexts(await ledger.read(stream));
      if (texts.size > 0) {
        await eraseTexts(ledger, { stream, texts, by: 'bot', why: 'retention', isPending: false });
        count += 1;
      }
      filesDoneUpTo = stream;
    }
    return count;
  }

  async function sweep(): Promise<number> {
    let count = 0;
    let after = doneUpTo;
    let isUnbroken = true;
    for (;;) {
      const rows = await runs.listOldest({ limit: rowsAtOnce, ...(after !== undefined && { after }) });
      for (const row of rows) {
        if (isStopping) return count;
        if (await removeWhatIsDue(row)) count += 1;
        after = `${String(row.startedAt)}/${row.id}`;
        // Nothing more will become due for a run that has left the lists, or whose texts are all that may go.
        isUnbroken &&= isDue(row, runsDays) || (runsDays === undefined && isDue(row, textsDays));
        if (isUnbroken) doneUpTo = after;
      }
      const last = rows.at(-1);
      const shortest = Math.min(textsDays ?? Number.POSITIVE_INFINITY, runsDays ?? Number.POSITIVE_INFINITY);
      const isTooYoung = last !== undefined && last.startedAt + shortest * dayMs > clock.now().getTime();
      if (rows.length < rowsAtOnce || isTooYoung) break;
    }
    count += await removeOldFiles();
    if (count > 0) {
      await ledger.purge();
      logger.info('retention.applied', { runs: count });
    }
    return count;
  }

  function sweepInTurn(): void {
    work = work.then(sweep).catch((error: unknown) => {
      logger.error('retention.failed', { why: describeError(error) });
    });
  }

  return {
    sweep,
    start() {
      if (isOff) return;
      sweepInTurn();
      timer = clock.every(sweepEveryMs, sweepInTurn);
    },
    async stop() {
      isStopping = true;
      timer?.cancel();
      await work;
    },
  };
}
