/** A process stands still right before it posts a card; another one posts it, and then the first one wakes up. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openLocalStore } from '../../src/stores/local/local-store.ts';
import type { Store } from '../../src/stores/store.ts';
import { later } from '../builders/errands.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import type { FakeSlack } from '../fakes/slack/index.ts';
import type { SeenMessage } from '../fakes/slack/seen.ts';

const folder = aFolder();
const clock = aMovedClock();
let slack: FakeSlack;
const bots: SlackWorld[] = [];
beforeAll(async () => {
  slack = await createFakeSlack({ mode: 'socket' });
});
afterAll(async () => {
  for (const bot of bots) await bot.close();
  await slack.close();
  removeFolder(folder);
});

it('given a card that two processes posted so, when somebody has decided, then one card is left, and it is settled', async () => {
  const inner = await openLocalStore({ folder, clock });
  let wake = (): void => undefined;
  let isAsleep = false;
  const store: Store = {
    ...inner,
    deliveries: {
      ...inner.deliveries,
      async claim(item, ...rest) {
        const claim = await inner.deliveries.claim(item, ...rest);
        if (claim.kind === 'claimed' && item.includes('/apr_')) {
          isAsleep = true;
          await new Promise<void>((resolve) => (wake = resolve));
        }
        return claim;
      },
    },
  };
  const first = await aSlackWorld({ fake: slack, folder, clock, store });
  bots.push(first);
  const { thread } = first.ana.mention('C1', 'pay acme');
  await eventually(() => (isAsleep ? true : undefined));

  const second = await aSlackWorld({
    fake: slack,
    folder,
    clock,
    store: await openLocalStore({ folder, clock }),
  });
  bots.push(second);
  clock.advance(31_000);
  await eventually(async () => {
    await later(second.world, clock, 5_000);
    return cards().length > 0 ? true : undefined;
  }, 30_000);
  await first.ben.press(await second.card(thread), 'Approve');
  await second.until(thread, 'Result: Paid');
  wake();

  const posts = (): number => slack.calls('chat.postMessage').length;
  const before = posts();
  await eventually(() => (posts() > before ? true : undefined));
  await eventually(() => (cards().length === 1 ? true : undefined), 20_000);
  await eventually(() => (cards()[0]?.labels.includes('Approve') === false ? true : undefined));
  expect(cards()[0]?.text).toContain('approved');
  expect(first.world.sent.length + second.world.sent.length).toBe(1);

  function cards(): readonly SeenMessage[] {
    return slack
      .channel('C1')
      .thread(thread)
      .filter(({ text }) => text.includes('Asked by'));
  }
}, 120_000);
