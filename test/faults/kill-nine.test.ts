import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { sha256 } from '../../src/core/hash.ts';
import type { ThreadJson } from '../../src/api/shapes.ts';
import { effectsOf } from '../builders/company-effects.ts';
import { aFolder, eventually, removeFolder, startBot, textOf } from '../builders/running-bot.ts';
import type { BotOptions, RunningBot } from '../builders/running-bot.ts';

const refund = 'refund invoice 1042 of Acme, 12 dollars, broken on arrival';
const folders: string[] = [];
const bots: RunningBot[] = [];
afterEach(async () => {
  for (const bot of bots.splice(0)) bot.process.kill('SIGKILL');
  for (const folder of folders.splice(0)) removeFolder(folder);
  await Promise.resolve();
});

async function start(options: BotOptions): Promise<RunningBot> {
  const bot = await startBot(options);
  bots.push(bot);
  return bot;
}

function folder(): string {
  const made = aFolder();
  folders.push(made);
  return made;
}

/** A working folder whose tool servers answer writes late, after the effect is durable. */
function slowCompany(dataDir: string, slowMs: number): string {
  const cwd = folder();
  const dist = new URL('../../dist/servers/', import.meta.url).pathname;
  const server = (name: string): object => ({
    command: process.execPath,
    args: [`${dist}${name}.js`],
    env: { COMPANY_DATA_DIR: join(dataDir, 'company'), COMPANY_SLOW_MS: String(slowMs) },
  });
  const names = ['crm', 'billing', 'mail', 'database'];
  writeFileSync(
    join(cwd, 'mcp.json'),
    JSON.stringify({ mcpServers: Object.fromEntries(names.map((name) => [name, server(name)])) }),
  );
  const person = (id: string, name: string, roles: string): string =>
    `  ${id}: { name: ${name}, roles: [${roles}], tokenSha256: ["${sha256(`demo-${id}`)}"] }`;
  writeFileSync(
    join(cwd, 'people.yaml'),
    [
      'people:',
      person('ana', 'Ana', ''),
      person('ben', 'Ben', 'approver, finance'),
      person('cho', 'Cho', 'approver'),
      '',
    ].join('\n'),
  );
  return cwd;
}

describe('given a refund that waits', () => {
  it('when the bot is killed and started again, then the approval is still there and the refund happens once', async () => {
    const dataDir = folder();
    const first = await start({ dataDir });
    const { body } = await first.as('ana').say('finance', refund);
    const approval = await first.as('ben').asked(String(body.run));
    await first.kill9();

    const second = await start({ dataDir });
    expect((await second.as('ben').vote(approval, 'approve')).status).toBe(200);
    await second.as('ana').until(String(body.run), 'done');

    expect(effectsOf(dataDir, 'billing/refund')).toHaveLength(1);
  });

  it('when the bot is killed at any moment after the vote, then the refund has happened once in the end', async () => {
    const dataDir = folder();
    let bot = await start({ dataDir, env: { CALL_TIMEOUT_MS: '1500' } });
    for (const [round, delayMs] of [0, 3, 9, 25].entries()) {
      const { body } = await bot
        .as('ana')
        .say('finance', `refund invoice 1042 of Acme, ${String(round + 2)} dollars, round ${String(round)}`);
      const approval = await bot.as('ben').asked(String(body.run));
      const voted = bot
        .as('ben')
        .vote(approval, 'approve')
        .catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await bot.kill9();
      const isAcknowledged = (await voted)?.status === 200;

      bot = await start({ dataDir, env: { CALL_TIMEOUT_MS: '1500' } });
      const again = await bot.as('ben').vote(approval, 'approve');
      expect(again.status === 200 || again.status === 409).toBe(true);
      if (isAcknowledged) expect(again.status).toBe(200);
      await bot.as('ana').until(String(body.run), 'done');

      expect(effectsOf(dataDir, 'billing/refund')).toHaveLength(round + 1);
    }
  }, 120_000);
});

describe('given an opaque call that was sent', () => {
  async function loseOutcome(): Promise<{
    bot: RunningBot;
    run: string;
    thread: string;
    dataDir: string;
    call: string;
  }> {
    const dataDir = folder();
    // The answer never comes: the bot dies before, or gives it up, and the next one asks either way.
    const first = await start({
      dataDir,
      cwd: slowCompany(dataDir, 100_000),
      env: { CALL_TIMEOUT_MS: '3000' },
    });
    const { body } = await first.as('ana').say('finance', 'credit Acme 25 dollars for the late delivery');
    const approval = await first.as('ben').asked(String(body.run));
    expect((await first.as('ben').vote(approval, 'approve')).status).toBe(200);
    await eventually(() => (effectsOf(dataDir, 'billing/credit').length === 1 ? true : undefined));
    await first.kill9();
    const bot = await start({ dataDir, cwd: slowCompany(dataDir, 0) });
    const card = await eventually(
      async () => {
        const { items } = await bot.as('ana').thread(body.thread);
        return items.find((item) => item.card?.kind === 'outcome-unknown');
      },
      30_000,
      () => `no card asks what happened:\n${bot.output()}`,
    );
    expect(card.text).toContain('It may or may not have happened');
    expect(card.actions?.map((action) => action.label)).toEqual([
      'It happened',
      'It did not: ask me again',
      'Stop',
    ]);
    return {
      bot,
      run: String(body.run),
      thread: body.thread,
      dataDir,
      call: String(card.actions?.[0]?.id.split(':')[2]),
    };
  }

  it('when the bot dies before its answer is recorded, then a person is asked, and «It happened» ends it', async () => {
    const { bot, run, thread, dataDir, call } = await loseOutcome();

    expect((await bot.as('ana').press(`v1:${run}:${call}:happened`)).status).toBe(403);
    expect((await bot.as('ben').press(`v1:${run}:${call}:happened`)).status).toBe(200);
    await bot.as('ana').until(run, 'done');

    expect(effectsOf(dataDir, 'billing/credit')).toHaveLength(1);
    expect(textOf((await bot.as('ana').thread(thread)).items)).toContain(
      'Ben settled billing/credit: it happened',
    );
    expect((await bot.as('ben').press(`v1:${run}:${call}:ask-again`)).status).toBe(409);
  }, 60_000);

  it('when a person says that it did not happen, then it is asked anew and only then sent', async () => {
    const { bot, run, thread, dataDir, call } = await loseOutcome();

    expect((await bot.as('ben').press(`v1:${run}:${call}:ask-again`)).status).toBe(200);
    const approval = await bot.as('ben').asked(run);
    expect(effectsOf(dataDir, 'billing/credit')).toHaveLength(1);
    expect((await bot.as('ben').vote(approval, 'approve')).status).toBe(200);
    await bot.as('ana').until(run, 'done');

    expect(effectsOf(dataDir, 'billing/credit')).toHaveLength(2);
    const { items }: ThreadJson = await bot.as('ana').thread(thread);
    expect(items.filter((item) => item.approval !== undefined)).toHaveLength(2);
  }, 60_000);
});

describe('given a keyed call that was sent', () => {
  it('when the bot dies before its answer is recorded, then it is repeated with the same key and has one effect', async () => {
    const dataDir = folder();
    const first = await start({
      dataDir,
      cwd: slowCompany(dataDir, 100_000),
      env: { CALL_TIMEOUT_MS: '3000' },
    });
    const { body } = await first.as('ana').say('finance', refund);
    const approval = await first.as('ben').asked(String(body.run));
    await first.as('ben').vote(approval, 'approve');
    await eventually(() => (effectsOf(dataDir, 'billing/refund').length === 1 ? true : undefined));
    await first.kill9();

    const second = await start({ dataDir, cwd: slowCompany(dataDir, 0) });
    await second.as('ana').until(String(body.run), 'done');

    expect(effectsOf(dataDir, 'billing/refund')).toHaveLength(1);
    expect(textOf((await second.as('ana').thread(body.thread)).items)).toContain(
      'again with the same key (attempt 2)',
    );
  }, 60_000);
});
