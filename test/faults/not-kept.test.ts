/** What the store does not keep in time is not acknowledged: Slack sends it again, and it is one run. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { AppError } from '../../src/core/errors.ts';
import { openLocalStore } from '../../src/stores/local/local-store.ts';
import type { Store } from '../../src/stores/store.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { aFolder, removeFolder } from '../builders/running-bot.ts';
import { words } from '../builders/world.ts';

let slack: SlackWorld | undefined;
let folder = '';
afterEach(async () => {
  await slack?.close();
  slack = undefined;
  removeFolder(folder);
});

type Take = Store['chat']['take'];

/** A store that takes the first two messages as it is told to, and is well afterwards. */
async function aSickStore(sick: (take: Take) => Take): Promise<Store> {
  folder = aFolder();
  const inner = await openLocalStore({ folder, clock: systemClock });
  let left = 2;
  const sickly = sick(inner.chat.take);
  const take: Take = (...given) => {
    left -= 1;
    return left >= 0 ? sickly(...given) : inner.chat.take(...given);
  };
  return { ...inner, chat: { ...inner.chat, take } };
}

const refusing = (): Take => () => Promise.reject(new AppError('store.unavailable', 'The disk is full.'));
/** It keeps the message, but not before anybody would have had to hear so. */
const tooSlow =
  (take: Take): Take =>
  async (...given) => {
    await new Promise((resolve) => setTimeout(resolve, 2_900));
    return take(...given);
  };

describe.each([
  ['http', 'cannot keep it', refusing],
  ['http', 'keeps it too late', tooSlow],
  ['socket', 'cannot keep it', refusing],
] as const)('given a mention in Slack over %s, and a store that %s', (over, _what, sick) => {
  it('when Slack sends it again, then it was not acknowledged before, and comes to one run', async () => {
    const store = await aSickStore(sick);
    slack = await aSlackWorld({ over, folder, store, model: () => words('I am here.') });

    // It comes as two events: as a message, and as a mention.
    const said = slack.ana.mention('C1', 'what about May?');
    await slack.until(said.ts, 'I am here.');
    const deliveries = await Promise.all(said.deliveries.map(({ settled }) => settled));

    expect(deliveries.map(({ outcome }) => outcome)).not.toContain('lost');
    for (const { attempts } of deliveries) expect(attempts.length).toBeGreaterThan(1);
    if (over === 'http') for (const { attempts } of deliveries) expect(attempts[0]?.status).not.toBe(200);
    expect(await slack.world.app.store.runs.list({ limit: 5 })).toHaveLength(1);
  });
});
