import type { RunStatus } from '../runs/run-state.ts';
import type { RunRow } from '../runs/store.ts';
import type { CommandDefinition, CommandServices } from './command.ts';
import type { Person } from '../people/person.ts';

const shownRuns = 10;

export const runs: CommandDefinition = {
  name: 'runs',
  usage: '',
  help: 'your runs that are not over',
  async run(services, { person }) {
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
