/** `/countersign learn`: documents of the web that answers in this channel may be made of. */
import type { CommandDefinition } from './command.ts';

export const learn: CommandDefinition = {
  name: 'learn',
  usage: '[<address> | forget <address>]',
  help: 'reads a page or a PDF from the web, so that answers here may be made of it',
  async run({ knowledge }, { channel }, rest) {
    const [first = '', second = ''] = rest.trim().split(/\s+/u);
    if (first === '') {
      const known = await knowledge.list(channel);
      const lines = known.map((source) => `- ${source}`);
      return said(
        known.length === 0
          ? 'Nothing was learnt for this channel yet. Write `learn <address>` with the address of a page or PDF.'
          : ['Learnt for this channel:', ...lines, 'Write `learn forget <address>` to take one back.'].join(
              '\n',
            ),
      );
    }
    return said(
      first === 'forget' ? await knowledge.forget(channel, second) : await knowledge.learn(channel, first),
    );
  },
};

function said(text: string): { readonly text: string; readonly cards: readonly [] } {
  return { text, cards: [] };
}
