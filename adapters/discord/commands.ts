/** The slash commands, as Discord keeps them. Who may use what is decided when it is used, never here. */
import type { WorkflowCommand } from '../../src/chat/adapter.ts';
import type { DiscordRest } from './rest.ts';

export const commandName = 'countersign';

export interface RegisterOptions {
  readonly applicationId: string;
  readonly workflows: readonly WorkflowCommand[];
}

const text = 3;

function commandDefinitions(workflows: readonly WorkflowCommand[]): readonly object[] {
  return [
    {
      name: commandName,
      type: 1,
      description: 'What waits for you, what runs, and help',
      contexts: [0, 1],
      integration_types: [0],
      options: [
        {
          name: 'command',
          description: 'What to do; without it, help',
          type: text,
          required: false,
          choices: [
            { name: 'approvals: what waits for you, with buttons', value: 'approvals' },
            { name: 'runs: your runs that are not over', value: 'runs' },
            { name: 'stop: stop a run', value: 'stop' },
            { name: 'help', value: 'help' },
          ],
        },
        {
          name: 'details',
          description: 'What follows the command, as in the number of a run',
          type: text,
          required: false,
          max_length: 200,
        },
      ],
    },
    ...workflows
      .filter(({ name }) => /^[a-z][a-z0-9-]{0,31}$/u.test(name) && name !== commandName)
      .map(({ name, title }) => ({
        name,
        type: 1,
        description: title.slice(0, 100),
        contexts: [0, 1],
        integration_types: [0],
        options: [
          {
            name: 'request',
            description: 'What exactly, in your words; without it, a form asks',
            type: text,
            required: false,
            max_length: 2_000,
          },
        ],
      })),
  ];
}

/** Replaces the application's commands by these. Doing it twice changes nothing. */
export async function registerCommands(rest: DiscordRest, options: RegisterOptions): Promise<number> {
  const { applicationId, workflows } = options;
  const definitions = commandDefinitions(workflows);
  await rest.send('PUT', `/applications/${applicationId}/commands`, { body: definitions });
  return definitions.length;
}
