/** `/countersign learn`: documents of the web, messages and threads that answers in this channel may be made of. */
import type { CommandDefinition } from './command.ts';

export const learn: CommandDefinition = {
  name: 'learn',
  usage: '[<address or link of a message> | thread <link> | this | forget <link>]',
  help: 'reads a page, a message or a thread with its files, so that answers here may be made of it',
  async run({ knowledge }, { channel, thread }, rest) {
    const [first = '', second = ''] = rest.trim().split(/\s+/u);
    switch (first) {
      case '': {
        const known = await knowledge.list(channel);
        return said(
          known.length === 0
            ? 'Nothing was learnt for this channel yet. Write `learn <address>` with the address of a page or PDF, or with the link of a message; in a thread, «learn this».'
            : ['Learnt for this channel:', ...known, 'Write `learn forget <link>` to take one back.'].join(
                '\n',
              ),
        );
      }
      case 'this':
        return said(
          thread === undefined
            ? 'Say that in the thread: «@Countersign learn this». Or write `learn thread <link>` with the link of a message in it.'
            : await knowledge.learnHere(channel, thread),
        );
      case 'thread':
        return said(await knowledge.learnThread(channel, second));
      case 'forget':
        return said(await knowledge.forget(channel, second));
      default:
        return said(await knowledge.learn(channel, first));
    }
  },
};

function said(text: string): { readonly text: string; readonly cards: readonly [] } {
  return { text, cards: [] };
}
