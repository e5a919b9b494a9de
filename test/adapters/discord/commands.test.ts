import { describe, expect, it } from '@jest/globals';
import { commandDefinitions } from '../../../adapters/discord/commands.ts';
import { offered } from '../../../src/app-parts.ts';
import { commands } from '../../../src/commands/index.ts';
import { workflows } from '../../../workflows/index.ts';

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
