/** What a run's thread said before it began. */
import type { ActorId } from '../core/ids.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import type { RunStore } from '../runs/store.ts';
import type { EarlierExchange } from './transcript.ts';

export interface RecalledThread {
  readonly exchanges: readonly EarlierExchange[];
  readonly runs: readonly string[];
  /** Whose words they hold. */
  readonly by: readonly ActorId[];
  /** What nobody vouches for and one of these runs had read: its answer may repeat it. */
  readonly taintedBy?: string;
}

/** As many exchanges as a run looks back. */
const lookBack = 10;
const earlier = ', earlier in this thread';

/** Exchanges of this thread that came before the run: what everybody in it has read. */
async function recallThread(store: Pick<RunStore, 'list'>, run: OpenRun): Promise<RecalledThread> {
  const { thread, requested } = run.state();
  const rows = await store.list({ thread, limit: lookBack + 1 });
  const before = rows
    .filter((row) => row.id !== run.id && row.startedAt <= (requested?.stamp.at.getTime() ?? 0))
    .reverse();
  const taintedBy = before.find((row) => row.taintedBy !== undefined)?.taintedBy;
  return {
    exchanges: before.map((row) => ({ request: row.title, reply: row.reply })),
    runs: before.map((row) => row.id),
    // A taint that came through several runs is said to be earlier once.
    ...(taintedBy !== undefined && {
      taintedBy: taintedBy.endsWith(earlier) ? taintedBy : taintedBy + earlier,
    }),
    by: [...new Set(before.map((row) => row.startedBy))],
  };
}

/** Looks back once for each run: what came before it does not change while it runs. */
export function createThreadRecall(store: Pick<RunStore, 'list'>): (run: OpenRun) => Promise<RecalledThread> {
  const known = new WeakMap<OpenRun, Promise<RecalledThread>>();
  return (run) => {
    const recalled = known.get(run) ?? recallThread(store, run);
    known.set(run, recalled);
    return recalled;
  };
}
