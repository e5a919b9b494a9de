import { isFinishedStatus } from '../runs/run-state.ts';
import type { CommandDefinition } from './command.ts';

const shownRuns = 10;

export const runs: CommandDefinition = {
  name: 'runs',
  usage: '',
  help: 'your runs that are not over',
  async run(services, { person }) {
    const rows = await services.runs.list({ limit: 100 });
    const mine = rows
      .filter((row) => row.startedBy === person.id && !isFinishedStatus(row.status))
      .slice(0, shownRuns);
    if (mine.length === 0) return { text: 'Nothing of yours is running or waiting.', cards: [] };
    const lines = mine.map((row) => {
      const waits = row.waitingFor === undefined ? '' : `, waiting for ${row.waitingFor}`;
      return `- \`${row.id}\` ${row.workflow}: ${row.status}${waits}`;
    });
    return { text: lines.join('\n'), cards: [] };
  },
};
