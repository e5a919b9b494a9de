import { isFinishedStatus } from '../runs/run-state.ts';
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

/** This person's runs that are not over, newest first. */
export async function openRunsOf(services: CommandServices, person: Person): Promise<readonly RunRow[]> {
  const rows = await services.runs.list({ limit: 100 });
  return rows.filter((row) => row.startedBy === person.id && !isFinishedStatus(row.status));
}
