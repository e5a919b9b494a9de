import type { CommandDefinition } from './command.ts';

export const setup: CommandDefinition = {
  name: 'setup',
  usage: '<code> <your name>',
  help: 'makes you the first operator, by the code that the bot printed at its start',
  async run({ peopleDesk }, { person, surface }, rest) {
    if (rest.trim() === '')
      return {
        text: peopleDesk.needsOperator()
          ? 'Write the code that the bot printed at its start, and your name: `/countersign setup <code> <your name>`.'
          : 'There is an operator already: ask him to add you.',
        cards: [],
      };
    const platform = surface === 'slack' || surface === 'discord' ? surface : undefined;
    const [account] = platform === undefined ? [] : person[platform];
    if (platform === undefined || account === undefined)
      return { text: 'Enter the code on the page where one signs in, or on Slack or Discord.', cards: [] };
    return { text: (await peopleDesk.setUp({ platform, account }, rest)).text, cards: [] };
  },
};
