/** One person with a Slack and a Discord account: linked by a code, counted once; both platforms decide one card. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { parsePeople } from '../../src/people/parse-people.ts';
import { discordDefinition } from '../builders/discord-world.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { eventually } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import type { SlackWorld } from '../builders/slack-world.ts';
import { worldPolicy } from '../builders/world.ts';
import { aFakeDiscord, buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';
import type { FakePerson } from '../fakes/discord/persons.ts';
import type { FakeMessage } from '../fakes/discord/state.ts';

// On Discord only Cho is known from the file.
const people = parsePeople(
  `people:
  ana: { name: Ana, slack: [T01/U1] }
  ben: { name: Ben, slack: [T01/U2], roles: [approver, finance] }
  cho: { name: Cho, discord: ["2003"], roles: [approver, finance, operator] }
`,
  'people.yaml',
);
const two = worldPolicy.replace(
  'verdict: ask, approvers: [finance]',
  'verdict: ask_two, approvers: [finance]',
);

let bot: SlackWorld;
let discord: FakeDiscord;
afterEach(async () => {
  await bot.close();
  await discord.close();
});

async function answerTo(person: FakePerson, command: string, details?: string): Promise<FakeMessage> {
  const outcome = await person.command(
    `countersign ${command}`,
    details === undefined ? {} : { details },
    '1100',
  );
  if (outcome.kind !== 'said') throw new Error(outcome.kind);
  return outcome.message;
}

describe('given one bot on Slack and on Discord', () => {
  it('when Ben links his Discord account, then both are one person with one vote, and the card settles for both', async () => {
    const clock = aMovedClock();
    discord = await aFakeDiscord();
    bot = await aSlackWorld({ people, policy: two, clock, adapters: [discordDefinition(discord, [])] });
    const { world } = bot;
    const benThere = discord.user('2002', 'Ben');
    const choThere = discord.user('2003', 'Cho');
    const eve = discord.user('2009', 'Eve');
    const code = async (): Promise<string> => {
      const before = bot.ben.sees('C1').length;
      await bot.ben.command('/countersign', 'link', 'C1');
      const told = await eventually(() =>
        bot.ben
          .sees('C1')
          .slice(before)
          .find((message) => message.text.includes('/countersign link')),
      );
      return /countersign link ([\w-]{16,})/u.exec(told.text)?.[1] ?? 'none';
    };
    const linked = async (person: FakePerson, given: string): Promise<string> =>
      wordsOf(await answerTo(person, 'link', given));
    expect(wordsOf(await answerTo(benThere, 'runs'))).toContain('I do not know you yet');

    // A newer code replaces the older; a code ends after ten minutes; a known account has its owner.
    const older = await code();
    const newer = await code();
    expect(await linked(benThere, older)).toContain('is not known');
    clock.advance(11 * 60_000);
    expect(await linked(benThere, newer)).toContain('older than ten minutes');
    const good = await code();
    expect(await linked(choThere, good)).toContain('is Cho already');
    expect(await linked(benThere, good)).toContain('are both Ben');
    expect(await linked(eve, good)).toContain('was used before');
    expect(wordsOf(await answerTo(eve, 'runs'))).toContain('I do not know you yet');

    const asked = bot.ana.mention('C1', 'pay acme 120');
    const card = await bot.card(asked.ts);
    await bot.ben.press(card, 'Approve');
    await bot.told(bot.ben, 'Ben approved.');
    // The same person on the other platform is not a second one.
    /** The card that `approvals` shows a person privately, in a message after the answer. */
    const copy = async (person: FakePerson): Promise<FakeMessage> => {
      await answerTo(person, 'approvals');
      return eventually(() =>
        [...discord.state.messages.values()].findLast((message) => buttonsOf(message).includes('Approve')),
      );
    };
    await benThere.press(await copy(benThere), 'Approve');
    const [approval] = (await world.app.backend.listApprovals(world.person('cho'), {})).items;
    expect([approval?.state, approval?.votes.map(({ by }) => by)]).toEqual(['pending', ['ben']]);
    expect(world.sent).toEqual([]);

    // Somebody else on Discord is the second: the card on Slack settles, and so does the copy.
    const choCopy = await copy(choThere);
    await choThere.press(choCopy, 'Approve');
    await bot.until(asked.ts, 'Result: Paid');
    expect(world.sent).toHaveLength(1);
    expect((await bot.settled(card)).text).toContain('Approved by Ben and Cho');
    // Cho does not read the channel on Slack: the card that asked him directly settles as well.
    const direct = await eventually(() =>
      discord.shown('772003').find((message) => wordsOf(message).includes('Approved by Ben and Cho')),
    );
    expect(buttonsOf(direct)).toEqual([]);
    expect(wordsOf(await answerTo(choThere, 'approvals'))).not.toContain('Pay 120');

    // An operator takes the link back: the account is nobody's again.
    expect(wordsOf(await answerTo(choThere, 'unlink', 'discord 2002'))).toContain('is no longer Ben');
    expect(wordsOf(await answerTo(benThere, 'runs'))).toContain('I do not know you yet');
  });
});
