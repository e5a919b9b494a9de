/** The audit channel witnesses what was sealed. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { readSeals, sealHash, sealStream } from '../../src/ledger/seal.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { untilSealable } from '../builders/store-lane.ts';
import { aWorld } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { aPlainPlatform } from '../fakes/plain-adapter.ts';

const folder = aFolder();
afterAll(() => {
  removeFolder(folder);
});

describe('given an audit channel on a chat platform', () => {
  it('when the bot stops after some work, then the next start shows the seal there, once however often it starts', async () => {
    const platform = aPlainPlatform('slack');
    const open = async (): Promise<World> => {
      const world = await aWorld({
        folder,
        adapters: [platform.definition],
        env: { AUDIT_CHANNEL: 'slack:T01/C99' },
      });
      await world.app.start();
      return world;
    };
    const first = await open();
    const { run } = await first.say('ana', 'pay acme');
    await first.pending(run);
    await untilSealable();
    await first.close();
    expect(platform.messages()).toEqual([]);

    for (let start = 0; start < 2; start += 1) {
      const world = await open();
      const [shown] = await eventually(() => (platform.posts() > 0 ? platform.messages() : undefined));
      const [seal] = (await world.app.store.ledger.read(sealStream)).flatMap(readSeals);
      if (seal === undefined) throw new Error('The ledger was sealed.');
      expect(shown?.text).toContain(`--posted 1:${sealHash(seal)}`);
      await world.close();
    }

    expect(platform.posts()).toBe(1);
  });
});
