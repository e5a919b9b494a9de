import type { CommandDefinition } from './command.ts';
import { openRunsOf } from './runs.ts';

export const stop: CommandDefinition = {
  name: 'stop',
  usage: '<run> [reason]',
  help: 'stops a run; what was already sent is not undone',
  async suggest(services, person) {
    const rows = await openRunsOf(services, person);
    return rows.map(({ id, title, status }) => ({ value: id, label: `${title} (${status})` }));
  },
  async run(services, { person, surface }, rest) {
    const [id = '', ...reason] = rest.trim().split(/\s+/u);
    if (!id.startsWith('run_'))
      return { text: 'Say which run: `stop run_…`. The list is at `runs`.', cards: [] };
    return { text: await services.stop(person, surface, { run: id, reason: reason.join(' ') }), cards: [] };
  },
};
