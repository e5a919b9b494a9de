/** Schedules on SQLite. A row is compared whole when it is replaced: of two changes one wins. */
import type { ScheduleRow, ScheduleStore } from '../../schedule/store.ts';
import { isRow } from './database.ts';
import type { LocalDatabase } from './database.ts';

export function createLocalScheduleStore(database: LocalDatabase): ScheduleStore {
  const all = database.prepare('SELECT row FROM schedules ORDER BY name');
  const one = database.prepare('SELECT row FROM schedules WHERE name = ?');
  const due = database.prepare('SELECT row FROM schedules WHERE due_at <= ? ORDER BY due_at, name LIMIT ?');
  const insert = database.prepare(
    'INSERT INTO schedules (name, due_at, row) VALUES (?,?,?) ON CONFLICT DO NOTHING',
  );
  const update = database.prepare('UPDATE schedules SET due_at = ?, row = ? WHERE name = ? AND row = ?');
  const remove = database.prepare('DELETE FROM schedules WHERE name = ?');

  return {
    list: () => Promise.resolve(all.all().flatMap((row) => readRow(row) ?? [])),
    find: (name) => Promise.resolve(readRow(one.get(name))),
    findDue: (now, limit) => Promise.resolve(due.all(now, limit).flatMap((row) => readRow(row) ?? [])),
    add: (row) => database.write(() => insert.run(row.name, dueAt(row), JSON.stringify(row)).changes > 0),
    replace: (before, next) =>
      database.write(
        () => update.run(dueAt(next), JSON.stringify(next), before.name, JSON.stringify(before)).changes > 0,
      ),
    remove: (name) => database.write(() => remove.run(name).changes > 0),
  };
}

function dueAt(row: ScheduleRow): number | null {
  return row.isPaused ? null : (row.nextAt ?? null);
}

function readRow(row: unknown): ScheduleRow | undefined {
  // The column holds what `add` or `replace` wrote; its fields keep their order, so it compares as text.
  return isRow(row) ? (JSON.parse(String(row['row'])) as ScheduleRow) : undefined;
}
