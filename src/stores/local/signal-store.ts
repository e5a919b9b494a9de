/** Signals on SQLite: one row each, unique by name and the sender's id. */
import { asRunId } from '../../core/ids.ts';
import type { KeptSignal, Signal, SignalStore } from '../../runs/store.ts';
import { isRow } from './database.ts';
import type { LocalDatabase } from './database.ts';

export function createLocalSignalStore(database: LocalDatabase): SignalStore {
  const insert = database.prepare(
    'INSERT INTO signals (name, id, received_at, pending, row) VALUES (?,?,?,1,?) ON CONFLICT DO NOTHING',
  );
  const following = database.prepare(
    'SELECT received_at, row FROM signals WHERE name = ? AND (received_at, id) > (?, ?) ORDER BY received_at, id LIMIT ?',
  );
  const waiting = database.prepare(
    'SELECT DISTINCT run FROM waits WHERE is_open = 1 AND name = ? AND run > ? ORDER BY run LIMIT ?',
  );
  const pending = database.prepare(
    'SELECT received_at, row FROM signals WHERE pending = 1 AND received_at < ? ORDER BY received_at LIMIT ?',
  );
  const settle = database.prepare('UPDATE signals SET pending = 0 WHERE name = ? AND id = ?');

  return {
    keep: (signal) =>
      database.write((now) => insert.run(signal.name, signal.id, now, JSON.stringify(signal)).changes > 0),
    listAfter: (name, { receivedAt, id }, limit) =>
      Promise.resolve(following.all(name, receivedAt, id, limit).map(toSignal)),
    listWaiting: (name, after, limit) =>
      Promise.resolve(
        waiting.all(name, after ?? '', limit).map((row) => asRunId(isRow(row) ? String(row['run']) : '')),
      ),
    listPending: (before, limit) => Promise.resolve(pending.all(before.getTime(), limit).map(toSignal)),
    settle: (name, id) =>
      database.write(() => {
        settle.run(name, id);
      }),
  };
}

function toSignal(row: unknown): KeptSignal {
  if (!isRow(row)) throw new TypeError('A signal row is an object.');
  // The column holds what `keep` wrote.
  return { ...(JSON.parse(String(row['row'])) as Signal), receivedAt: Number(row['received_at']) };
}
