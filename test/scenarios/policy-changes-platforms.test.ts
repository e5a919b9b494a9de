/** A change of policy, from the command to the file, as operators see it on Slack and on Discord. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { policyStream } from '../../src/gate/policy-change-state.ts';
import { parsePeople } from '../../src/people/parse-people.ts';
import { aDiscordWorld, finance } from '../builders/discord-world.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aSlackWorld } from '../builders/slack-world.ts';
import { worldPolicy } from '../builders/world.ts';
import type { World, WorldOptions } from '../builders/world.ts';
import { buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeMessage } from '../fakes/discord/state.ts';
import { directChannel } from '../fakes/slack/workspace.ts';

const peopleText = `people:
  ana: { name: Ana, roles: [operator], slack: [T01/U1], discord: ["2001"] }
  ben: { name: Ben, roles: [finance, approver], slack: [T01/U2], discord: ["2002"] }
  cho: { name: Cho, roles: [operator, approver, finance], slack: [T01/U3], discord: ["2003"] }
`;

type Who = 'ana' | 'ben' | 'cho';

interface Seen {
  readonly text: string;
  readonly labels: readonly string[];
}

/** Three persons at their keyboards, whatever the platform. */
interface Platform {
  readonly world: World;
  /** What only this person reads in the channel, oldest first. */
  privately(who: Who): readonly Seen[];
  /** What everybody reads there of the bot. */
  publicly(): readonly Seen[];
  /** What the bot wrote to this person directly. */
  directly(who: Who): readonly Seen[];
  command(who: Who, text: string): Promise<unknown>;
  press(who: Who, seen: Seen, label: string): Promise<unknown>;
  close(): Promise<void>;
}

const onSlack = async (options: WorldOptions): Promise<Platform> => {
  const bot = await aSlackWorld(options);
  return {
    world: bot.world,
    privately: (who) => bot[who].sees('C1').filter((message) => message.isEphemeral),
    publicly: () => bot.fake.channel('C1').messages(),
    directly: (who) => bot.fake.channel(directChannel(bot.fake.workspace, bot[who].id).id).messages(),
    command: (who, text) => bot[who].command('/countersign', `policy ${text}`, 'C1'),
    async press(who, seen, label) {
      const message = bot[who].sees('C1').find((one) => one.text === seen.text && one.isEphemeral);
      if (message === undefined) throw new Error(`${who} sees no such card.`);
      await bot[who].press(message, label);
    },
    close: () => bot.close(),
  };
};

const onDiscord = async (options: WorldOptions): Promise<Platform> => {
  const { fake, world, close, ana, ben } = await aDiscordWorld(options);
  const person = { ana, ben, cho: fake.user('2003', 'Cho') };
  const see = (messages: readonly FakeMessage[]): readonly Seen[] =>
    messages.map((message) => ({ text: asRead(message), labels: buttonsOf(message) }));
  const onlyFor = (who: Who): readonly FakeMessage[] =>
    [...fake.state.messages.values()].filter((message) => message.onlyFor === person[who].user.id);
  return {
    world,
    privately: (who) => see(onlyFor(who)),
    publicly: () => see(fake.shown(finance)),
    directly: (who) => see(fake.shown(`77${person[who].user.id}`)),
    command: (who, text) => person[who].command('countersign more', { details: `policy ${text}` }),
    async press(who, seen, label) {
      const message = onlyFor(who).find((one) => asRead(one) === seen.text);
      if (message === undefined) throw new Error(`${who} sees no such card.`);
      await person[who].press(message, label);
    },
    close,
  };
};

/** Without the backslashes that keep text literal, which nobody sees. */
function asRead(message: FakeMessage): string {
  return wordsOf(message).replaceAll(/\\([^\w\s])/gu, '$1');
}

const policyText = worldPolicy.replace('rules:', '# Who pays what.\nrules:');

describe.each([
  ['Slack', onSlack],
  ['Discord', onDiscord],
] as const)('given two operators on %s', (_name, open) => {
  const folder = aFolder();
  const file = join(folder, 'policy.yaml');
  const peopleFile = join(folder, 'people.yaml');
  let bot: Platform;
  beforeAll(async () => {
    writeFileSync(file, policyText);
    writeFileSync(peopleFile, peopleText);
    bot = await open({
      folder,
      isFiled: true,
      people: parsePeople(peopleText, 'people.yaml'),
      env: { POLICY_FILE: file, PEOPLE_FILE: peopleFile },
    });
  }, 60_000);
  afterAll(async () => {
    await bot.close();
    removeFolder(folder);
  }, 60_000);

  /** What the person reads after doing something, in private. */
  async function reads(who: Who, act: () => Promise<unknown>, count = 1): Promise<readonly Seen[]> {
    const before = bot.privately(who).length;
    await act();
    return eventually(
      () => {
        const since = bot.privately(who).slice(before);
        return since.length >= count ? since : undefined;
      },
      5_000,
      () => `${who} reads ${JSON.stringify(bot.privately(who).slice(before))}`,
    );
  }
  const says = async (who: Who, text: string): Promise<string> =>
    (await reads(who, () => bot.command(who, text)))[0]?.text ?? '';
  const card = async (who: Who): Promise<Seen> => {
    const [, shown] = await reads(who, () => bot.command(who, 'changes'), 2);
    if (shown === undefined) throw new Error('There is no card.');
    return shown;
  };
  /** Slack puts the answer in the card's place, Discord beneath it. */
  async function press(who: Who, on: Seen, label: string): Promise<string> {
    const before = bot.privately(who).map(({ text }) => text);
    await bot.press(who, on, label);
    return eventually(() => bot.privately(who).find(({ text }) => !before.includes(text))?.text, 5_000);
  }

  it('when one asks for a change, then he reads the difference exactly, the other one is told, and nobody else reads of it', async () => {
    const asked = await says('ana', 'set large when "args.amount > 100 && args.to != \'<b>*x*</b>\'"');

    expect(asked).toContain('rule large');
    expect(asked).toContain('- when: args.amount > 500');
    expect(asked).toContain("+ when: args.amount > 100 && args.to != '<b>*x*</b>'");
    const told = await eventually(() => bot.directly('cho')[0]);
    expect(told.text).toContain('Ana wants a change of policy, rule large');
    expect(told.text).toContain("+ when: args.amount > 100 && args.to != '<b>*x*</b>'");
    expect(bot.directly('ana')).toEqual([]);
    expect(bot.publicly()).toEqual([]);
    expect(readFileSync(file, 'utf8')).toBe(policyText);
  });

  it('when it waits, then «changes» shows it to operators alone, whole and with both buttons; its author and others cannot agree', async () => {
    expect(await says('ben', 'changes')).toContain('Only operators see and agree');
    expect(await says('ben', 'set large quorum 1')).toContain('Only operators');

    const shown = await card('ana');

    expect(shown.text).toContain('Change policy: rule large');
    expect(shown.text).toContain("+ when: args.amount > 100 && args.to != '<b>*x*</b>'");
    expect(shown.text).toContain('Ana');
    expect(shown.labels).toEqual(['Approve', 'Deny']);
    expect(await press('ana', shown, 'Approve')).toContain('another operator agrees to it');
    expect(readFileSync(file, 'utf8')).toBe(policyText);
  });

  it('when the other one agrees, then it stands in the file and is in force; pressing again says that it is settled', async () => {
    const shown = await card('cho');
    const older = await card('ana');

    expect(await press('cho', shown, 'Approve')).toContain('Done: rule large is changed, and in force.');

    expect((await eventually(() => bot.directly('ana')[0])).text).toContain(
      'Cho agreed to the change of policy that Ana wanted, rule large. It is in force.',
    );
    const written = readFileSync(file, 'utf8');
    expect(written).toContain("args.amount > 100 && args.to != '<b>*x*</b>'");
    expect(written).toContain('# Who pays what.');
    expect(await says('ben', 'books/pay')).toContain("args.amount > 100 && args.to != '<b>*x*</b>'");
    expect(await says('cho', 'changes')).toContain('No change of policy waits.');
    expect(await press('ana', older, 'Approve')).toContain('settled before');
    const events = (await bot.world.app.store.ledger.read(policyStream)).flatMap(({ by, events: all }) =>
      all.map(({ kind }) => `${by} ${kind}`),
    );
    expect(events).toEqual(['ana policy.proposed', 'cho policy.confirmed', 'cho policy.written']);
  });

  it('when a rule of many lines is added, then all of it is shown; denied, it is gone and whoever asked is told', async () => {
    const rule = `{ id: many, tool: books/note, when: "args.text in [${Array.from({ length: 40 }, (_, index) => `'number ${String(index)}'`).join(', ')}]", verdict: ask, approvers: [finance] }`;
    expect(await says('cho', `add ${rule}`)).toContain("'number 39'");

    const shown = await card('ana');

    expect(shown.text).toContain("'number 0'");
    expect(shown.text).toContain("'number 39'");
    expect(await press('ana', shown, 'Deny')).toContain('Turned down');
    expect((await eventually(() => bot.directly('cho')[1])).text).toContain(
      'Ana turned down the change of policy that Cho wanted, rule many. Nothing has changed.',
    );
    expect(readFileSync(file, 'utf8')).not.toContain('id: many');
    expect(await says('ana', 'changes')).toContain('No change of policy waits.');
  });
});
