import type { CommandDefinition } from './command.ts';

export const approvals: CommandDefinition = {
  name: 'approvals',
  usage: '',
  help: 'what waits for you, with buttons',
  async run(services, { person }) {
    const cards = await services.waitingCards(person);
    if (cards.length === 0) {
      return {
        text: 'No approvals wait for you. They appear here when an agent wants to do something that matters.',
        cards,
      };
    }
    return {
      text:
        cards.length === 1
          ? 'One approval waits for you.'
          : `${String(cards.length)} approvals wait for you.`,
      cards,
    };
  },
};
