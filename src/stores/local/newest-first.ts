/** Lists by descending time and id, continued after a cursor of the form `<time>/<id>`. */
import type { LocalDatabase, SqlValue } from './database.ts';

export interface NewestFirst {
  where(condition: string, value: SqlValue): void;
  page(database: LocalDatabase, cursor: string | undefined, limit: number): readonly unknown[];
}

/** Table and column come from this folder's own code, never from outside. */
export function newestFirst(table: 'runs' | 'approvals' | 'threads', timeColumn: string): NewestFirst {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  return {
    where(condition, value) {
      conditions.push(condition);
      values.push(value);
    },
    page(database, cursor, limit) {
      if (cursor !== undefined) {
        const slash = cursor.indexOf('/');
        conditions.push(`(${timeColumn}, id) < (?, ?)`);
        values.push(Number(cursor.slice(0, slash)) || 0, cursor.slice(slash + 1));
      }
      const filter = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
      const sql = `SELECT row FROM ${table} ${filter} ORDER BY ${timeColumn} DESC, id DESC LIMIT ?`;
      return database.prepare(sql).all(...values, limit);
    },
  };
}
