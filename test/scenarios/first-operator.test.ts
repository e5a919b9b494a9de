/** Nobody is an operator at first: the code makes one on Slack, who adds the others there; nothing is restarted. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { parsePeople } from '../../src/people/parse-people.ts';
import { discordDefinition } from '../builders/discord-world.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { worldPolicy } from '../builders/world.ts';
import { aFakeDiscord, buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import type { FakeSlack } from '../fakes/slack/index.ts';
import type { Person } from '../fakes/slack/person.ts';

const people = parsePeople(
  'people:\n  ana: { name: Ana, slack: [T01/U1] }\n  ben: { name: Ben, slack: [T01/U2] }\n',
  'people.yaml',
);
const policy = worldPolicy.replace('approvers: [finance]', 'approvers: [treasurer]');

let bot: SlackWorld;
let slack: FakeSlack;
let discord: FakeDiscord;
const folder = aFolder();
afterEach(async () => {
  await bot.close();
  await Promise.all([slack.close(), discord.close()]);
  removeFolder(folder);
});

/** What the person reads privately after a command. */
async function answer(person: Person, text: string): Promise<string> {
  const before = person.sees('C1').length;
  await person.command('/countersign', text, 'C1');
  const said = await eventually(() =>
    person
      .sees('C1')
      .slice(before)
      .find((message) => message.isEphemeral),
  );
  return said.text;
}

describe('given a bot that nobody operates', () => {
  it('when the printed code is entered, then its owner adds approvers, a waiting card learns of them, and a restart forgets nothing', async () => {
    slack = await createFakeSlack({ mode: 'socket' });
    discord = await aFakeDiscord();
    const start = (): Promise<SlackWorld> =>
      aSlackWorld({ people, policy, folder, fake: slack, adapters: [discordDefinition(discord, [])] });
    bot = await start();
    const eva = discord.user('2009', 'Eva');
    const onDiscord = async (words: string): Promise<string> => {
      const [name = '', ...rest] = words.split(' ');
      const outcome = await eva.command(`countersign ${name}`, { details: rest.join(' ') }, '1100');
      if (outcome.kind !== 'said') throw new Error(outcome.kind);
      return wordsOf(outcome.message);
    };

    const asked = bot.ana.mention('C1', 'pay acme 120');
    const card = await bot.until(asked.ts, 'Nobody can approve this');
    expect(card.text).toContain('/countersign people add');
    expect(await answer(bot.dev, 'runs')).toContain('Nobody is an operator yet');
    const code = (await bot.world.app.offerSetup()) ?? '';
    expect(await answer(bot.dev, 'setup nonsense Dev')).toContain('is not known');
    expect(await answer(bot.dev, `setup ${code} Dev Miller`)).toContain(
      'You are the first operator, Dev Miller',
    );
    expect(await onDiscord(`setup ${code} Eva`)).toContain('an operator already');

    // The only operator's additions count at once: the card can be decided, and is.
    expect(await answer(bot.dev, 'people add ben role treasurer')).toContain('Done');
    await bot.until(asked.ts, 'needs 1 of treasurer');
    await bot.ben.press(await bot.card(asked.ts), 'Approve');
    await bot.until(asked.ts, 'Result: Paid');
    expect(await answer(bot.ben, 'people add cho role approver')).toContain('Only operators');

    // With a second operator, on Discord, an addition waits for her, after a restart too.
    expect(await answer(bot.dev, 'people add eva discord 2009 role operator name Eva')).toContain('Done');
    expect(await answer(bot.dev, 'people add cho slack T01/U3 name Cho')).toContain('second operator agrees');
    await bot.close();
    bot = await start();
    expect(await bot.world.app.offerSetup()).toBeUndefined();
    expect(await answer(bot.cho, 'runs')).toContain('I do not know you yet');
    await answer(bot.dev, 'people');
    const change = await eventually(() =>
      bot.dev
        .sees('C1')
        .find((message) => message.labels.includes('Approve') && message.text.includes('Cho')),
    );
    await bot.dev.press(change, 'Approve');
    await bot.told(bot.dev, 'another operator agrees');
    await onDiscord('people list');
    const copy = await eventually(() =>
      [...discord.state.messages.values()].findLast((message) => buttonsOf(message).includes('Approve')),
    );
    await eva.press(copy, 'Approve');
    await eventually(async () => ((await answer(bot.cho, 'runs')).includes('know you') ? undefined : true));

    const token = /cs_[\w-]+/u.exec(await answer(bot.cho, 'people token'))?.[0] ?? '';
    expect(bot.world.app.backend.findByToken(token)?.id).toBe('cho');
    expect(await answer(bot.cho, 'people token ana')).toContain('everybody makes his own');
  });
});
