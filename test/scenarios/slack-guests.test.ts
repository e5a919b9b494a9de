import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parsePeople } from '../../src/people/parse-people.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { eventually } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import type { FakeSlack } from '../fakes/slack/index.ts';
import type { SeenMessage } from '../fakes/slack/seen.ts';
import type { FakeUser } from '../fakes/slack/workspace.ts';

/** Everybody but the approvers is in the group; only some of them are in the file. */
const people = parsePeople(
  'people:\n' +
    '  ana: { name: Ana, slack: [T01/U1] }\n' +
    '  ben: { name: Ben, slack: [T01/U2] }\n' +
    '  gus: { name: Gus, slack: [T01/U5] }\n' +
    '  hal: { name: Hal, roles: [finance], slack: [T01/U6] }\n' +
    'roles:\n  finance: { slackGroups: [T01/S1] }\n',
  'people.yaml',
);

const clock = aMovedClock();
let fake: FakeSlack;
let bot: SlackWorld;
beforeAll(async () => {
  fake = await createFakeSlack({
    mode: 'socket',
    users: [
      { id: 'U1', name: 'ana' },
      { id: 'U2', name: 'ben' },
      { id: 'U3', name: 'cho' },
      { id: 'U4', name: 'dev' },
      { id: 'U5', name: 'gus', kind: 'guest' },
      { id: 'U6', name: 'hal', kind: 'guest' },
      { id: 'U7', name: 'strange', teamId: 'T99' },
      { id: 'U8', name: 'guest', kind: 'guest' },
    ],
    userGroups: { S1: ['U2', 'U5', 'U7', 'U8'] },
  });
  bot = await aSlackWorld({ fake, people, clock });
}, 60_000);
afterAll(async () => {
  await bot.close();
  await fake.close();
}, 60_000);

const ben = (): FakeUser => {
  const found = fake.workspace.users.get('U2');
  if (found === undefined) throw new Error('There is no Ben.');
  return found;
};

/** What was looked up before does not count any more. */
async function pressesAfterAMinute(card: SeenMessage): Promise<void> {
  clock.advance(61_000);
  await bot.ben.press(card, 'Approve');
}

describe('given a role that a user group of Slack gives', () => {
  it('when guests and strangers ask or press, then they are told so, and nothing counts that is not written beside their names', async () => {
    const asked = bot.ana.mention('C1', 'pay acme 120');
    const card = await bot.card(asked.ts);
    for (const id of ['U7', 'U8']) {
      fake.user(id).mention('C1', 'pay me');
      await bot.told(fake.user(id), 'I do not know you yet');
      await fake.user(id).press(card, 'Approve');
    }
    await fake.user('U5').press(card, 'Approve');
    await bot.told(fake.user('U5'), 'Only finance can decide this');

    expect(bot.world.sent).toEqual([]);
    expect((await bot.world.app.store.runs.list({ limit: 9 })).length).toBe(1);
    // Of the group only the member is told that it waits; the guest whose role is written in the file is, too.
    expect(new Set(fake.pings().map(({ target }) => target))).toEqual(new Set(['U2', 'U6']));
    await fake.user('U6').press(card, 'Approve');
    await bot.until(asked.ts, 'Approved by Hal');
  });

  it('when a member becomes a guest or is deactivated, then what the group gave him ends within a minute, on every surface', async () => {
    const asked = bot.ana.mention('C1', 'pay acme 120');
    const card = await bot.card(asked.ts);
    ben().kind = 'guest';
    await pressesAfterAMinute(card);
    await bot.told(bot.ben, 'Only finance can decide this');

    ben().kind = 'person';
    ben().isDeactivated = true;
    clock.advance(61_000);
    const waiting = await eventually(async () => {
      const found = await bot.world.app.backend.listApprovals(bot.world.person('ana'), { state: 'pending' });
      return found.items[0];
    });
    expect(await bot.world.vote('ben', waiting, 'approve')).toMatchObject({ kind: 'refused' });
    expect(bot.world.sent).toHaveLength(1);

    ben().isDeactivated = false;
    await pressesAfterAMinute(card);
    await bot.until(asked.ts, 'Approved by Ben');
  });
});
