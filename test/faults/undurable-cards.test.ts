/** What the store has not taken is shown to nobody: the next commit of a run waits, and is refused, while one lands. */
import { afterAll, expect, it } from '@jest/globals';
import { openLocalStore } from '../../src/stores/local/local-store.ts';
import type { Store } from '../../src/stores/store.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { systemClock } from '../../src/core/clock.ts';
import { call, lastResult, words } from '../builders/world.ts';

const folder = aFolder();
let bot: SlackWorld | undefined;
afterAll(async () => {
  await bot?.close();
  removeFolder(folder);
});

it('given a question that the store does not take, when what came before it lands, then no card shows it, and one shows what is asked in its place', async () => {
  const inner = await openLocalStore({ folder, clock: systemClock });
  const holds = (kind: string, { events }: Parameters<Store['ledger']['append']>[0]): boolean =>
    events.some((event) => event.kind === kind);
  let refused = 0;
  const store: Store = {
    ...inner,
    ledger: {
      ...inner.ledger,
      async append(draft, rows) {
        // The first turn is on its way for a while, and its question is asked meanwhile.
        if (holds('model.answered', draft) && !holds('approval.requested', draft)) await rest(400);
        if (holds('approval.requested', draft) && refused === 0) {
          refused += 1;
          await rest(1_500);
          throw new Error('database is locked');
        }
        return inner.ledger.append(draft, rows);
      },
    },
  };
  bot = await aSlackWorld({
    folder,
    store,
    answer: async ({ tool }) => {
      if (tool.name === 'books/look') await rest(100);
      return undefined;
    },
    model: (turn, request) =>
      turn === 0
        ? call('books__look', { invoice: 1042 })
        : turn === 1
          ? call('books__pay', { amount: 120, to: 'acme' })
          : words(`Result: ${lastResult(request)}`),
  });
  const { fake } = bot;
  const { thread } = bot.ana.mention('C1', 'pay acme');

  await eventually(() => (refused === 1 ? true : undefined));
  const card = await bot.card(thread);
  await bot.ben.press(card, 'Approve');
  await bot.until(thread, 'Result: Paid');
  await bot.settled(card);

  const cards = fake
    .channel('C1')
    .thread(thread)
    .filter(({ text }) => text.includes('Asked by'));
  expect(cards).toHaveLength(1);
  expect(bot.world.sent.filter(({ tool }) => tool.name === 'books/pay')).toHaveLength(1);
}, 60_000);

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
