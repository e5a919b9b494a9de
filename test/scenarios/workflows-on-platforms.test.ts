/** Every shipped workflow that asks before it acts, called on Slack and on Discord: the real bot on both at once. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { effectsOf } from '../builders/company-effects.ts';
import { finance } from '../builders/discord-world.ts';
import { aFolder, eventually, removeFolder, startBot } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';
import { aFakeDiscord, buttonsOf, wordsOf } from '../fakes/discord/fake-discord.ts';
import type { FakeDiscord } from '../fakes/discord/fake-discord.ts';
import { createFakeSlack } from '../fakes/slack/index.ts';
import type { FakeSlack } from '../fakes/slack/index.ts';

/** What is said, and the words and the button that must stand in its thread. */
const called: readonly (readonly [string, string, string])[] = [
  ['/refund customer=Acme invoice=1042 amount=20 reason=broken', 'Refund 20', 'Approve'],
  ['/customer-reply ticket=141 answer="It ships tomorrow."', 'Send a mail to greta.vogel', 'Approve'],
  ['/access-request system=crm days=1 person=dev', 'Give dev access to crm', 'Approve'],
  [
    `/change-request change="UPDATE products SET stock = 1 WHERE id = 1" check="SELECT stock FROM products WHERE id = 1" expect="1" undo="UPDATE products SET stock = 2 WHERE id = 1"`,
    'Change the database',
    'Approve',
  ],
  ['/incident title="the shop is down"', 'how bad is it, and who does what', 'Answer…'],
  ['/invoice-chase days=30 most=2', '2 reminders of overdue invoices', 'Approve'],
  ['/onboarding person=eli', 'Laptop and phone are handed over', 'Answer…'],
];

const countTickets =
  '/data-question sql="SELECT status, count(*) AS n FROM tickets GROUP BY status ORDER BY n DESC"';

const folder = aFolder();
let slack: FakeSlack;
let discord: FakeDiscord;
let bot: RunningBot;
beforeAll(async () => {
  [slack, discord] = await Promise.all([createFakeSlack({ mode: 'socket' }), aFakeDiscord()]);
  const person = (name: string, number: number, roles: string): string =>
    `  ${name.toLowerCase()}: { name: ${name}, roles: [${roles}], slack: [T01/U${String(number)}], discord: ["200${String(number)}"] }\n`;
  const people = [
    person('Ana', 1, ''),
    person('Ben', 2, 'approver, finance'),
    person('Cho', 3, 'approver, engineering'),
  ];
  writeFileSync(join(folder, 'people.yaml'), `people:\n${people.join('')}`);
  bot = await startBot({
    dataDir: folder,
    cwd: folder,
    env: {
      ...{ SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken, SLACK_API_URL: slack.apiUrl },
      ...{ DISCORD_TOKEN: discord.token, DISCORD_APPLICATION_ID: discord.state.application },
      ...{ DISCORD_PUBLIC_KEY: discord.signer.publicKey, DISCORD_API_URL: discord.apiUrl },
    },
  });
}, 90_000);
afterAll(async () => {
  await bot.stop();
  await Promise.all([slack.close(), discord.close()]);
  removeFolder(folder);
});

it('when they are called on Slack, then each puts its question into its thread', async () => {
  const ana = slack.user('U1');

  for (const [text, wanted, button] of called) {
    const said = ana.mention('C1', text);
    const seen = await eventually(
      () =>
        slack
          .channel('C1')
          .thread(said.thread)
          .find((message) => message.text.includes(wanted) && message.labels.includes(button)),
      30_000,
      () =>
        `${text}: «${wanted}» is not there, but ${slack
          .channel('C1')
          .thread(said.thread)
          .map((message) => message.text)
          .join('\n')}\n${bot.output()}`,
    );
    if (text.startsWith('/refund')) await slack.user('U2').press(seen, 'Approve');
  }

  await eventually(() => effectsOf(folder, 'billing/refund').length === 1 || undefined, 60_000);
}, 300_000);

it('when the database is asked on Slack, then its rows come as a file and as a picture, each once', async () => {
  const said = slack.user('U1').mention('C1', countTickets);

  const files = await eventually(() => {
    const shown = slack
      .channel('C1')
      .thread(said.thread)
      .flatMap((message) => message.files);
    return shown.length >= 2 ? shown : undefined;
  }, 60_000);

  expect(files.map(({ name, content }) => [name.slice(9), content.slice(0, 10)])).toEqual([
    ['rows.csv', 'status,n\r\n'],
    ['rows.png', expect.stringContaining('PNG')],
  ]);
}, 90_000);

it('when the database is asked on Discord, then its rows come as a file and as a picture', async () => {
  const said = discord.user('2001', 'Ana').mention(finance, countTickets);

  const files = await eventually(() => {
    const shown = discord.shown(said.id).flatMap((message) => message.attachments);
    return shown.length >= 2 ? shown : undefined;
  }, 60_000);

  expect(files.map(({ filename, text }) => [filename, text.slice(0, 10)])).toEqual([
    ['rows.csv', 'status,n\r\n'],
    ['rows.png', expect.stringContaining('PNG')],
  ]);
}, 90_000);

it('when they are called on Discord, then each puts its question into its thread', async () => {
  const ana = discord.user('2001', 'Ana');

  for (const [text, wanted, button] of called) {
    const said = ana.mention(finance, text);
    const seen = await eventually(
      () =>
        discord
          .shown(said.id)
          .find((message) => plain(wordsOf(message)).includes(wanted) && buttonsOf(message).includes(button)),
      30_000,
      () =>
        `${text}: «${wanted}» is not there, but ${discord.shown(said.id).map(wordsOf).join('\n')}\n${bot.output()}`,
    );
    if (text.startsWith('/refund')) await discord.user('2002', 'Ben').press(seen, 'Approve');
  }

  await eventually(() => effectsOf(folder, 'billing/refund').length === 2 || undefined, 60_000);
}, 300_000);

/** Without the backslashes that keep text from being read as formatting. */
function plain(text: string): string {
  return text.replaceAll('\\', '');
}
