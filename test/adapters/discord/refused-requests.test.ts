import { afterEach, describe, expect, it } from '@jest/globals';
import { openRest } from '../../../adapters/discord/open-rest.ts';
import { createRefusedRequests } from '../../../adapters/discord/refused-requests.ts';
import type { RefusedRequests } from '../../../adapters/discord/refused-requests.ts';
import { loadDiscord } from '../../../adapters/discord/vendor.ts';
import { aMovedClock } from '../../builders/moved-clock.ts';
import { aFakeDiscord } from '../../fakes/discord/fake-discord.ts';

const limited = new Headers({ 'x-ratelimit-scope': 'user', 'x-ratelimit-limit': '5' });
const shared = new Headers({ 'x-ratelimit-scope': 'shared', 'x-ratelimit-limit': '5' });

const toClose: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0)) await close();
});

function refuse(refused: RefusedRequests, times: number, status = 403): void {
  for (let at = 0; at < times; at += 1) refused.note(status, limited);
}

const isSent = (refused: RefusedRequests, isOptional: boolean): boolean => {
  try {
    refused.admit({ isOptional });
    return true;
  } catch {
    return false;
  }
};

describe('given Discord, which shuts out an address after 10,000 refusals in ten minutes', () => {
  it('when half of them are used, then what can be left out is, at nine tenths everything, and it is told once each time', () => {
    const clock = aMovedClock();
    const told: string[] = [];
    const refused = createRefusedRequests({ clock, onTrouble: (why) => told.push(why) });

    for (let at = 0; at < 20_000; at += 1) refused.note(429, shared);
    refused.note(404, limited);
    refuse(refused, 4_998);
    refused.note(429, limited);
    expect([isSent(refused, true), refused.trouble()]).toEqual([true, undefined]);
    refused.note(401, limited);
    expect([isSent(refused, false), isSent(refused, true)]).toEqual([true, false]);
    expect(refused.trouble()).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining('Discord refused 5,000 requests'),
    });
    clock.advance(5 * 60_000);
    refuse(refused, 4_000);
    expect([isSent(refused, false), refused.trouble()?.state, told.length]).toEqual([false, 'failed', 1]);

    clock.advance(5 * 60_000 + 10_000);
    expect([isSent(refused, true), refused.trouble()]).toEqual([true, undefined]);
    clock.advance(10 * 60_000);
    refuse(refused, 5_000);
    expect(told).toHaveLength(2);
  });

  it('when it shuts out all the same, then nothing is sent until the time that it names is over', async () => {
    const clock = aMovedClock();
    const told: string[] = [];
    const fake = await aFakeDiscord();
    const refused = createRefusedRequests({ clock, onTrouble: (why) => told.push(why) });
    const open = openRest(await loadDiscord(), { token: fake.token, apiUrl: fake.apiUrl, clock, refused });
    toClose.push(() => fake.close(), open.close);
    const closed = fake.state.channels.get('1100');
    if (closed !== undefined) closed.isClosedToBot = true;
    fake.rest.allowRefused(3, 90);

    const asked = async (): Promise<string> =>
      open.rest.send('GET', '/channels/1100').then(
        () => 'answered',
        (error: unknown) => (error instanceof Error ? error.message : ''),
      );
    for (let at = 0; at < 3; at += 1) expect(await asked()).toContain('Missing Access');
    for (let at = 0; at < 5; at += 1)
      expect(await asked()).toContain('shuts out this address for 2 more minutes');

    expect([fake.rest.sentShutOut(), told.length, refused.trouble()?.state]).toEqual([1, 1, 'failed']);
    fake.rest.shutOut(0);
    if (closed !== undefined) closed.isClosedToBot = false;
    clock.advance(91_000);
    expect([await asked(), refused.trouble()]).toEqual(['answered', undefined]);
  });
});
