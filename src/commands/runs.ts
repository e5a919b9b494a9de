import { mayOperate } from '../gate/may-operate.ts';
import type { RunStatus } from '../runs/run-state.ts';
import type { RunRow } from '../runs/store.ts';
import type { CommandDefinition, CommandServices } from './command.ts';
import type { Person } from '../people/person.ts';
import { listedWords } from './listed-words.ts';

const shownRuns = 10;

export const runs: CommandDefinition = {
  name: 'runs',
  usage: '[parked]',
  help: 'your runs that are not over; `parked`: all that stand still and that you may help',
  async run(services, { person }, rest) {
    if (rest.trim().toLowerCase() === 'parked')
      return { text: await parkedText(services, person), cards: [] };
    const mine = (await openRunsOf(services, person)).slice(0, shownRuns);
    if (mine.length === 0) return { text: 'Nothing of yours is running or waiting.', cards: [] };
    const lines = mine.map((row) => {
      const waits = row.waitingFor === undefined ? '' : `, waiting for ${row.waitingFor}`;
      return `- \`${row.id}\` ${row.workflow}: ${row.status}${waits}`;
    });
    return { text: lines.join('\n'), cards: [] };
  },
};

const openStatuses = ['queued', 'running', 'waiting', 'parked'] as const satisfies readonly RunStatus[];

/** This person's runs that are not over, newest first, however many others have begun since. */
export async function openRunsOf({ runs }: CommandServices, person: Person): Promise<readonly RunRow[]> {
  const rows = await Promise.all(
    openStatuses.map((status) => runs.list({ status, startedBy: person.id, limit: 100 })),
  );
  return rows.flat().toSorted((one, other) => other.startedAt - one.startedAt);
}

const lookedAt = 200;

/** Everybody's runs that stand still, with why, as far as this person may let them go on. */
async function parkedText(services: CommandServices, person: Person): Promise<string> {
  const rows = await services.runs.list({ status: 'parked', limit: lookedAt });
  const helped: RunRow[] = [];
  for (const row of rows) if (await mayHelp(services, person, row)) helped.push(row);
  if (helped.length === 0) return 'Nothing that you may help stands still.';
  const lines = helped
    .slice(0, shownRuns)
    .map(
      ({ id, workflow, startedBy, waitingFor = 'no reason is recorded' }) =>
        `- \`${id}\` ${workflow}, asked by ${services.nameOf(startedBy)}: ${listedWords(waitingFor)}`,
    );
  const more = helped.length - lines.length;
  return [
    ...lines,
    ...(more > 0 ? [`- and ${String(more)} more`] : []),
    'Once it is mended: `retry <run>`, or `stop <run>`.',
  ].join('\n');
}

async function mayHelp(services: CommandServices, person: Person, { id }: RunRow): Promise<boolean> {
  const run = await services.openRun.open(id);
  if (run === undefined) return false;
  try {
    return mayOperate(run.state(), person, services.policy(), services.people());
  } finally {
    services.openRun.close(run);
  }
}
