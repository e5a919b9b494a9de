import { expect, it } from '@jest/globals';
import { createGroups } from '../../../adapters/slack/groups.ts';
import { aManualClock } from '../../builders/manual-clock.ts';

it('when 40 persons act within a minute, then their group is listed once, and again when that is a minute old', async () => {
  const clock = aManualClock();
  const begun = clock.now().getTime();
  const listed: string[] = [];
  let isDown = false;
  const api = {
    call(method: string, given: Readonly<Record<string, unknown>> = {}) {
      if (method === 'users.info') return Promise.resolve({ user: {} });
      listed.push(String(given['usergroup']));
      return isDown ? Promise.reject(new Error('down')) : Promise.resolve({ users: ['U1', 'U7'] });
    },
    download: () => Promise.reject(new Error('nothing is fetched')),
    upload: () => Promise.reject(new Error('nothing is sent')),
    respond: () => Promise.reject(new Error('nothing is answered')),
    stop: () => undefined,
  };
  const groups = createGroups(() => Promise.resolve({ api, team: 'T01' }), clock);
  const holds = (user: number): ReturnType<typeof groups.holdersOf> =>
    groups.holdersOf('T01/S1', [`T01/U${String(user)}`]);

  for (let user = 1; user <= 40; user += 1) {
    const holders = await holds(user);
    expect(holders).toEqual({ accounts: [1, 7].includes(user) ? [`T01/U${String(user)}`] : [], asOf: begun });
    clock.advance(1_000);
  }
  expect(listed).toEqual(['S1']);

  clock.advance(20_001);
  isDown = true;
  await expect(holds(1)).rejects.toThrow('down');
  isDown = false;
  expect(await holds(1)).toMatchObject({ accounts: ['T01/U1'], asOf: begun + 60_001 });
  expect(listed).toHaveLength(3);
});
