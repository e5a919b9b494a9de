/** Pausing a run, letting it go on, letting it try again, and leaving what could not be taken back. */
import type { CommandDefinition } from './command.ts';
import { openRunsOf } from './runs.ts';

type Verb = 'pause' | 'resume' | 'retry' | 'leave';

function define(name: Verb, help: string): CommandDefinition {
  return {
    name,
    usage: '<run> [reason]',
    help,
    async suggest(services, person) {
      const rows = await openRunsOf(services, person);
      return rows.map(({ id, title, status }) => ({ value: id, label: `${title} (${status})` }));
    },
    async run(services, { person, surface }, rest) {
      const [id = '', ...reason] = rest.trim().split(/\s+/u);
      if (!id.startsWith('run_'))
        return { text: `Say which run: \`${name} run_…\`. The list is at \`runs\`.`, cards: [] };
      return {
        text: await services.operate(person, surface, { run: id, verb: name, reason: reason.join(' ') }),
        cards: [],
      };
    },
  };
}

export const pause = define('pause', 'holds a run; what was already sent goes on');
export const resume = define('resume', 'lets a paused or parked run go on');
export const retry = define('retry', 'lets a run try again what failed');
export const leave: CommandDefinition = {
  ...define('leave', 'leaves as it is what a run could not take back'),
  isRare: true,
};
