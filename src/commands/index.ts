/** The commands of `/countersign`, in the order in which help lists them. */
import { approvals } from './approvals.ts';
import type { CommandDefinition, CommandRequest, CommandResult, CommandServices } from './command.ts';
import { drill } from './drill.ts';
import { away, back } from './away.ts';
import { digest } from './digest.ts';
import { breakGlass, freeze, unfreeze } from './freeze.ts';
import { grants } from './grants.ts';
import { helpText } from './help.ts';
import { learn } from './learn.ts';
import { link, unlink } from './link.ts';
import { memory } from './memory.ts';
import { leave, pause, resume, retry } from './operate.ts';
import { follow, mute, quiet } from './notices.ts';
import { people } from './people.ts';
import { policy } from './policy.ts';
import { runs } from './runs.ts';
import { schedule } from './schedule.ts';
import { setup } from './setup.ts';
import { stop } from './stop.ts';
import { waits } from './waits.ts';
import { why } from './why.ts';

export const commands: readonly CommandDefinition[] = [
  approvals,
  waits,
  runs,
  stop,
  memory,
  learn,
  why,
  pause,
  resume,
  retry,
  leave,
  follow,
  mute,
  quiet,
  grants,
  schedule,
  digest,
  freeze,
  unfreeze,
  breakGlass,
  drill,
  away,
  back,
  link,
  unlink,
  people,
  policy,
  setup,
];

/**
 * Answers the text after `/countersign`; unknown words get help, not silence. Secrets go before anything is kept or
 * said back: schedules, reasons, names.
 */
export async function answerCommand(
  services: CommandServices,
  asked: CommandRequest,
): Promise<CommandResult> {
  const request = { ...asked, text: services.redact(asked.text) };
  const [name = '', ...rest] = request.text.trim().split(/\s+/u);
  const command = commands.find((entry) => entry.name === name.toLowerCase());
  if (command !== undefined) return command.run(services, request, rest.join(' '));
  const help = helpText(services, commands);
  return name === '' || name.toLowerCase() === 'help'
    ? help
    : { ...help, text: `There is no command \`${name}\`.\n${help.text}` };
}
