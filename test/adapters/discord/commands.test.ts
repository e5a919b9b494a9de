import { describe, expect, it } from '@jest/globals';
import { commandDefinitions, discordSlashCommands } from '../../../adapters/discord/commands.ts';
import { slashCommands } from '../../../src/chat/slash-commands.ts';
import { offered } from '../../../src/app-parts.ts';
import { commands } from '../../../src/commands/index.ts';
import { workflows } from '../../../workflows/index.ts';
import { findCommandsFault } from '../../fakes/discord/validate-commands.ts';

/** What Discord takes. */
const most = { subcommands: 25, description: 100, commands: 100 };

describe('given every command and workflow that ships', () => {
  const definitions = commandDefinitions(offered(workflows));
  const options = definitions.find(({ name }) => name === 'countersign')?.options ?? [];

  it('then Discord takes them, and each command is there: by itself, or behind «more»', () => {
    expect(definitions.length).toBeLessThanOrEqual(most.commands);
    expect(options.length).toBeLessThanOrEqual(most.subcommands);
    for (const { description } of options) expect(description.length).toBeLessThanOrEqual(most.description);
    const more = options.find(({ name }) => name === 'more')?.description ?? '';
    const missing = commands.filter(
      ({ name }) => !options.some((option) => option.name === name) && !more.includes(name),
    );
    expect(missing.map(({ name }) => name)).toEqual([]);
    expect(options.map(({ name }) => name)).toEqual(expect.arrayContaining(['setup', 'people', 'help']));
  });
});

describe('given more than Discord takes: workflows, fields, values, and names that differ in capitals alone', () => {
  const values = (count: number): readonly string[] =>
    Array.from({ length: count }, (_, at) => `${String(at)} ${'very '.repeat(18)}long`);
  const aField = (name: string, choices: readonly string[]) => ({
    name,
    label: name,
    isRequired: true,
    choices,
  });
  const full = {
    name: 'full',
    title: '',
    fields: [
      ...[aField('amount', ['a', 'b']), aField('Amount', []), aField('empty', ['', 'a'])],
      ...Array.from({ length: 24 }, (_, at) => aField(`field_${String(at)}`, values(at === 0 ? 3 : 25))),
    ],
  };
  const many = Array.from({ length: 120 }, (_, at) => ({
    ...{ name: `workflow-${String(at)}`, title: 'One of many', fields: [] },
  }));
  const odd = { name: 'under_score', title: 'Odd', fields: [] };
  const own = { ...offered(workflows), workflows: [full, odd, ...many] };

  it('then Discord takes what is registered, short lists stay, and what has no command is named', () => {
    const definitions = commandDefinitions(own);

    expect(
      findCommandsFault(
        definitions.map(({ type, ...rest }) => (type === 1 ? { ...rest, type } : { name: rest.name, type })),
      ),
    ).toBeUndefined();
    const options = definitions.find(({ name }) => name === 'full')?.options ?? [];
    expect(options.map(({ name }) => name).slice(0, 4)).toEqual(['request', 'amount', 'empty', 'field_0']);
    expect(options).toHaveLength(25);
    expect(options.filter(({ choices }) => choices !== undefined).map(({ name }) => name)).toEqual([
      'amount',
      'field_0',
      'field_9',
    ]);
    expect(options.filter(({ autocomplete }) => autocomplete === true)).toHaveLength(21);
    expect(slashCommands(own.workflows, discordSlashCommands).leftOut).toEqual([
      'under_score',
      ...many.slice(98).map(({ name }) => name),
    ]);
  });
});
