import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parsePeople } from '../../src/people/parse-people.ts';
import { aSlackAndDiscord } from '../builders/both-platforms.ts';
import type { BothPlatforms } from '../builders/both-platforms.ts';
import { discordDefinition } from '../builders/discord-world.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { worldPolicy } from '../builders/world.ts';
import { buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';
import type { FakeMessage } from '../fakes/discord/state.ts';
import type { FakeSlack } from '../fakes/slack/index.ts';
import type { SeenMessage } from '../fakes/slack/seen.ts';
import { directChannel } from '../fakes/slack/workspace.ts';

const people = parsePeople(
  [
    'people:',
    '  ana: { name: Ana, slack: [T01/U1] }',
    '  ben: { name: Ben, roles: [finance], slack: [T01/U2] }',
    '  cho: { name: Cho, roles: [finance], slack: [T01/U3] }',
    '  dora: { name: Dora, roles: [finance], discord: ["2004"] }',
    '  eli: { name: Eli, roles: [finance], slack: [T01/U5] }',
    '  fay: { name: Fay, roles: [operator], discord: ["2006"] }',
    '  gus: { name: Gus, roles: [finance] }',
  ].join('\n'),
  'people.yaml',
);

const folder = aFolder();
let platforms: BothPlatforms;
let slack: FakeSlack;
let discord: FakeDiscord;
let bot: SlackWorld;

beforeAll(async () => {
  platforms = await aSlackAndDiscord({
    users: [{ id: 'U5', isDeactivated: true }],
    channels: [
      { id: 'C1', name: 'finance', members: ['U1', 'U2'] },
      { id: 'C2', name: 'approvals', members: ['U3', 'U4'] },
    ],
  });
  ({ slack, discord } = platforms);
  discord.user('2006', 'Fay');
  await start();
});

afterAll(async () => {
  await bot.close();
  await platforms.close();
  removeFolder(folder);
});

async function start(): Promise<void> {
  bot = await aSlackWorld({ fake: slack, people, folder, adapters: [discordDefinition(discord, [])] });
}

/** The bot's latest message that a person reads directly and that says this. */
function direct(user: string, said: string): Promise<SeenMessage> {
  const channel = directChannel(slack.workspace, user).id;
  return eventually(
    () =>
      slack
        .channel(channel)
        .messages()
        .findLast((message) => message.text.includes(said)),
    20_000,
  );
}

function onDiscord(user: string, said: string): Promise<FakeMessage> {
  return eventually(
    () => discord.shown(`77${user}`).findLast((message) => wordsOf(message).includes(said)),
    20_000,
    () => discord.shown(`77${user}`).map(wordsOf).join('\n---\n'),
  );
}

describe('given approvers who do not read the thread', () => {
  it('then each is asked directly without the thread, on any platform, and one decision settles every copy', async () => {
    const asked = slack.user('U1').mention('C1', 'pay acme 120, the board says so');
    const card = await bot.card(asked.ts);
    const cho = await direct('U3', 'Pay 120 to acme?');
    const dora = await onDiscord('2004', 'Pay 120 to acme?');
    await bot.until(asked.ts, 'I cannot write to Eli directly');
    await onDiscord('2006', 'I cannot show «Pay 120 to acme» to Eli');

    expect(card.text).toContain('Because the agent read');
    for (const text of [cho.text, wordsOf(dora)]) {
      expect(text).toContain('Asked by');
      expect(text).not.toContain('Because the agent read');
      expect(text).not.toContain('Agent says');
      expect(text).not.toContain('the board says so');
    }
    expect(slack.channel(directChannel(slack.workspace, 'U2').id).messages()).toEqual([]);

    await slack.user('U3').press(cho, 'Approve');
    await direct('U3', 'Approved by Cho');
    await bot.until(asked.ts, 'Approved by Cho');
    const settled = await onDiscord('2004', 'Approved by Cho');
    expect(settled.id).toBe(dora.id);
    expect(buttonsOf(settled)).toEqual([]);
    await bot.until(asked.ts, 'Result: Paid, receipt R-1');
    expect(bot.world.sent).toHaveLength(1);
  });

  it('when the policy names a channel and a person, then the card stands there, and after a restart a copy still decides', async () => {
    bot.world.setPolicy(
      worldPolicy.replace(
        'approvers: [finance], title',
        'approvers: [finance], notify: ["slack:T01/C2", "@dora", "slack:T01/C9"], title',
      ),
    );
    const asked = slack.user('U1').mention('C1', 'pay acme 120');
    await bot.card(asked.ts);
    const inChannel = await eventually(
      () =>
        slack
          .channel('C2')
          .messages()
          .find((message) => message.labels.includes('Approve')),
      20_000,
    );
    await onDiscord('2004', 'needs 1 of finance');
    await bot.until(asked.ts, 'I cannot show this question in #C9');
    expect(slack.channel('C2').pings()).toContainEqual(expect.objectContaining({ target: 'U3' }));

    await bot.close();
    await start();
    const dora = await onDiscord('2004', 'needs 1 of finance');
    const person = discord.user('2004', 'Dora');
    await person.press(dora, 'Deny…');
    await person.submitModal('not this month');

    await bot.until(asked.ts, 'Denied by Dora');
    const settled = await eventually(() => {
      const now = slack
        .channel('C2')
        .messages()
        .find(({ ts }) => ts === inChannel.ts);
      return now?.text.includes('Denied by Dora') === true ? now : undefined;
    }, 20_000);
    expect(settled.labels).toEqual([]);
    expect(
      slack
        .channel('C2')
        .messages()
        .filter(({ text }) => text.includes('Pay 120')),
    ).toHaveLength(1);
  });
});
