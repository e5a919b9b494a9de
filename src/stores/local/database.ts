/**
 * The SQLite file and its one queue of writes.
 *
 * Writes asked for in one turn of the event loop share one transaction and so one flush to disk; each is told
 * the store's time, which never runs backward, not even over processes or restarts. A write must not throw for
 * an expected loss (a key that exists): it says so by its answer, so that it fails alone.
 */
import { mkdirSync, accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import type { Clock } from '../../core/clock.ts';
import { AppError, describeError } from '../../core/errors.ts';
import { layout, refuseNewerLayout } from '../layout.ts';
import { addedColumns, addedIndexes, schema } from './schema.ts';
import { isPassing, storeFault } from './store-fault.ts';

export interface LocalDatabase {
  /** Runs `action` inside the next transaction; resolves when it is durable. `now` is the store's time in ms. */
  write<T>(action: (now: number) => T): Promise<T>;
  /** Runs `action` in the next transaction that happens anyway, or within a second; nobody waits for it. */
  writeLate(action: () => void): void;
  prepare(sql: string): Statement;
  /** Writes the log into the file and empties it; false when somebody reads from it just now. */
  emptyLog(): boolean;
  /** The same, again and again while somebody reads or the disk fails; throws nothing. */
  emptyLogSoon(): void;
  /** Flushes to disk so far, for the bench. */
  flushes(): number;
  close(): Promise<void>;
}

/** What this store uses of a prepared statement. */
export interface Statement {
  run(...values: readonly SqlValue[]): { readonly changes: number };
  get(...values: readonly SqlValue[]): unknown;
  all(...values: readonly SqlValue[]): readonly unknown[];
}

export type SqlValue = string | number | null | Buffer;

interface QueuedWrite {
  readonly action: (now: number) => unknown;
  readonly settle: (value: unknown) => void;
  readonly fail: (error: unknown) => void;
}

const lateWriteMs = 1000;
const emptiedEachMs = 1000;

/** The store's file in its folder. */
export const databaseFile = 'countersign.db';

export function openLocalDatabase(options: {
  readonly folder: string;
  /** Another file of that folder: a copy that is being made ready. */
  readonly file?: string;
  readonly clock: Clock;
  /** How long a lock of somebody else is waited for: he may be copying or moving the file. 30,000 when left out. */
  readonly openWithinMs?: number;
}): LocalDatabase {
  const file = join(options.folder, options.file ?? databaseFile);
  const database = open(options.folder, file, options.openWithinMs ?? 30_000);
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  // Commits are inserted in the order of their times and never deleted, so the last row holds the latest.
  const readHighWater = database.prepare('SELECT landed_at FROM commits ORDER BY rowid DESC LIMIT 1');
  const checkpoint = explained(file, database.prepare('PRAGMA wal_checkpoint(TRUNCATE)'));
  const statements = new Map<string, Statement>();
  let queue: QueuedWrite[] = [];
  let late: (() => void)[] = [];
  let isScheduled = false;
  let isLateScheduled = false;
  let isClosed = false;
  let isEmptying = false;
  let flushCount = 0;
  let lastTime = { at: 0, monotonicMs: options.clock.monotonicMs() };

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(flush);
  }

  function flush(): void {
    isScheduled = false;
    const writes = queue;
    const trailing = late;
    queue = [];
    late = [];
    if (writes.length === 0 && trailing.length === 0) return;
    const answers: unknown[] = [];
    try {
      begin.run();
      const now = storeTime();
      for (const write of writes) answers.push(write.action(now));
      for (const action of trailing) action();
      commit.run();
      flushCount += 1;
    } catch (cause) {
      undo();
      late = [...trailing, ...late];
      const error = storeFault(file, cause);
      for (const write of writes) write.fail(error);
      return;
    }
    for (const [index, write] of writes.entries()) write.settle(answers[index]);
  }

  function undo(): void {
    try {
      if (database.inTransaction) rollback.run();
    } catch {
      // A disk that fails may fail here too; the next transaction begins anew or says so.
    }
  }

  /**
   * The store's time never goes back, and never stands still: while the clock is behind what was written, because
   * somebody set it back, half a second passes in each second. So a lease of a dead process still runs out.
   */
  function storeTime(): number {
    const row = readHighWater.get();
    const before = isRow(row) ? Number(row['landed_at']) : 0;
    const monotonicMs = options.clock.monotonicMs();
    const least = Math.floor(lastTime.at + (monotonicMs - lastTime.monotonicMs) / 2);
    const at = Math.max(options.clock.now().getTime(), before, least);
    // Counted on from where the slow passing began, so that rounding takes nothing away.
    if (at > least) lastTime = { at, monotonicMs };
    return at;
  }

  function emptyLog(): boolean {
    const row = checkpoint.get();
    return isRow(row) && row['busy'] === 0;
  }

  /** The same, and false as well where the disk fails: all that was acknowledged stands in the log. */
  function tryToEmptyLog(): boolean {
    try {
      return emptyLog();
    } catch {
      return false;
    }
  }

  function emptyLogSoon(): void {
    if (isClosed || isEmptying || tryToEmptyLog()) return;
    isEmptying = true;
    options.clock.after(emptiedEachMs, () => {
      isEmptying = false;
      emptyLogSoon();
    });
  }

  return {
    emptyLog,
    emptyLogSoon,
    write<T>(action: (now: number) => T): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        queue.push({
          action,
          // The value that comes back is what this very action returned.
          settle: (value) => {
            resolve(value as T);
          },
          fail: reject,
        });
        schedule();
      });
    },
    writeLate(action) {
      late.push(action);
      if (isLateScheduled) return;
      isLateScheduled = true;
      options.clock.after(lateWriteMs, () => {
        isLateScheduled = false;
        schedule();
      });
    },
    prepare(sql) {
      const known = statements.get(sql);
      if (known !== undefined) return known;
      const statement = explained(file, database.prepare(sql));
      statements.set(sql, statement);
      return statement;
    },
    flushes: () => flushCount,
    close() {
      flush();
      isClosed = true;
      // The file alone is then the whole store; else its log stays beside it, and the next process reads it from there.
      tryToEmptyLog();
      database.close();
      return Promise.resolve();
    },
  };
}

/** A statement whose failures say what to do. */
function explained(file: string, prepared: unknown): Statement {
  // The library's own type fixes the parameters' tuple; ours is what this folder passes.
  const statement = prepared as Statement;
  const attempt = <T>(action: () => T): T => {
    try {
      return action();
    } catch (cause) {
      throw storeFault(file, cause);
    }
  };
  return {
    run: (...values) => attempt(() => statement.run(...values)),
    get: (...values) => attempt(() => statement.get(...values)),
    all: (...values) => attempt(() => statement.all(...values)),
  };
}

function open(folder: string, file: string, openWithinMs: number): InstanceType<typeof Database> {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new AppError(
      'config.invalid',
      `DATA_DIR: the folder ${folder} cannot be written. Fix: choose another folder or give this user the right to write there.`,
      { cause },
    );
  }
  try {
    if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK);
  } catch (cause) {
    throw new AppError(
      'config.invalid',
      `DATA_DIR: ${file} is read-only. Fix: give this user the right to write it and its folder.`,
      { cause },
    );
  }
  try {
    const database = new Database(file);
    try {
      database.exec(
        `PRAGMA busy_timeout = ${String(openWithinMs)}; PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;`,
      );
      const found = layoutOf(database);
      refuseNewerLayout(found, 'DATA_DIR', file);
      database.exec(schema);
      for (const added of addedColumns) addColumn(database, added);
      database.exec(addedIndexes);
      for (const added of addedColumns) if (added.isNeverNull) fillColumn(database, added);
      // Last: a start that breaks off before is made again from the beginning.
      if (found < layout) database.exec(`PRAGMA user_version = ${String(layout)}`);
      database.exec('PRAGMA busy_timeout = 5000;');
      return database;
    } catch (cause) {
      database.close();
      throw cause;
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    if (isPassing(cause)) throw storeFault(file, cause);
    throw new AppError(
      'store.corrupt',
      `DATA_DIR: ${file} cannot be opened as a database: ${describeError(cause)}. Fix: restore it from a backup, or move it away to start empty.`,
      { cause },
    );
  }
}

type AddedColumn = (typeof addedColumns)[number];

/** Once, whichever of two processes comes first: a file is changed under its lock, or not at all. */
function addColumn(database: InstanceType<typeof Database>, { table, column, value }: AddedColumn): void {
  const columns = database.prepare(`SELECT 1 FROM pragma_table_info('${table}') WHERE name = ?`);
  if (columns.get(column) !== undefined) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    if (columns.get(column) === undefined)
      database.exec(
        `ALTER TABLE ${table} ADD COLUMN ${column} TEXT; UPDATE ${table} SET ${column} = ${value}`,
      );
    database.exec('COMMIT');
  } catch (cause) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw cause;
  }
}

/** For rows that an older program has added since. */
function fillColumn(database: InstanceType<typeof Database>, { table, column, value }: AddedColumn): void {
  const isLacking = `${column} IS NULL`;
  const lacking: unknown = database.prepare(`SELECT 1 FROM ${table} WHERE ${isLacking} LIMIT 1`).get();
  if (lacking !== undefined) database.exec(`UPDATE ${table} SET ${column} = ${value} WHERE ${isLacking}`);
}

function layoutOf(database: InstanceType<typeof Database>): number {
  const row: unknown = database.prepare('PRAGMA user_version').get();
  return isRow(row) ? Number(row['user_version']) : 0;
}

export function isRow(value: unknown): value is Record<string, string | number | null> {
  return typeof value === 'object' && value !== null;
}
