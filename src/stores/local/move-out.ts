/** The local store, handed over row by row while nobody else has it open. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { AppError, describeError } from '../../core/errors.ts';
import { movedTables } from '../moving.ts';
import type { MovedRow, MovedTable, MovingOut } from '../moving.ts';
import { databaseFile, isRow } from './database.ts';
import type { Statement } from './database.ts';

const queries: Readonly<Record<MovedTable, string>> = {
  commits: 'SELECT * FROM commits ORDER BY stream, seq',
  runs: 'SELECT * FROM runs ORDER BY id',
  approvals: 'SELECT * FROM approvals ORDER BY id',
  waits: 'SELECT * FROM waits ORDER BY key',
  threads: 'SELECT * FROM threads ORDER BY id',
  inbox: 'SELECT * FROM inbox ORDER BY key',
  deliveries: 'SELECT * FROM deliveries ORDER BY item',
  installations: 'SELECT * FROM installations ORDER BY name',
  signals: 'SELECT * FROM signals ORDER BY name, id',
  documents: 'SELECT * FROM documents ORDER BY workspace, source',
  sources: 'SELECT * FROM sighted_sources ORDER BY workspace, channel',
  sighted: `SELECT s.*, v.model, v.dims, hex(v.vector) AS vector FROM sighted s
    LEFT JOIN sighted_vectors v ON v.number = s.number AND v.model = ? ORDER BY s.number`,
  readings: 'SELECT * FROM readings ORDER BY workspace, channel',
  schedules: 'SELECT * FROM schedules ORDER BY name',
};

const countedModels =
  'SELECT model, count(*) AS n FROM sighted_vectors GROUP BY model ORDER BY n DESC, model';

/** Where a table lies under another name. */
const tableOf: Readonly<Partial<Record<MovedTable, string>>> = { sources: 'sighted_sources' };

/** Of several models, vectors of the embedder go along: a database keeps one of each row, and asks it of no other. */
export function openMovingOut(folder: string, embedder: string): MovingOut {
  const file = join(folder, databaseFile);
  if (!existsSync(file))
    throw new AppError('config.invalid', `DATA_DIR: there is no store at ${file}, so nothing to migrate.`);
  const database = new Database(file);
  const prepare = (sql: string): Statement => {
    const prepared: unknown = database.prepare(sql);
    // The library's own type fixes the parameters' tuple; ours is what this file passes.
    return prepared as Statement;
  };
  try {
    // Held until it is closed: a bot that starts meanwhile is told that the file is in use.
    database.exec(
      'PRAGMA busy_timeout = 500; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT; BEGIN EXCLUSIVE;',
    );
  } catch (cause) {
    database.close();
    throw new AppError(
      'config.invalid',
      `${file} is in use: ${describeError(cause)}. Fix: stop the bot, then migrate.`,
      { cause },
    );
  }
  const heads = prepare(
    `SELECT c.stream, c.seq, c.hash, c.landed_at, (SELECT count(*) FROM commits n WHERE n.stream = c.stream) AS commits
     FROM commits c WHERE c.stream > ? AND c.seq = (SELECT max(m.seq) FROM commits m WHERE m.stream = c.stream)
     ORDER BY c.stream LIMIT ?`,
  );
  const isThere = prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?");
  const models =
    isThere.get('sighted_vectors') === undefined ? [] : prepare(countedModels).all().filter(isRow);
  const counted = models.map((row) => ({ model: String(row['model']), count: Number(row['n']) }));
  // Without an embedder nothing asks for vectors; those of most rows are the likeliest to be asked for again.
  const taken = embedder === 'none' ? (counted[0]?.model ?? '') : embedder;
  const organisation = prepare("SELECT value FROM meta WHERE key = 'organisation'").get();
  return {
    organisation: isRow(organisation) ? String(organisation['value']) : '',
    // A store of an earlier version lacks what it never kept.
    tables: movedTables.filter((table) => isThere.get(tableOf[table] ?? table) !== undefined),
    vectors: counted.map((entry) => ({ ...entry, isMoved: entry.model === taken })),
    count(table) {
      const row = prepare(`SELECT count(*) AS n FROM ${tableOf[table] ?? table}`).get();
      return isRow(row) ? Number(row['n']) : 0;
    },
    read: (table, skip, limit) =>
      // Columns hold texts, numbers or nothing.
      prepare(`${queries[table]} LIMIT ? OFFSET ?`).all(
        ...(table === 'sighted' ? [taken] : []),
        limit,
        skip,
      ) as readonly MovedRow[],
    heads: (after, limit) =>
      heads
        .all(after, limit)
        .filter(isRow)
        .map((row) => ({
          stream: String(row['stream']),
          seq: Number(row['seq']),
          hash: String(row['hash']),
          landedAt: Number(row['landed_at']),
          commits: Number(row['commits']),
        })),
    close() {
      database.close();
    },
  };
}
