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
    '  ivo: { name: Ivo, roles: [finance], slack: [T98/U9] }\n' +
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
      { id: 'U9', name: 'ivo', teamId: 'T98' },
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

describe('given presses and forms that are not what they seem', () => {
  it('when a form is sent by another one, a name is of another workspace, a button is of another bot, or all comes twice, then nothing counts but what its own person did once', async () => {
    const before = bot.world.sent.length;
    const asked = bot.ana.mention('C1', 'pay acme 120');
    const card = await bot.card(asked.ts);
    const own = (await bot.ana.press(card, 'Approve')).payload;
    const arrives = (id: string, payload: Readonly<Record<string, unknown>>): Promise<unknown> =>
      fake.deliveries.deliver('interactive', id, payload).settled.then(({ response }) => response ?? {});
    const pending = async (): Promise<number> =>
      (await bot.world.app.backend.listApprovals(bot.world.person('ana'), { state: 'pending' })).items.length;

    await arrives('another-workspace', { ...own, user: { id: 'U2', team_id: 'T99' } });
    // A press on a message of another bot, under the id of our button.
    const message = { ...card, ts: card.ts, user: 'U77', bot_id: 'B77' };
    await arrives('another-bot', { ...own, user: { id: 'U2', team_id: 'T01' }, message });
    await bot.ben.press(card, 'Deny…');
    await fake.until(() => bot.ben.modal());
    const opened = fake.workspace.modals.get('U2')?.at(-1);
    const view = {
      ...{ id: opened?.id, ...opened?.view, app_installed_team_id: 'T01' },
      state: { values: { text: { text: { type: 'plain_text_input', value: 'mine' } } } },
    };
    const sent = {
      ...own,
      type: 'view_submission',
      user: { id: 'U4', team_id: 'T01' },
      message: undefined,
      view,
    };
    expect(JSON.stringify(await arrives('another-sender', sent))).toContain('I do not know you yet');
    expect(await pending()).toBe(1);

    // Named in the file with his own workspace's account: his form says that it comes from there.
    const ivo = fake.user('U9');
    await ivo.press(card, 'Deny…');
    const denial = await ivo.submit(await fake.until(() => ivo.modal()), { text: 'not this one' });
    expect(denial.delivery.payload).toMatchObject({ team: { id: 'T98' } });
    expect((await bot.settled(card)).text).toContain('Denied by Ivo');
    expect((await bot.settled(card)).text).toContain('not this one');
    await arrives('again', denial.delivery.payload);
    expect(bot.world.sent).toHaveLength(before);

    const second = bot.ana.mention('C1', 'pay acme 120');
    const press = await bot.ben.press(await bot.card(second.ts), 'Approve');
    await Promise.all(['once more', 'and again'].map((id) => arrives(id, press.payload)));
    await bot.until(second.ts, 'Approved by Ben');
    await bot.until(second.ts, 'done books/pay');
    await arrives('long after', press.payload);
    expect(bot.world.sent).toHaveLength(before + 1);
  });
});
