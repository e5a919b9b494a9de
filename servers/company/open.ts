/**
 * The company's one SQLite file, shared by its four servers and by every bot on this machine.
 *
 * The first process to get the write lock creates and seeds the file; the others wait for it. Every write is one
 * `BEGIN IMMEDIATE` transaction with `synchronous=FULL`: what was answered survives a power cut.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import type { z } from 'zod';
import type { Cell, Connection } from './connection.ts';
import { createTables } from './schema.ts';
import { seedCompany } from './seed.ts';
import { Refusal } from './refusal.ts';

const lockWaitMs = 20_000;

export interface Company {
  readonly folder: string;
  readonly connection: Connection;
  /** All rows, checked against a schema. */
  all<Row>(row: z.ZodType<Row>, sql: string, ...values: readonly Cell[]): readonly Row[];
  find<Row>(row: z.ZodType<Row>, sql: string, ...values: readonly Cell[]): Row | undefined;
  run(sql: string, ...values: readonly Cell[]): { readonly changes: number; readonly id: number };
  /** Runs `body` holding the write lock; everything in it is durable when this returns, or none of it happened. */
  write<Result>(body: () => Result): Result;
  /** Records that a tool did something, in the same transaction as what it did. */
  recordEffect(tool: string, args: unknown, key?: string): void;
  now(): string;
}

/** `COMPANY_DATA_DIR`, or `data/company` under the working folder. */
export function companyFolder(): string {
  return resolve(process.env.COMPANY_DATA_DIR ?? 'data/company');
}

export function companyFile(folder: string): string {
  return join(folder, 'company.sqlite');
}

export function openCompany(folder: string): Company {
  const connection = openConnection(folder);
  const company: Company = {
    folder,
    connection,
    all: (row, sql, ...values) => row.array().parse(connection.prepare(sql).all(...values)),
    find: (row, sql, ...values) => {
      const found = connection.prepare(sql).get(...values);
      return found === undefined || found === null ? undefined : row.parse(found);
    },
    run: (sql, ...values) => {
      const result = connection.prepare(sql).run(...values);
      return { changes: result.changes, id: Number(result.lastInsertRowid) };
    },
    write: (body) => connection.transaction(body).immediate(),
    recordEffect: (tool, args, key) => {
      company.run(
        'INSERT INTO effects (tool, key, args, at) VALUES (?, ?, ?, ?)',
        tool,
        key ?? null,
        JSON.stringify(args),
        company.now(),
      );
    },
    now: () => new Date().toISOString(),
  };
  return company;
}

function openConnection(folder: string): Connection {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new Refusal(
      `Cannot create the company's folder ${folder}: set COMPANY_DATA_DIR to a folder that can be written.`,
      { cause },
    );
  }
  const connection = openFile(companyFile(folder));
  connection.exec('PRAGMA synchronous = FULL');
  connection.exec('PRAGMA foreign_keys = ON');
  if (isSeeded(connection)) return connection;
  connection
    .transaction(() => {
      // Whoever waited for the lock finds the books already written.
      if (isSeeded(connection)) return;
      connection.exec(createTables);
      seedCompany(connection);
    })
    .immediate();
  return connection;
}

function openFile(file: string): Connection {
  try {
    const connection = new Database(file, { timeout: lockWaitMs });
    connection.exec(`PRAGMA busy_timeout = ${String(lockWaitMs)}`);
    switchToWriteAheadLog(connection);
    return connection;
  } catch (cause) {
    throw new Refusal(
      `Cannot open ${file} as the company's database: see that it can be written and is a SQLite file, or move it away.`,
      { cause },
    );
  }
}

/** A connection that cannot write: `mode=ro` opens the file itself read-only, and no statement can undo that. */
export function openReadOnly(folder: string): Connection {
  const connection = new Database(`${pathToFileURL(companyFile(folder)).href}?mode=ro`, {
    timeout: lockWaitMs,
  });
  connection.exec('PRAGMA query_only = ON');
  connection.exec('PRAGMA trusted_schema = OFF');
  return connection;
}

function isSeeded(connection: Connection): boolean {
  return connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'meta'").all().length > 0;
}

/** SQLite answers «busy» at once, without its busy timeout, when two processes switch the journal together. */
function switchToWriteAheadLog(connection: Connection): void {
  const giveUpAt = Date.now() + lockWaitMs;
  for (;;) {
    try {
      connection.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      const isBusy =
        error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
      if (!isBusy || Date.now() > giveUpAt) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 25);
    }
  }
}
