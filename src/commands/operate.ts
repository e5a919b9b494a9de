/** Pausing a run, letting it go on, letting it try again, and leaving what could not be taken back. */
import type { CommandDefinition } from './command.ts';
import { openRunsOf } from './runs.ts';

type Verb = 'pause' | 'resume' | 'retry' | 'leave';

function define(
  name: Verb,
  help: string,
  read: (rest: string) => Asked = readAsked,
  usage = '<run> [reason]',
): CommandDefinition {
  return {
    name,
    usage,
    help,
    async suggest(services, person) {
      const rows = await openRunsOf(services, person);
      return rows.map(({ id, title, status }) => ({ value: id, label: `${title} (${status})` }));
    },
    async run(services, { person, surface }, rest) {
      const { run, ...more } = read(rest);
      if (!run.startsWith('run_'))
        return { text: `Say which run: \`${name} run_…\`. The list is at \`runs\`.`, cards: [] };
      return {
        text: await services.operate(person, surface, { run, verb: name, ...more }),
        cards: [],
      };
    },
  };
}

interface Asked {
  readonly run: string;
  readonly step?: string;
  readonly reason: string;
}

function readAsked(rest: string): Asked {
  const [run = '', ...reason] = rest.trim().split(/\s+/u);
  return { run, reason: reason.join(' ') };
}

/** `run_… from: pay mended`; a step of several words stands in quotes. */
function readRetry(rest: string): Asked {
  const { run, reason: said } = readAsked(rest);
  const from = /^from:\s*(?:"(?<quoted>[^"]+)"|(?<plain>\S+))\s*/u.exec(said);
  const step = from?.groups?.['quoted'] ?? from?.groups?.['plain'];
  if (from === null || step === undefined) return { run, reason: said };
  return { run, step, reason: said.slice(from[0].length) };
}

export const pause = define('pause', 'holds a run; what was already sent goes on');
export const resume = define('resume', 'lets a paused or parked run go on');
export const retry = define(
  'retry',
  'lets a run try again what failed, or its own code from a step on',
  readRetry,
  '<run> [from: <step>] [reason]',
);
export const leave: CommandDefinition = {
  ...define('leave', 'leaves as it is what a run could not take back'),
  isRare: true,
};
