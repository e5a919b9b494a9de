import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aCompany, buildServers } from './company.ts';
import type { CompanyWorld } from './company.ts';

let built: string;
let company: CompanyWorld;
let elsewhere: string;

beforeAll(async () => {
  built = await buildServers();
  company = await aCompany(built);
  elsewhere = await mkdtemp(join(tmpdir(), 'stolen-'));
}, 60_000);
afterAll(async () => {
  await company.stop();
  await rm(built, { recursive: true, force: true });
  await rm(elsewhere, { recursive: true, force: true });
});

/** Everything these statements try to change. */
async function fingerprint(): Promise<unknown> {
  const rows = await company.select(`SELECT (SELECT count(*) FROM notes), (SELECT count(*) FROM credits),
    (SELECT group_concat(city) FROM customers), (SELECT count(*) FROM effects), (SELECT group_concat(sql) FROM sqlite_schema)`);
  return {
    rows,
    stolen: await readdir(elsewhere),
    own: (await readdir(company.folder)).filter((name) => name.includes('stolen')),
  };
}

/** The statements that were not refused; one that ran out of time was not refused either. */
async function findAccepted(tool: string, statements: readonly string[]): Promise<readonly string[]> {
  const accepted: string[] = [];
  for (const sql of statements) {
    const reply = await company.call(tool, { sql });
    if (!reply.isError || reply.text.includes('took longer')) accepted.push(sql);
  }
  return accepted;
}

describe('given database/query', () => {
  it('when it gets anything that could write, then it refuses and nothing changes', async () => {
    const before = await fingerprint();

    const accepted = await findAccepted('database/query', [
      "UPDATE customers SET city = 'X'",
      'WITH x AS (SELECT 1) DELETE FROM notes RETURNING *',
      "WITH x AS (SELECT 1) UPDATE customers SET city = 'X' RETURNING id",
      "SELECT 1; UPDATE customers SET city = 'X'",
      "SELECT 1 /* ; */; -- x\n UPDATE customers SET city = 'X'",
      "SELECT ';'';'; DELETE FROM notes",
      'PRAGMA query_only = OFF',
      '/* SELECT */ PRAGMA writable_schema = ON',
      `ATTACH '${elsewhere}/stolen.db' AS other`,
      `VACUUM INTO '${elsewhere}/stolen.db'`,
      'BEGIN IMMEDIATE',
      'CREATE TABLE extra (x)',
      'DROP TABLE notes',
      'CREATE TEMP TABLE extra AS SELECT 1',
      "EXPLAIN UPDATE customers SET city = 'X'",
      '-- only a comment',
      'SELECT 1\0; DELETE FROM notes',
    ]);

    expect(accepted).toEqual([]);
    expect(await fingerprint()).toEqual(before);
  }, 60_000);

  it('when it gets a function that reaches files, then it refuses and no file is read or written', async () => {
    const before = await fingerprint();

    const accepted = await findAccepted('database/query', [
      `SELECT writefile('${elsewhere}/stolen.txt', 'x')`,
      `SELECT id FROM customers ORDER BY (SELECT WriteFile('${elsewhere}/stolen.txt', 'x')) LIMIT 1`,
      `SELECT max("writefile"('${elsewhere}/stolen.txt', 'x')) FROM customers`,
      "SELECT readfile('/etc/passwd')",
      "SELECT * FROM fsdir('/etc')",
      'SELECT data FROM sqlite_dbpage',
      "SELECT load_extension('x')",
    ]);

    expect(accepted).toEqual([]);
    expect(await fingerprint()).toEqual(before);
  }, 60_000);

  it('when it reads mails under any name, then it refuses: strangers wrote them', async () => {
    const accepted = await findAccepted('database/query', [
      'SELECT body FROM mails',
      'SELECT "BODY" FROM main."MAILS" AS harmless',
      'SELECT id, (SELECT body FROM mails LIMIT 1) FROM customers',
      'SELECT count(*) FROM mails',
    ]);

    expect(accepted).toEqual([]);
  }, 60_000);

  it('when more than 200 rows match, then 200 come with a note', async () => {
    const reply = await company.call('database/query', { sql: 'SELECT id FROM invoices ORDER BY id; ' });

    expect(reply.structured).toMatchObject({ rowCount: 200, truncated: true });
    expect(reply.text).toContain('Only the first 200 rows');
  });

  it('when a query would never end, then it is ended and the server goes on', async () => {
    const sql = 'WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c';
    const endless = await company.call('database/query', { sql });

    expect(endless.text).toContain('took longer');
    expect(await company.select('SELECT 1')).toEqual([[1]]);
  }, 60_000);
});

describe('given database/execute', () => {
  it('when it gets a write, then the rows change and the effect is recorded', async () => {
    const before = (await company.effects())['database/execute'] ?? 0;

    const reply = await company.call('database/execute', {
      sql: "UPDATE customers SET phone = '+1 555 0000' WHERE id IN (3, 4)",
    });

    expect(reply.structured).toEqual({ changes: 2 });
    expect(await company.select('SELECT phone FROM customers WHERE id = 3')).toEqual([['+1 555 0000']]);
    expect((await company.effects())['database/execute']).toBe(before + 1);
  });

  it('when it adds to a table that numbers its rows, then the row is there, as its preview said', async () => {
    const sql =
      "INSERT INTO notes (customer_id, text, at) VALUES (88, 'called back', '2026-11-29') RETURNING id";

    const preview = await company.call('database/preview_execute', { sql });
    const reply = await company.call('database/execute', { sql });

    expect(preview.text).toMatch(/^notes: 0 rows → 1 row, 1 added\.\n- notes \d+: /u);
    expect(reply.structured).toEqual({ changes: 1 });
    expect(await company.select("SELECT count(*) FROM notes WHERE text = 'called back'")).toEqual([[1]]);
  });

  it('when it gets what is no single write to the books, then it refuses and nothing changes', async () => {
    const before = await fingerprint();

    const accepted = await findAccepted('database/execute', noSingleWrites());

    expect(accepted).toEqual([]);
    expect(await fingerprint()).toEqual(before);
  }, 60_000);
});

describe('given database/preview_execute', () => {
  const preview = async (sql: string) => company.call('database/preview_execute', { sql });

  it('when it gets a write, then it says which rows would change, and changes nothing', async () => {
    const before = await fingerprint();

    const changed = await preview("UPDATE customers SET city = 'Bonn', phone = NULL || phone WHERE id = 88");
    const one = await preview("UPDATE customers SET city = 'Bonn' WHERE id = 88");
    const many = await preview("UPDATE customers SET city = 'Bonn'");
    const added = await preview(
      `INSERT INTO products (sku, name, is_fragile, price_usd_cents, price_eur_cents, stock, reorder_at)
       VALUES ('X-1', 'Tray', 0, 100, 90, 5, 1)`,
    );
    const gone = await preview('DELETE FROM tickets WHERE id = (SELECT min(id) FROM tickets) RETURNING id');
    const none = await preview("UPDATE customers SET city = 'Bonn' WHERE id = -1");

    // What the books refuse is refused here as well.
    expect(changed).toMatchObject({ isError: true, text: expect.stringContaining('NOT NULL constraint') });
    expect(one.text).toMatch(
      /^customers: (\d+) rows → \1 rows, 1 changed\.\n- customers 88: city Berlin → Bonn$/u,
    );
    expect(one.structured).toEqual({
      before: { customers: expect.stringMatching(/^\d+ rows$/u), 'customers 88': { city: 'Berlin' } },
      after: {
        customers: expect.stringMatching(/^\d+ rows, 1 changed$/u),
        'customers 88': { city: 'Bonn' },
      },
    });
    expect(many.text).toMatch(
      /^customers: (\d+) rows → \1 rows, \d+ changed, only 15 of them shown\.\n- customers/u,
    );
    expect(added.structured['after']).toMatchObject({
      products: expect.stringMatching(/^\d+ rows, 1 added$/u),
    });
    expect(gone.structured['after']).toEqual({ tickets: expect.stringMatching(/^\d+ rows, 1 removed$/u) });
    expect(none).toMatchObject({
      text: 'customers: nothing would change.',
      structured: { before: {}, after: {} },
    });
    expect(await fingerprint()).toEqual(before);
  }, 60_000);

  it('when it gets what execute refuses, then it refuses, and what would never end is ended', async () => {
    const before = await fingerprint();

    const accepted = await findAccepted('database/preview_execute', noSingleWrites());
    const endless = await preview(
      `UPDATE products SET stock =
       (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n)`,
    );

    expect(accepted).toEqual([]);
    expect(endless).toMatchObject({ isError: true, text: expect.stringContaining('took longer than 3 s') });
    expect(await fingerprint()).toEqual(before);
  }, 60_000);
});

/** What no tool that writes takes. */
function noSingleWrites(): readonly string[] {
  return [
    'SELECT 1',
    'DELETE FROM notes; DELETE FROM credits',
    'DELETE FROM effects',
    "UPDATE effects SET tool = 'x' WHERE id = 1",
    "INSERT INTO effects (tool, args, at) VALUES ('x', '{}', 'y')",
    "INSERT INTO sqlite_sequence (name, seq) VALUES ('notes', 9)",
    'UPDATE sqlite_sequence SET seq = 0',
    'DELETE FROM sqlite_sequence',
    'INSERT INTO notes (customer_id, text, at) SELECT 1, body, at FROM mails',
    "INSERT INTO notes (customer_id, text, at) VALUES (1, readfile('/etc/passwd'), 'x')",
    "UPDATE sqlite_schema SET sql = ''",
    'DROP TABLE notes',
    `ATTACH '${elsewhere}/stolen.db' AS other`,
    "INSERT INTO notes (customer_id, text, at) VALUES (999999, 'x', 'y')",
  ];
}
