/** A store is restored from a copy that is older than what was done since: nothing of it is done a second time. */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApprovalJson } from '../../src/api/shapes.ts';
import { effectsOf } from '../builders/company-effects.ts';
import {
  aFolder,
  eventually,
  removeFolder,
  runCommand,
  runToEnd,
  startBot,
} from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';

const dataDir = aFolder();
const backup = join(dataDir, 'backups', 'hourly.db');
const command = (...args: readonly string[]): ReturnType<typeof runCommand> => runCommand(args, { dataDir });

let bot: RunningBot | undefined;
let open: ApprovalJson;
let run: string;
let after: string;

async function credit(at: RunningBot, amount: number): Promise<string> {
  const asked = await at
    .as('ana')
    .say('finance', `credit Acme ${String(amount)} dollars for the late delivery`);
  return String(asked.body.run);
}

const credits = (): readonly string[] => effectsOf(dataDir, 'billing/credit').map(({ args }) => args);

beforeAll(async () => {
  const at = await startBot({ dataDir });
  bot = at;
  run = await credit(at, 41);
  open = await at.as('ben').asked(run);
  // Copied while it runs and while the approval waits…
  expect(await command('backup', backup)).toMatchObject({ code: 0 });
  // …and only then approved and sent, like one that the copy knows nothing of.
  await at.as('ben').vote(open, 'approve');
  await at.as('ana').until(run, 'done');
  after = await credit(at, 42);
  await at.as('ben').vote(await at.as('ben').asked(after), 'approve');
  await at.as('ana').until(after, 'done');
  await at.stop();
  bot = undefined;
  expect(credits()).toHaveLength(2);
}, 90_000);
afterAll(async () => {
  await bot?.kill9();
  removeFolder(dataDir);
});

describe('given a backup from before two calls were sent', () => {
  it('when somebody just copies it into place, then the bot does not start from it and says what to do', async () => {
    for (const log of ['-wal', '-shm']) rmSync(join(dataDir, `countersign.db${log}`), { force: true });
    copyFileSync(backup, join(dataDir, 'countersign.db'));

    const { code, output } = await runToEnd({ dataDir });

    expect(code).toBe(1);
    expect(output).toContain('The store does not hold seal 1');
    expect(output).toContain('countersign restore');
    expect(credits()).toHaveLength(2);
  }, 60_000);

  it('when it is restored, then what waited is stopped, its old approval runs nothing, and new work goes on', async () => {
    const restored = await command('restore', backup);
    expect([restored.code, restored.output]).toEqual([
      0,
      expect.stringContaining('1 runs that were under way are stopped'),
    ]);
    const at = await startBot({ dataDir });
    bot = at;

    await at.as('ana').until(run, 'stopped');
    expect((await at.as('ben').vote(open, 'approve')).status).toBe(409);
    const approval = await at.as('ben').get<ApprovalJson>(`/approvals/${open.id}`);
    expect(approval.body.state).toBe('cancelled');
    const next = await credit(at, 43);
    await at.as('ben').vote(await at.as('ben').asked(next), 'approve');
    await at.as('ana').until(next, 'done');

    // The billing server records its own arguments, which hold an amount.
    const amounts = credits().map((args) => (JSON.parse(args) as { amount: number }).amount);
    expect(amounts).toEqual([41, 42, 43]);
    expect((await command('audit', 'verify')).output).toMatch(/^ok/u);
  }, 60_000);

  it('when somebody restores while the bot runs, or from what is no backup, then nothing is touched', async () => {
    const busy = await command('restore', backup);
    expect([busy.code, busy.output]).toEqual([1, expect.stringContaining('is in use')]);
    const wrong = await command('restore', join(dataDir, 'seal-key.pem'));
    expect([wrong.code, wrong.output]).toEqual([1, expect.stringContaining('is no copy of a store')]);

    await eventually(async () => ((await bot?.as('ana').run(run))?.status === 'stopped' ? true : undefined));
    expect(await bot?.stop()).toBe(0);
    bot = await startBot({ dataDir });
    expect((await bot.as('ana').run(run)).status).toBe('stopped');
  }, 60_000);
});
