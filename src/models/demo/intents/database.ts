/** Questions to the database: stock, best customers, revenue, and statements that a person gives. */
import type { Json } from '../../../core/json.ts';
import { findSubject, named, open } from '../intent.ts';
import type { Intent, Outcome } from '../intent.ts';
import { listAt, numberAt, textAt } from '../read-result.ts';
import type { Reading } from '../read-result.ts';
import { callTool } from '../script.ts';
import type { Script } from '../script.ts';
import { tellFailure, tellLines, tellText } from '../tell.ts';
import { readGrouping } from '../read-grouping.ts';
import type { Wish } from '../wish.ts';
import { cutWords } from '../words.ts';

function* ask(sql: string, say: string, title: string): Script<Outcome> {
  const reading = yield* callTool(say, { tool: 'database/query', args: { sql }, effect: 'read' });
  if (reading.kind === 'missing') return yield* writeOnly(sql, reading);
  if (reading.kind !== 'answered')
    return open(tellFailure(reading, { what: 'the query', nothing: 'Nothing is changed.' }));
  const { data } = reading;
  const columns = data?.['columns'];
  const rows = data?.['rows'];
  if (!Array.isArray(columns) || !Array.isArray(rows))
    return {
      text: `${title}
${tellTable(reading.text)}`,
      state: 'done',
    };
  if (rows.length === 0) return { text: `${title} Nothing is found.`, state: 'done' };
  const heading = columns.map((column: Json) => tellCell(column)).join(' · ');
  const lines = rows.map((row: Json) =>
    Array.isArray(row) ? row.map((cell: Json) => tellCell(cell)).join(' · ') : tellCell(row),
  );
  return {
    text: `${title}\n${heading}\n${tellLines(lines, numberAt(data, 'rowCount') ?? rows.length)}`,
    state: 'done',
  };
}

/** Where statements are run by somebody else, the schema is all that is offered: the statement is the answer. */
function* writeOnly(sql: string, missing: Reading & { readonly kind: 'missing' }): Script<Outcome> {
  const schema = yield* callTool('I read the tables of the database.', {
    tool: 'database/schema',
    args: {},
    effect: 'read',
  });
  return schema.kind === 'answered'
    ? { text: `\`\`\`sql\n${sql}\n\`\`\``, state: 'done' }
    : open(tellFailure(missing, { what: 'the query', nothing: 'Nothing is changed.' }));
}

/** A table in plain lines: the count of rows, the columns, then the rows, with bars between the cells. */
function tellTable(text: string): string {
  const [count = '', heading, ...rows] = text.split('\n');
  if (heading === undefined || !/^\d{1,9} rows?\b/u.test(count)) return tellText(text);
  if (rows.length === 0) return 'Nothing is found.';
  const cells = (line: string): string => line.replaceAll(' | ', ' · ').slice(0, 400);
  return `${cells(heading)}\n${tellLines(rows.map(cells))}`;
}

function tellCell(value: Json): string {
  const text = value === null ? '—' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

/** A text as an SQL literal for LIKE: quotes doubled, wildcards and everything unusual left out. */
function likeLiteral(text: string): string {
  const safe = text
    .toLowerCase()
    .replace(/[^\p{L}\p{N} '&.-]/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim()
    .slice(0, 60);
  return `'%${safe.replaceAll("'", "''")}%'`;
}

export const stock: Intent = function* (wish) {
  const isLow = /\b(?:low|reorder|running out|short)\b/iu.test(wish.words);
  const product = isLow ? undefined : wish.product;
  const singular = product?.replace(/(?<=\p{L}{3})s$/u, '');
  const where = isLow
    ? ' WHERE stock <= reorder_at'
    : singular === undefined
      ? ''
      : ` WHERE lower(name) LIKE ${likeLiteral(singular)}`;
  const sql = `SELECT name, sku, stock, reorder_at FROM products${where} ORDER BY stock LIMIT 50`;
  const title = isLow
    ? 'Products to order again:'
    : product === undefined
      ? 'Stock of all products:'
      : `Stock of «${product}»:`;
  return yield* ask(sql, 'I read the stock from the database.', title);
};

export const bestCustomers: Intent = function* (wish) {
  const limit = Math.min(Math.max(Math.trunc(wish.limit ?? 5), 1), 50);
  const sql =
    'SELECT c.id, c.name, i.currency, SUM(i.total_cents) / 100.0 AS invoiced, COUNT(*) AS invoices ' +
    'FROM customers c JOIN invoices i ON i.customer_id = c.id ' +
    `GROUP BY c.id, c.name, i.currency ORDER BY invoiced DESC LIMIT ${String(limit)}`;
  return yield* ask(
    sql,
    'I ask the database for the best customers.',
    `The ${String(limit)} best customers by invoiced amount:`,
  );
};

export const grouped: Intent = function* (wish) {
  const grouping = readGrouping(
    cutWords(wish.words)
      .map(({ lower }) => lower)
      .join(' '),
  );
  if (grouping === undefined)
    return open('What shall I count, and by what? For example: «overdue per customer».');
  return yield* ask(grouping.sql, 'I count in the database.', grouping.title);
};

export const listCustomers: Intent = function* () {
  const sql = 'SELECT id, name, contact, city, country, status FROM customers ORDER BY name LIMIT 50';
  return yield* ask(sql, 'I list the customers.', 'The customers:');
};

/** No tool deletes a customer as such, so the plain statement is proposed and the gate decides about it. */
export const deleteCustomer: Intent = function* (wish, scene) {
  const customer = yield* findSubject(wish, scene, 'to delete');
  if (customer.kind === 'stopped') return open(customer.text);
  const sql = `DELETE FROM customers WHERE id = ${String(customer.found.id)}`;
  const reading = yield* callTool(`I propose to delete ${named(customer.found)}.`, {
    tool: 'database/execute',
    args: { sql },
    effect: 'write',
  });
  if (reading.kind !== 'answered') {
    const text = tellFailure(reading, {
      what: `deleting ${named(customer.found)}`,
      nothing: 'Nothing is deleted.',
    });
    return { text, state: reading.kind === 'unknown-outcome' ? 'unknown' : 'not-done' };
  }
  return { text: `${named(customer.found)} is deleted.`, state: 'done' };
};

const months = 'january february march april may june july august september october november december'.split(
  ' ',
);

/** The days that the words speak of, as a condition on `paid_at`. */
function period(words: string): { readonly where: string; readonly title: string } {
  const lower = words.toLowerCase();
  const year = /\b(20\d{2})\b/u.exec(lower)?.[1];
  const month = months.findIndex((name) => name !== 'may' && new RegExp(`\\b${name}\\b`, 'u').test(lower));
  const inMay = /\b(?:in|of|for) may\b/u.test(lower) ? 4 : -1;
  const chosen = month === -1 ? inMay : month;
  if (chosen !== -1) {
    const number = String(chosen + 1).padStart(2, '0');
    const of = year === undefined ? "strftime('%Y', 'now')" : `'${year}'`;
    return {
      where: `strftime('%m', p.paid_at) = '${number}' AND strftime('%Y', p.paid_at) = ${of}`,
      title: ` in ${months[chosen] ?? ''}${year === undefined ? '' : ` ${year}`}`,
    };
  }
  if (year !== undefined) return { where: `strftime('%Y', p.paid_at) = '${year}'`, title: ` in ${year}` };
  if (lower.includes('last month'))
    return {
      where: "strftime('%Y-%m', p.paid_at) = strftime('%Y-%m', 'now', 'start of month', '-1 day')",
      title: ' last month',
    };
  if (lower.includes('this month'))
    return { where: "strftime('%Y-%m', p.paid_at) = strftime('%Y-%m', 'now')", title: ' this month' };
  if (lower.includes('last year'))
    return { where: "strftime('%Y', p.paid_at) = strftime('%Y', 'now', '-1 year')", title: ' last year' };
  if (lower.includes('this year'))
    return { where: "strftime('%Y', p.paid_at) = strftime('%Y', 'now')", title: ' this year' };
  return { where: '', title: '' };
}

export const revenue: Intent = function* (wish) {
  const { where, title } = period(wish.words);
  const byMonth = /\b(?:by|per|each|every|monthly)\b/iu.test(wish.words) && /\bmonth/iu.test(wish.words);
  const customer = wish.customer;
  const byCustomer =
    customer === undefined
      ? ''
      : /^\d{1,9}$/u.test(customer)
        ? `c.id = ${customer}`
        : `lower(c.name) LIKE ${likeLiteral(customer)}`;
  const conditions = [where, byCustomer].filter((one) => one !== '');
  const joins =
    customer === undefined
      ? ''
      : ' JOIN invoices i ON i.id = p.invoice_id JOIN customers c ON c.id = i.customer_id';
  const month = byMonth ? "strftime('%Y-%m', p.paid_at) AS month, " : '';
  const sql =
    `SELECT ${month}p.currency, SUM(p.amount_cents) / 100.0 AS received, COUNT(*) AS payments FROM payments p${joins}` +
    `${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`} GROUP BY ${byMonth ? 'month, ' : ''}p.currency ORDER BY ${byMonth ? 'month DESC' : 'received DESC'}`;
  const whose = customer === undefined ? '' : ` from ${customer}`;
  return yield* ask(
    sql,
    'I ask the database for the payments.',
    `Payments received${whose}${title}, before refunds:`,
  );
};

export const runSql: Intent = function* (wish): Script<Outcome> {
  const sql = cleanSql(wish);
  if (sql === undefined)
    return open('Which statement shall I run? For example: «run select name, stock from products».');
  if (/^\s*(?:select|with|explain|pragma)\b/iu.test(sql))
    return yield* ask(sql, 'I run the query.', 'The query gives:');
  const reading = yield* callTool('I propose a statement that changes the database.', {
    tool: 'database/execute',
    args: { sql },
    effect: 'write',
  });
  if (reading.kind !== 'answered') {
    const text = tellFailure(reading, {
      what: 'the statement on the database',
      nothing: 'The database is unchanged.',
    });
    return { text, state: reading.kind === 'unknown-outcome' ? 'unknown' : 'not-done' };
  }
  const changes = numberAt(reading.data, 'changes');
  return {
    text:
      changes === undefined
        ? tellText(reading.text)
        : `${String(changes)} ${changes === 1 ? 'row is' : 'rows are'} changed.`,
    state: 'done',
  };
};

function cleanSql(wish: Wish): string | undefined {
  const sql = wish.sql?.trim().replace(/;$/u, '').trim();
  return sql === undefined || sql === '' ? undefined : sql;
}

export const showSchema: Intent = function* (): Script<Outcome> {
  const reading = yield* callTool('I read the tables of the database.', {
    tool: 'database/schema',
    args: {},
    effect: 'read',
  });
  if (reading.kind !== 'answered')
    return open(tellFailure(reading, { what: 'the list of tables', nothing: 'Nothing is changed.' }));
  const tables = listAt(reading.data, 'tables');
  if (tables === undefined) return { text: tellText(reading.text), state: 'done' };
  const lines = tables.map((table) => {
    const columns = (listAt(table, 'columns') ?? []).map((column) => textAt(column, 'name') ?? '').join(', ');
    return `${textAt(table, 'name') ?? ''} (${textAt(table, 'rows') ?? '0'} rows): ${columns}`;
  });
  return { text: `The database has these tables:\n${tellLines(lines)}`, state: 'done' };
};
