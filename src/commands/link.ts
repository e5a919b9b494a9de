import type { CommandDefinition } from './command.ts';

export const link: CommandDefinition = {
  name: 'link',
  usage: '[code]',
  help: 'links an account on another platform to you, so that both are one person with one vote',
  async run({ links, people }, { person, surface }, rest) {
    if (rest.trim() !== '')
      return {
        text: `This account is ${person.name} already. Enter the code with the other account. Nothing was linked.`,
        cards: [],
      };
    const linked = await links.list(people().findPerson(person.id) ?? person);
    const known = linked.map(
      (entry) =>
        `- ${entry.platform} \`${entry.account}\` (${entry.person}): \`/countersign unlink ${entry.platform} ${entry.account}\``,
    );
    const code = await links.offer(person);
    const text = [
      `With your other account, not on ${surface} with this one, write \`/countersign link ${code}\` within ten minutes. The code works once. Give it to nobody: whoever enters it acts as ${person.name}.`,
      ...(known.length === 0 ? [] : ['Linked so far:', ...known]),
    ].join('\n');
    return { text, cards: [], isShownOnce: true };
  },
};

export const unlink: CommandDefinition = {
  name: 'unlink',
  usage: '<platform> <account>',
  help: 'takes a linked account back: your own, or as an operator anybody’s',
  async run({ links }, { person }, rest) {
    const [platform = '', account = ''] = rest.trim().split(/\s+/u);
    if ((platform !== 'slack' && platform !== 'discord') || account === '')
      return { text: 'Write the platform and the account: `/countersign unlink discord 2002`.', cards: [] };
    return { text: await links.remove(person, { platform, account }), cards: [] };
  },
};
