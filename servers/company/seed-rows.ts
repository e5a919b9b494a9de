/** Rows into tables, days into calendars: what all parts of the seed share. */
import type { Cell, Connection } from './connection.ts';
import type { Currency } from './money.ts';

export interface SeededCustomer {
  readonly id: number;
  readonly name: string;
  readonly contact: string;
  readonly email: string;
  readonly currency: Currency;
}

/** One statement for all rows: thousands of single inserts would triple the time of the first start. */
export function insertRows(
  connection: Connection,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
): void {
  const values = columns.map((_, index) => `value ->> ${String(index)}`).join(', ');
  connection
    .prepare(`INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values} FROM json_each(?)`)
    .run(JSON.stringify(rows));
}

export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
