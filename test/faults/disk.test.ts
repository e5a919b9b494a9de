/** The disk under a local store fills up, turns read-only or fails; nothing acknowledged is lost, and work goes on. */
import { execFileSync } from 'node:child_process';
import { existsSync, openSync, statSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { isRow, openLocalDatabase } from '../../src/stores/local/database.ts';
import type { LocalDatabase } from '../../src/stores/local/database.ts';
import { effectsOf } from '../builders/company-effects.ts';
import { aFolder, eventually, removeFolder, runCommand, startBot } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';

let folder = '';
let bot: RunningBot | undefined;
let database: LocalDatabase | undefined;
afterEach(async () => {
  await bot?.kill9();
  await database?.close();
  bot = undefined;
  database = undefined;
  removeFolder(folder);
});

const prlimit = '/usr/bin/prlimit';

/** No file of that process may grow beyond this; `unlimited` again later. */
function limitFiles(at: RunningBot, bytes: string): void {
  execFileSync(prlimit, ['--pid', String(at.process.pid), `--fsize=${bytes}:unlimited`]);
}

function openDatabase(): LocalDatabase {
  database = openLocalDatabase({ folder, clock: systemClock });
  return database;
}

const write = (at: LocalDatabase, key: string, value: string): Promise<void> =>
  at.write(() => {
    at.prepare('INSERT INTO meta VALUES (?, ?)').run(key, value);
  });
const read = (at: LocalDatabase, key: string): number | undefined => {
  const row = at.prepare('SELECT length(value) AS size FROM meta WHERE key = ?').get(key);
  return isRow(row) ? Number(row['size']) : undefined;
};

describe('given a store whose file cannot be written for a while', () => {
  it('when somebody holds it locked at the start, then that is said, and nobody is sent for a backup', async () => {
    folder = aFolder();
    const holder = openDatabase();
    holder.prepare('BEGIN EXCLUSIVE').run();

    const opening = (): LocalDatabase => openLocalDatabase({ folder, clock: systemClock, openWithinMs: 100 });
    expect(opening).toThrow(
      /another process holds it .*database is locked.* Fix: end whatever keeps it locked/u,
    );
    expect(opening).not.toThrow(/backup/u);

    holder.prepare('COMMIT').run();
    await opening().close();
  });

  it('when the disk is full, then it says so, keeps what was acknowledged, and takes the next write once there is room', async () => {
    folder = aFolder();
    const at = openDatabase();
    await write(at, 'before', 'x');
    const { page_count: pages } = at.prepare('PRAGMA page_count').get() as { page_count: number }; // SQLite's own column.
    at.prepare(`PRAGMA max_page_count = ${String(pages + 1)}`).get();

    await expect(write(at, 'large', 'x'.repeat(1_000_000))).rejects.toMatchObject({
      code: 'store.unavailable',
      message: expect.stringMatching(/the disk is full .* Fix: free some space/u),
    });
    expect([read(at, 'before'), read(at, 'large')]).toEqual([1, undefined]);

    at.prepare('PRAGMA max_page_count = 1000000').get();
    await write(at, 'large', 'x'.repeat(1_000_000));
    expect(read(at, 'large')).toBe(1_000_000);
  });

  it('when what was written cannot be committed, then nobody hears that it is kept, and nothing of it is there', async () => {
    folder = aFolder();
    const at = openDatabase();
    // Such a rule is looked at by the commit alone.
    at.prepare('PRAGMA foreign_keys = ON').get();
    at.prepare('CREATE TABLE child (parent REFERENCES meta (key) DEFERRABLE INITIALLY DEFERRED)').run();
    const orphan = at.write(() => at.prepare("INSERT INTO child VALUES ('nobody')").run());

    const beside = write(at, 'beside', 'x');

    await expect(beside).rejects.toMatchObject({ code: 'store.unavailable' });
    await expect(orphan).rejects.toMatchObject({ code: 'store.unavailable' });
    expect(read(at, 'beside')).toBeUndefined();
    await write(at, 'beside', 'x');
    expect(read(at, 'beside')).toBe(1);
  });

  it('when it is read-only, then it says so, and goes on once it is not', async () => {
    folder = aFolder();
    const at = openDatabase();
    at.prepare('PRAGMA query_only = ON').get();

    await expect(write(at, 'a', 'x')).rejects.toMatchObject({
      code: 'store.unavailable',
      message: expect.stringContaining('it cannot be written'),
    });

    at.prepare('PRAGMA query_only = OFF').get();
    await write(at, 'a', 'x');
    expect(read(at, 'a')).toBe(1);
  });

  it('when pages are corrupted, then reading says what to do, and doctor names the file', async () => {
    folder = aFolder();
    const first = openDatabase();
    for (let key = 0; key < 50; key += 1) await write(first, `k${String(key)}`, 'x'.repeat(5_000));
    await first.close();
    const file = join(folder, 'countersign.db');
    const handle = openSync(file, 'r+');
    // The rows above were written last, so they fill the end of the file.
    const damaged = 30 * 8_192;
    writeSync(handle, Buffer.alloc(damaged, 0xff), 0, undefined, statSync(file).size - damaged);
    closeSync(handle);

    const at = openDatabase();
    expect(() => at.prepare('SELECT sum(length(value)) FROM meta').get()).toThrow(
      /it is damaged .* put a backup in place with `countersign restore`/u,
    );
    await expect(write(at, 'more', 'x'.repeat(5_000))).rejects.toMatchObject({ code: 'store.unavailable' });
    const { code, output } = await runCommand(['doctor'], { dataDir: folder });
    expect([code, output]).toEqual([1, expect.stringMatching(/^FAIL database {8}.*countersign\.db/mu)]);
  }, 60_000);
});

const withLimits = existsSync(prlimit) ? it : it.skip;

describe('given a running bot whose files may not grow any more', () => {
  withLimits(
    'when people speak and vote, then they get 503 or wait, and once there is room everything happens once, without a restart',
    async () => {
      folder = aFolder();
      const at = await startBot({ dataDir: folder });
      bot = at;
      const asked = await at
        .as('ana')
        .say('finance', 'credit Acme 31 dollars for the late delivery', { id: 'm1' });
      const run = String(asked.body.run);
      const approval = await at.as('ben').asked(run);

      limitFiles(at, '1');
      const refused = await at
        .as('ana')
        .say('finance', 'credit Acme 32 dollars for the late delivery', { id: 'm2' });
      const vote = at.as('ben').vote(approval, 'approve');
      expect([refused.status, (refused.body as { code?: string }).code]).toEqual([503, 'store.unavailable']); // A problem has a code.
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(effectsOf(folder, 'billing/credit')).toEqual([]);

      limitFiles(at, 'unlimited');
      expect([200, 503]).toContain((await vote).status);
      if ((await vote).status === 503) await at.as('ben').vote(approval, 'approve');
      const again = await at
        .as('ana')
        .say('finance', 'credit Acme 32 dollars for the late delivery', { id: 'm2' });
      await at.as('ben').vote(await at.as('ben').asked(String(again.body.run)), 'approve');
      await at.as('ana').until(run, 'done');
      await at.as('ana').until(String(again.body.run), 'done');

      await eventually(() => (effectsOf(folder, 'billing/credit').length === 2 ? true : undefined));
      expect(at.output()).toMatch(/the disk (is full|fails)/u);
      expect((await runCommand(['audit', 'verify'], { dataDir: folder })).output).toMatch(/^ok/u);
    },
    90_000,
  );

  withLimits(
    'when it is told to end, then it ends cleanly, and the next start knows all that was acknowledged',
    async () => {
      folder = aFolder();
      const first = await startBot({ dataDir: folder });
      bot = first;
      const asked = await first
        .as('ana')
        .say('finance', 'credit Acme 31 dollars for the late delivery', { id: 'm1' });
      const run = String(asked.body.run);
      await first.as('ben').asked(run);

      limitFiles(first, '1');
      expect([await first.stop(), first.output()]).toEqual([0, expect.not.stringContaining('stop-failed')]);

      bot = await startBot({ dataDir: folder });
      await bot.as('ben').vote(await bot.as('ben').asked(run), 'approve');
      await bot.as('ana').until(run, 'done');
      expect(effectsOf(folder, 'billing/credit')).toHaveLength(1);
    },
    90_000,
  );
});
