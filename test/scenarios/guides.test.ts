/** The set-up guides, followed to the letter with the built product: what they say is printed is printed, and it works. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { runCommand } from '../builders/run-command.ts';
import { aFolder, eventually, removeFolder, startBot } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';
import { aFakeDiscord, buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import type { Person } from '../fakes/slack/person.ts';

const request = 'refund invoice 1042, 120 USD, it arrived broken';

const toEnd: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of toEnd.splice(0).reverse()) await end();
}, 60_000);

function aWorkingFolder(): string {
  const folder = aFolder();
  toEnd.push(() => {
    removeFolder(folder);
  });
  return folder;
}

async function aBot(cwd: string): Promise<RunningBot> {
  const bot = await startBot({ cwd, dataDir: join(cwd, 'data'), startWithinMs: 90_000 });
  toEnd.push(() => bot.stop());
  return bot;
}

/** What the guide says that the start prints about a platform. */
function startLineIn(guide: string, platform: string): string {
  const text = readFileSync(`docs/${guide}`, 'utf8');
  return new RegExp(`^${platform} {2,}.+$`, 'mu').exec(text)?.[0] ?? 'The guide has none.';
}

/** What the guide says that the doctor prints about a platform: its example, and the first column of its table. */
function printedIn(guide: string, platform: string): readonly string[] {
  const text = readFileSync(`docs/${guide}`, 'utf8');
  return [...text.matchAll(new RegExp(`^(?:\\| \`)?((?:ok|FAIL) +${platform} +[^\`\\n]+)`, 'gmu'))].map(
    ([, line = '']) => inOneSpace(line),
  );
}

const inOneSpace = (text: string): string => text.trim().replaceAll(/ +/gu, ' ');

/** The doctor's lines about a platform and people, for an environment. */
async function doctor(cwd: string, env: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const { code, output } = await runCommand(cwd, ['doctor'], { PORT: '0', ...env });
  const lines = output.split('\n').filter((line) => /^\w+ +(?:slack|discord|chat|people) /u.test(line));
  expect([code, lines]).toEqual([lines.some((line) => line.startsWith('FAIL')) ? 1 : 0, lines]);
  return lines.map(inOneSpace);
}

describe('given an empty folder and the guide for Slack', () => {
  it('when somebody does what it says, without people.yaml, then a request is approved across a restart', async () => {
    const cwd = aWorkingFolder();
    const fake = await createFakeSlack({ mode: 'socket' });
    toEnd.push(() => fake.close());
    const printed = printedIn('slack.md', 'slack').map((line) => line.replace('T0123ABCD', 'T01'));

    const { output: manifest } = await runCommand(cwd, ['slack', 'manifest']);
    expect(manifest).toContain('command: /refund');
    const seen = await doctor(cwd, { SLACK_APP_TOKEN: fake.appToken });
    expect(seen).toContainEqual(expect.stringContaining('warn chat none'));
    writeFileSync(
      join(cwd, '.env'),
      `SLACK_BOT_TOKEN=${fake.botToken}\nSLACK_APP_TOKEN=${fake.appToken}        # Socket Mode\nSLACK_API_URL=${fake.apiUrl}\n`,
    );
    for (const scope of ['files:read', 'reactions:read']) fake.workspace.scopes.delete(scope);
    seen.push(...(await doctor(cwd, { SLACK_APP_TOKEN: 'xapp-other' })));
    for (const scope of ['files:read', 'reactions:read']) fake.workspace.scopes.add(scope);
    seen.push(...(await doctor(cwd)));
    seen.push(...(await doctor(cwd, { SLACK_BOT_TOKEN: 'xoxb-other', SLACK_APP_TOKEN: '' })));
    seen.push(...(await doctor(cwd, { SLACK_BOT_TOKEN: fake.appToken })));
    expect(printed.filter((line) => !seen.includes(line))).toEqual([]);
    expect(printed).toHaveLength(8);
    expect(seen).toContainEqual(expect.stringContaining('FAIL people Nobody is known.'));

    const bot = await aBot(cwd);
    expect(bot.output()).toContain(`  ${startLineIn('slack.md', 'slack')}\n`);
    const code = /\/countersign setup (\S+)/u.exec(bot.output())?.[1] ?? '';
    const [ana, ben, cho] = [fake.user('U1'), fake.user('U2'), fake.user('U3')];
    const answer = async (person: Person, text: string): Promise<string> => {
      const before = person.sees('C1').length;
      await person.command('/countersign', text, 'C1');
      const told = await eventually(() =>
        person
          .sees('C1')
          .slice(before)
          .find(({ isEphemeral }) => isEphemeral),
      );
      return told.text;
    };
    await eventually(() => fake.sockets.connections.some(({ isOpen }) => isOpen) || undefined);
    expect(await answer(cho, `setup ${code} Cho`)).toContain('You are the first operator, Cho');
    expect(await answer(cho, 'people add ana slack T01/U1 name Ana')).toContain('counts at once');
    expect(await answer(cho, 'people add ben name Ben role approver')).toContain('The name comes last');
    const added = await answer(cho, 'people add ben role approver role finance slack T01/U2 name Ben');
    expect(added).toContain('role approver, role finance');
    const thread = ana.mention('C1', request).ts;
    const card = await eventually(() =>
      fake
        .channel('C1')
        .thread(thread)
        .find(({ labels }) => labels.includes('Deny…')),
    );
    await ana.press(card, 'Approve');
    await eventually(() => ana.sees('C1').some(({ text }) => text.includes('Ben can.')) || undefined);

    expect(await bot.stop()).toBe(0);
    await aBot(cwd);
    await eventually(() => fake.sockets.connections.some(({ isOpen }) => isOpen) || undefined);
    await ben.press(card, 'Approve');

    await eventually(
      () =>
        fake
          .channel('C1')
          .thread(thread)
          .some(({ text }) => text.includes('Approved by Ben at') && text.includes('receipt R-')) ||
        undefined,
    );
  }, 240_000);
});

describe('given an empty folder and the guide for Discord', () => {
  it('when somebody begins with init and adds people in the terminal, then commands are shown before they are registered, and a request is approved', async () => {
    const cwd = aWorkingFolder();
    const fake = await aFakeDiscord();
    toEnd.push(() => fake.close());
    const printed = printedIn('discord.md', 'discord').map((line) =>
      line.replace('100000000000000001', '1000'),
    );

    const answers = ['--name', 'Cho', '--model', 'demo', '--account', '2003'];
    const begun = await runCommand(cwd, ['init', '--chat', 'discord', ...answers]);
    expect(begun.code).toBe(0);
    const empty = readFileSync(join(cwd, '.env'), 'utf8');
    const filled = empty.replace('DISCORD_TOKEN=', `DISCORD_TOKEN=${fake.token}`);
    writeFileSync(join(cwd, '.env'), `${filled}DISCORD_API_URL=${fake.apiUrl}\n`);
    const seen = [...(await doctor(cwd)), ...(await doctor(cwd, { DISCORD_TOKEN: 'another.token' }))];
    const allowed = fake.state.permissions;
    const withoutThreads = BigInt(allowed) & ~((1n << 35n) | (1n << 38n));
    fake.state.permissions = String(withoutThreads);
    seen.push(
      ...(await doctor(cwd, { DISCORD_APPLICATION_ID: '9999', DISCORD_PUBLIC_KEY: 'ab'.repeat(32) })),
    );
    fake.state.permissions = allowed;
    expect(printed.filter((line) => !seen.includes(line))).toEqual([]);
    expect(printed).toHaveLength(6);

    const register = (...more: readonly string[]) => runCommand(cwd, ['discord', 'register', ...more]);
    expect((await register('--guild', 'acme')).output).toContain('--guild');
    const shown = await register();
    expect([shown.code, shown.output.includes('+ /refund')]).toEqual([1, true]);
    expect(fake.state.commands.size).toBe(0);
    expect((await register('--guild', '1000', '--yes')).output).toContain('Registered on server 1000.');
    expect((await register('--guild', '1000')).output).toContain('Nothing changes');

    const ben = ['--name', 'Ben', '--role', 'approver', '--role', 'finance', '--discord', '2002'];
    await runCommand(cwd, ['people', 'add', 'ana', '--name', 'Ana', '--discord', '2001']);
    await runCommand(cwd, ['people', 'add', 'ben', ...ben]);
    const bot = await aBot(cwd);
    expect(bot.output()).toContain(`  ${startLineIn('discord.md', 'discord')}\n`);
    await eventually(() => fake.gateway.isConnected() || undefined);
    const thread = fake.user('2001', 'Ana').mention('1100', request).id;
    const card = await eventually(() =>
      fake.shown(thread).find((message) => buttonsOf(message).includes('Approve')),
    );
    await fake.user('2002', 'Ben').press(card, 'Approve');
    await eventually(() => wordsOf(card).includes('receipt R\\-') || undefined);
  }, 240_000);
});
