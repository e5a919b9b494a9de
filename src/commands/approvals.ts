import { firstCharacters } from '../core/first-characters.ts';
import type { CommandDefinition } from './command.ts';

export const approvals: CommandDefinition = {
  name: 'approvals',
  usage: '[words]',
  help: 'what waits for you, with buttons; with words only what holds them',
  async suggest(services, person) {
    const cards = await services.waitingCards(person);
    return cards.map(({ title, fallback }) => ({ value: firstCharacters(title, 100), label: fallback }));
  },
  async run(services, { person }, rest) {
    const waiting = await services.waitingCards(person);
    const wanted = rest.trim().toLowerCase();
    const cards = waiting.filter(({ title, fallback }) =>
      `${title} ${fallback}`.toLowerCase().includes(wanted),
    );
    if (waiting.length === 0) {
      return {
        text: 'No approvals wait for you. They appear here when an agent wants to do something that matters.',
        cards,
      };
    }
    if (cards.length === 0)
      return { text: `Nothing that waits for you holds these words. All of it: \`approvals\`.`, cards };
    return {
      text:
        cards.length === 1
          ? 'One approval waits for you.'
          : `${String(cards.length)} approvals wait for you.`,
      cards,
    };
  },
};
