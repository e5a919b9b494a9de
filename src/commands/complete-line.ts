/**
 * What could stand next in a line that begins with `/`, where people type commands as words: first which command, then
 * what follows it, as far as this person in this channel may know.
 */
import type { Suggestion } from '../chat/adapter.ts';
import type { ChannelId } from '../core/ids.ts';
import type { Person } from '../people/person.ts';
import { workflowCommands } from '../workflow-commands.ts';
import type { CommandDefinition, CommandServices } from './command.ts';
import type { SuggestsInput } from './suggest-input.ts';
import { mostSuggestions, suggestFor } from './suggestions.ts';

export interface TypedLine {
  readonly person: Person;
  readonly channel: ChannelId;
  readonly typed: string;
}

export interface CompletesLine {
  readonly services: CommandServices;
  readonly commands: readonly CommandDefinition[];
  readonly suggestInput: SuggestsInput;
}

/** Each value is the whole line as it would be then. */
export async function completeLine(
  { services, commands, suggestInput }: CompletesLine,
  { person, channel, typed }: TypedLine,
): Promise<readonly Suggestion[]> {
  const [, name = '', rest] = /^\/(\S*)(?:\s+([\s\S]*))?$/u.exec(typed) ?? [];
  if (!typed.startsWith('/')) return [];
  const offered = workflowCommands(services.workflows);
  const begins = ({ value }: Suggestion): boolean => value.startsWith(typed.toLowerCase());
  if (rest === undefined)
    return [
      ...offered.map((workflow) => ({ value: `/${workflow.name} `, label: workflow.title })),
      { value: '/countersign ', label: 'What waits, memory, schedules, people and more' },
    ].filter(begins);
  if (name.toLowerCase() === 'countersign') return afterCountersign(rest);
  const workflow = offered.find((entry) => entry.name === name.toLowerCase());
  // Inside of quotes are a person's own words.
  if (workflow === undefined || rest.split('"').length % 2 === 0) return [];
  const [, field = '', begun = ''] = /(?:^|\s)([a-z][a-z0-9_]*)[:=](\S*)$/iu.exec(rest) ?? [];
  if (field !== '') {
    const head = typed.slice(0, typed.length - begun.length);
    const asked = { workflow: workflow.name, field, person: person.id, channel, typed: begun };
    return (await suggestInput(asked)).map(({ value, label }) => ({
      value: `${head}${/[\s,"]/u.test(value) ? `"${value.replaceAll('"', '')}"` : value} `,
      label,
    }));
  }
  const [partial = ''] = /\S*$/u.exec(rest) ?? [];
  const head = typed.slice(0, typed.length - partial.length);
  return workflow.fields
    .filter((entry) => !new RegExp(String.raw`(?:^|\s)${entry.name}\s*[:=]`, 'iu').test(rest))
    .filter((entry) => entry.name.toLowerCase().startsWith(partial.toLowerCase()))
    .map((entry) => ({
      value: `${head}${entry.name}=`,
      label: `${entry.label}${entry.isRequired ? '' : ' (optional)'}`,
    }));

  async function afterCountersign(words: string): Promise<readonly Suggestion[]> {
    const [, command = '', more] = /^(\S*)(?:\s+([\s\S]*))?$/u.exec(words) ?? [];
    if (more === undefined)
      return commands
        .filter((entry) => entry.name.startsWith(command.toLowerCase()))
        .map((entry) => ({ value: `/countersign ${entry.name} `, label: entry.help }))
        .slice(0, mostSuggestions);
    const known = commands.find((entry) => entry.name === command.toLowerCase());
    const found = await suggestFor(known, services, { person, channel, typed: more });
    return found.map(({ value, label }) => ({ value: `/countersign ${command} ${value}`, label }));
  }
}
