import type { FreezeState, Glass } from '../gate/freeze-state.ts';
import { openReviews } from '../gate/freeze-state.ts';
import { asRunId } from '../core/ids.ts';
import type { CommandDefinition, CommandResult } from './command.ts';

export const freeze: CommandDefinition = {
  name: 'freeze',
  usage: '<reason>',
  help: 'stops everything that could change something, at once, in every run',
  async run({ freezer }, { person }, rest) {
    return said((await freezer.freeze(person, rest)).text);
  },
};

export const unfreeze: CommandDefinition = {
  name: 'unfreeze',
  usage: '',
  help: 'ends a freeze; what was asked before it stays void',
  async run({ freezer }, { person }, rest) {
    return said((await freezer.unfreeze(person, rest)).text);
  },
};

export const breakGlass: CommandDefinition = {
  name: 'break-glass',
  usage: '[<run> <reason> | confirm <id> | review <id> <words>]',
  help: 'lets one thread act during a freeze: two persons agree, a third signs afterwards',
  async run({ freezer, nameOf }, { person }, rest) {
    const [first = '', second = '', ...words] = rest.trim().split(/\s+/u);
    if (first === 'confirm') return said((await freezer.breakGlass(person, second)).text);
    if (first === 'review') return said((await freezer.reviewGlass(person, second, words.join(' '))).text);
    if (first.startsWith('run_')) {
      const reason = [second, ...words].join(' ');
      return said((await freezer.askForGlass(person, asRunId(first), reason)).text);
    }
    return said(freezeText(await freezer.state(), nameOf));
  },
};

/** How the freeze stands: for people who ask, on every surface. */
export function freezeText(state: FreezeState, nameOf: (person: string) => string): string {
  const { frozen } = state;
  const lines =
    frozen === undefined
      ? ['Nothing is frozen.']
      : [`Frozen by ${nameOf(frozen.by)} at ${time(frozen.at)}: ${frozen.reason}`];
  const waiting = state.glasses.filter(
    (glass) => glass.broken === undefined && frozen !== undefined && glass.at >= frozen.at,
  );
  for (const glass of waiting)
    lines.push(`- \`${glass.id}\` waits for a second person: ${about(glass, nameOf)}`);
  for (const glass of openReviews(state))
    lines.push(`- \`${glass.id}\` waits to be signed: ${about(glass, nameOf)}`);
  return lines.join('\n');
}

function about(glass: Glass, nameOf: (person: string) => string): string {
  const second = glass.broken === undefined ? '' : ` and ${nameOf(glass.broken.by)}`;
  return `${nameOf(glass.by)}${second}, ${glass.reason} (\`${glass.thread}\`)`;
}

function time(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/u, 'Z');
}

function said(text: string): CommandResult {
  return { text, cards: [] };
}
