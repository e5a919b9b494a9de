/** Workflows on the demonstration company: the real bot, its tool servers and the demonstration model. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { aBentClock } from '../builders/bent-clock.ts';
import { effectsOf } from '../builders/company-effects.ts';
import { aFolder, eventually, removeFolder, startBot, textOf } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';

const folder = aFolder();
const clock = aBentClock(folder);
let bot: RunningBot;
beforeAll(async () => {
  bot = await startBot({ dataDir: folder, env: clock.env });
}, 60_000);
afterAll(async () => {
  await bot.stop();
  removeFolder(bot.dataDir);
});

const dayMs = 24 * 3_600_000;

interface Started {
  readonly run: string;
  readonly thread: string;
}

async function says(text: string): Promise<Started> {
  const { body } = await bot.as('ana').say('ops', text);
  return { run: String(body.run), thread: body.thread };
}

/** Everybody named approves what waits. */
async function approved({ run }: Started, ...persons: readonly string[]): Promise<Record<string, unknown>> {
  const approval = await bot.as('ben').asked(run);
  for (const person of persons) expect((await bot.as(person).vote(approval, 'approve')).status).toBe(200);
  return { ...approval.arguments };
}

async function ended({ run, thread }: Started): Promise<string> {
  await bot.as('ana').until(run, 'done');
  return textOf((await bot.as('ana').thread(thread)).items);
}

it('customer-reply: when a ticket is answered, then the mail goes to its customer once somebody approved it', async () => {
  const started = await says('/customer-reply ticket=141 answer="New tumblers leave tomorrow."');

  expect(await approved(started, 'ben')).toMatchObject({
    to: 'greta.vogel@acme.example',
    subject: 'Re: Invoice 1042: two of the fragile pieces arrived broken',
    body: 'Hello Greta Vogel,\n\nNew tumblers leave tomorrow.\n\nKind regards\nLarkspur Goods',
  });
  const story = await ended(started);

  expect(story).toContain('> Subject: Invoice 1042');
  expect(story).toContain('Greta Vogel has the answer. Sent to greta.vogel@acme.example');
  expect(effectsOf(bot.dataDir, 'mail/send')).toHaveLength(1);
});

it('change-request: when it does not come out as expected, then the way back is proposed and each needs two', async () => {
  const sql = (city: string): string => `UPDATE customers SET city = '${city}' WHERE id = 88`;
  const started = await says(
    `/change-request change="${sql('Bonn')}" check="SELECT city FROM customers WHERE id = 88" expect="Berlin" undo="${sql('Hamburg')}"`,
  );

  expect(await approved(started, 'ben', 'cho')).toEqual({ sql: sql('Bonn') });
  await bot.as('ana').until(started.run, 'waiting');
  expect(await approved(started, 'cho', 'ben')).toEqual({ sql: sql('Hamburg') });
  const story = await ended(started);

  expect(story).toContain('**«Berlin» is not there.** I propose the way back.');
  expect(story).toMatch(/\*\*Rolled back\.\*\*\n```\n1 row\ncity\nHamburg/u);
});

it('access-request: when finance and engineering agree, then access is given and taken back when its time is over', async () => {
  const started = await says('access system=billing days=2 person=dev');

  expect(await approved(started, 'ben')).toMatchObject({ person: 'dev', system: 'billing' });
  expect(effectsOf(bot.dataDir, 'crm/grant_access')).toEqual([]);
  await approved(started, 'cho');
  await eventually(() => effectsOf(bot.dataDir, 'crm/grant_access').length === 1 || undefined);
  clock.advance(1.9 * dayMs);
  await bot.as('ana').until(started.run, 'waiting');
  expect(effectsOf(bot.dataDir, 'crm/revoke_access')).toEqual([]);
  clock.advance(0.2 * dayMs);

  expect(await ended(started)).toContain('The time is over. dev has no access to billing any more.');
  expect(effectsOf(bot.dataDir, 'crm/revoke_access')).toHaveLength(1);
});
