/** The last 24 hours in the channels that the asker reads: what waits, what went wrong, what was decided. */
import { listUnknownRuns } from '../../runs/unknown-outcomes.ts';
import type { Person } from '../../people/person.ts';
import type { RunRow, RunTally } from '../../runs/store.ts';
import type { LookOptions } from './look-options.ts';
import type { OverviewJson } from './look-shapes.ts';

const dayMs = 24 * 3_600_000;
const days = 7;
/** No approval waits longer than a week. */
const longestWaitMs = 8 * dayMs;
const searched = 200;
const shown = 8;
const mostUnknown = 100;

export async function readOverview(options: LookOptions, person: Person): Promise<OverviewJson> {
  const { store, views } = options;
  const until = options.clock.now().getTime();
  const since = until - dayMs;
  const [tallies, decisions, waiting, parked, failed, unknown, { checks }] = await Promise.all([
    store.activity.tally({ until, stretchMs: dayMs, stretches: days }),
    store.activity.listDecisions({ askedSince: since - longestWaitMs, since, limit: searched }),
    store.activity.listRuns({ status: 'waiting', limit: searched }),
    store.activity.listRuns({ status: 'parked', limit: searched }),
    store.activity.listRuns({ status: 'failed', since, limit: searched }),
    listUnknownRuns(store.signals, undefined, mostUnknown),
    options.health(),
  ]);
  const isSeen = ({ channel }: { readonly channel: RunRow['channel'] }): boolean =>
    views.mayRead(person, channel);
  const seen = tallies.filter(isSeen);
  const [today, before] = [0, 1].map((ago) => seen.filter((tally) => tally.ago === ago));
  const unknownRuns = await Promise.all(unknown.map((id) => store.runs.find(id)));
  return {
    until: new Date(until).toISOString(),
    runs: {
      started: runsOf(today),
      done: runsOf(today, ['done']),
      failed: runsOf(today, ['failed']),
      stopped: runsOf(today, ['stopped']),
      open: runsOf(today, ['queued', 'running', 'waiting', 'parked']),
    },
    usd: sumOf(today, 'usd'),
    tokens: sumOf(today, 'tokens'),
    before: { started: runsOf(before), usd: sumOf(before, 'usd') },
    trend: Array.from({ length: days }, (_, index) =>
      runsOf(seen.filter(({ ago }) => ago === days - 1 - index)),
    ),
    waiting: waiting
      .filter(isSeen)
      .slice(0, shown)
      .map((row) => entryOf(options, row)),
    troubles: [...parked, ...failed]
      .filter(isSeen)
      .slice(0, shown)
      .map((row) => entryOf(options, row)),
    decisions: decisions
      .filter(
        (row) => row.channel !== undefined && row.isDrill !== true && views.mayRead(person, row.channel),
      )
      .slice(0, shown)
      .map((row) => ({
        tool: row.tool,
        state: row.state,
        ...(row.decidedBy !== undefined && { by: row.decidedBy }),
        ...(row.reason !== undefined && row.reason !== '' && { reason: row.reason }),
        ...(row.decidedAt !== undefined && { at: new Date(row.decidedAt).toISOString() }),
        run: row.run,
      })),
    unknownOutcomes: unknownRuns.filter((row) => row !== undefined && isSeen(row)).length,
    alarms: checks.filter(({ state }) => state !== 'ok').map(({ name, detail }) => ({ name, detail })),
  };
}

function entryOf({ titleOf }: LookOptions, row: RunRow): OverviewJson['waiting'][number] {
  return {
    run: row.id,
    thread: row.thread,
    what: row.waitingFor ?? `${titleOf(row.workflow)}: ${row.title}`,
    status: row.status,
    by: row.startedBy,
    at: new Date(row.startedAt).toISOString(),
  };
}

function runsOf(tallies: readonly RunTally[] = [], statuses?: readonly RunTally['status'][]): number {
  return tallies
    .filter(({ status }) => statuses?.includes(status) ?? true)
    .reduce((sum, { runs }) => sum + runs, 0);
}

function sumOf(tallies: readonly RunTally[] = [], field: 'usd' | 'tokens'): number {
  return tallies.reduce((sum, tally) => sum + tally[field], 0);
}
