import type { CommandDefinition } from './command.ts';

export const drill: CommandDefinition = {
  name: 'drill',
  usage: '<name>',
  isRare: true,
  help: 'puts a call to approvers that they ought to deny; nothing of it ever runs',
  async run({ drills }, { person }, rest) {
    return { text: await drills.plant(person, rest.trim()), cards: [] };
  },
};
