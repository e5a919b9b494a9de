import type { CommandDefinition, CommandResult, CommandServices } from './command.ts';

/** Help names every command and workflow there is; unknown words lead here too. */
export function helpText(services: CommandServices, commands: readonly CommandDefinition[]): CommandResult {
  const lines = commands.map(
    ({ name, usage, help }) =>
      `- \`/countersign ${[name, usage].filter((part) => part !== '').join(' ')}\`: ${help}`,
  );
  const workflows = services.workflows
    .filter((workflow) => workflow.start.command === true)
    .map((workflow) => `- \`/${workflow.name}\`: ${workflow.title}`);
  return {
    text: [
      'Write to me in words, in any thread. Commands:',
      ...lines,
      ...(workflows.length > 0 ? ['Workflows:', ...workflows] : []),
    ].join('\n'),
    cards: [],
  };
}
