/** Slash commands of workflows: a platform takes only so many, and not by every name. Pure. */
import type { SlashCommandRules, WorkflowCommand } from './adapter.ts';

export interface SlashCommands {
  readonly taken: readonly WorkflowCommand[];
  /** The names of workflows that ask for a command and get none. */
  readonly leftOut: readonly string[];
}

export function slashCommands(
  workflows: readonly WorkflowCommand[],
  rules: SlashCommandRules,
): SlashCommands {
  const isTaken = ({ name }: WorkflowCommand): boolean => rules.name.test(name) && name !== 'countersign';
  const taken = workflows.filter(isTaken).slice(0, rules.most);
  const kept = new Set(taken);
  return { taken, leftOut: workflows.filter((workflow) => !kept.has(workflow)).map(({ name }) => name) };
}

/** For whoever can mend it. */
export function leftOutWords(leftOut: readonly string[], rules: SlashCommandRules): string {
  const many = leftOut.length > 1;
  return `No slash command for the workflow${many ? 's' : ''} ${leftOut.join(', ')}: ${rules.words}. Mentions begin ${many ? 'them' : 'it'} all the same. Fix: choose another name, or leave start.command out of workflows that need none.`;
}
