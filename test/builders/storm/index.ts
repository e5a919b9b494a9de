/**
 * Several real processes on one store while everything around them fails, and the check of what they said against what
 * really happened.
 *
 * People ask and decide all the time, on the console, on Slack and on Discord; processes are killed, told to end,
 * stopped for a while and given wrong clocks; messages come twice; platforms cut their connections; tool servers crash,
 * hang and answer what nobody asked; the store is slow, full, locked or away. The company's own books are the record of
 * effects that no process of ours writes.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { findRowFaults } from '../rebuilt-rows.ts';
import { aFolder, removeFolder } from '../running-bot.ts';
import { numbersFrom } from '../seeded-numbers.ts';
import { openBooks } from './books.ts';
import { checkLedger, lookAtThreads } from './check.ts';
import { createCrowd } from './crowd.ts';
import { injectFault } from './inject.ts';
import { pause, waitUntil, waitWhileLess } from './options.ts';
import type { StormOptions } from './options.ts';
import { startProcesses } from './processes.ts';
import type { Processes } from './processes.ts';
import { raceVotes } from './races.ts';
import type { StormReport } from './report.ts';
import { requestOf } from './request.ts';
import { surround } from './setup.ts';
import type { Surroundings } from './setup.ts';

/**
 * A post that was claimed by a process that died is taken over after half a minute; beyond that the threads follow as
 * fast as the platforms let them. They are given up when for so long not one of them came further.
 */
const untilThreadsFollowMs = 150_000;

export async function storm(options: StormOptions): Promise<StormReport> {
  const next = numbersFrom(options.seed);
  const random = (limit: number): number => Math.floor(next() * limit);
  const since = Date.now();
  const dataDir = aFolder();
  const around = await surround(dataDir, options);
  const books = openBooks(dataDir);
  const injected: Record<string, number> = {};
  const count = (what: string, times = 1): void => {
    injected[what] = (injected[what] ?? 0) + times;
    if (process.env['LOUD'] !== undefined) process.stdout.write(`${new Date().toISOString()} ${what}\n`);
  };
  let processes: Processes | undefined;
  try {
    processes = await startProcesses(options.processes, around, count);
    const all = Array.from({ length: options.requests }, (_, index) => requestOf(index));
    const crowd = createCrowd(processes, around, all, books, count);
    let isOver = false;
    const working = crowd.work(() => isOver);

    const begun = Date.now();
    const isTime = (): boolean => Date.now() - begun > options.longestMs;
    for (let killed = 0; killed < options.kills && !isTime();) {
      await pause(random(options.pauseMs));
      crowd.due = Math.ceil((all.length * (killed + 1)) / options.kills);
      if (await injectFault(processes, around, options, random, count)) {
        killed += 1;
        if (killed % 50 === 0) progress(since, killed, all, books.total());
      }
    }

    if (!isTime()) crowd.due = all.length;
    writeFileSync(join(around.folder, 'flaky.off'), '');
    around.mongo?.faults.clear();
    around.slack.faults.clear();
    const wanted = all.slice(0, crowd.due);
    const { isWhole } = processes;
    await waitUntil(() => isWhole(), options.settleMs);
    await waitUntil(() => crowd.isHeard() && countOpen(around) === 0, options.settleMs);
    await waitWhileLess(() => {
      const { openCards, silentThreads } = lookAtThreads(around, wanted);
      return openCards.length + silentThreads.length;
    }, untilThreadsFollowMs);
    isOver = true;
    await working;
    for (const sort of spoiledCalls(around.folder)) count(`server: ${sort}`);
    const seen = lookAtThreads(around, wanted);
    const found = await checkLedger(around, wanted, books);
    const races = await raceVotes(processes, books, options.trials);
    const { endings } = processes;
    await processes.close();
    // A row's moments are its writer's: with wrong clocks they differ from the store's.
    const hadWrongClocks = Object.keys(injected).some((what) => what.startsWith('clock'));
    const rowFaults = hadWrongClocks
      ? []
      : await findRowFaults({ dataDir, cwd: around.folder, env: around.env }, around.mongo);
    const seconds = (Date.now() - since) / 1_000;
    return { ...found, ...seen, rowFaults, injected, races, unclean: processes.unclean(), endings, seconds };
  } finally {
    await processes?.close();
    books.close();
    await around.close();
    if (process.env['KEEP'] === undefined) removeFolder(dataDir);
    else process.stdout.write(`kept ${dataDir}\n`);
  }
}

function spoiledCalls(folder: string): readonly string[] {
  const log = join(folder, 'flaky.log');
  return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
}

function progress(
  since: number,
  killed: number,
  wanted: readonly { saidAt: number }[],
  effects: number,
): void {
  const said = wanted.filter(({ saidAt }) => saidAt > 0).length;
  process.stdout.write(
    `${String(Math.round((Date.now() - since) / 1_000))} s: ${String(killed)} killed, ${String(said)} said, ${String(effects)} effects\n`,
  );
}

const atTheirEnd = ['done', 'failed', 'stopped'];

/** Runs that are not at their end, by the store's own list. */
function countOpen({ dataDir, mongo }: Surroundings): number {
  if (mongo !== undefined) {
    const [database = ''] = new URL(mongo.uri).pathname.slice(1).split('?');
    return mongo.database
      .collection(database, 'runs')
      .all()
      .filter(({ status }) => !atTheirEnd.includes(String(status))).length;
  }
  const database = new Database(join(dataDir, 'countersign.db'), { readonly: true });
  try {
    const row = database
      .prepare(`SELECT count(*) AS n FROM runs WHERE status NOT IN (${atTheirEnd.map(() => '?').join()})`)
      // A count is a number.
      .get(...atTheirEnd) as { n: number };
    return row.n;
  } catch {
    return Number.NaN;
  } finally {
    database.close();
  }
}
