/** The company's tables. Money columns are whole cents and end in `_cents`; days are `YYYY-MM-DD`. */

/** The day the seeded books end. A machine whose clock is behind it still sees the same invoices as overdue. */
export const booksEndOn = '2026-11-22';

export const createTables = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE customers (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, contact TEXT NOT NULL, email TEXT NOT NULL, phone TEXT NOT NULL,
  street TEXT NOT NULL, city TEXT NOT NULL, country TEXT NOT NULL,
  currency TEXT NOT NULL CHECK (currency IN ('USD', 'EUR')),
  status TEXT NOT NULL CHECK (status IN ('active', 'on_hold', 'closed')), since TEXT NOT NULL
);
CREATE TABLE notes (
  id INTEGER PRIMARY KEY AUTOINCREMENT, customer_id INTEGER NOT NULL REFERENCES customers (id),
  text TEXT NOT NULL, at TEXT NOT NULL
);
CREATE TABLE products (
  id INTEGER PRIMARY KEY, sku TEXT NOT NULL UNIQUE, name TEXT NOT NULL, is_fragile INTEGER NOT NULL,
  price_usd_cents INTEGER NOT NULL, price_eur_cents INTEGER NOT NULL, stock INTEGER NOT NULL, reorder_at INTEGER NOT NULL
);
CREATE TABLE invoices (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id), currency TEXT NOT NULL,
  issued_at TEXT NOT NULL, due_at TEXT NOT NULL, total_cents INTEGER NOT NULL CHECK (total_cents > 0)
);
CREATE INDEX invoices_by_customer ON invoices (customer_id);
CREATE TABLE invoice_lines (
  id INTEGER PRIMARY KEY, invoice_id INTEGER NOT NULL REFERENCES invoices (id),
  product_id INTEGER NOT NULL REFERENCES products (id), description TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity > 0), unit_price_cents INTEGER NOT NULL, amount_cents INTEGER NOT NULL
);
CREATE INDEX invoice_lines_by_invoice ON invoice_lines (invoice_id);
CREATE TABLE payments (
  id INTEGER PRIMARY KEY, invoice_id INTEGER NOT NULL REFERENCES invoices (id),
  amount_cents INTEGER NOT NULL CHECK (amount_cents > 0), currency TEXT NOT NULL, method TEXT NOT NULL, paid_at TEXT NOT NULL
);
CREATE INDEX payments_by_invoice ON payments (invoice_id);
CREATE TABLE refunds (
  id INTEGER PRIMARY KEY AUTOINCREMENT, invoice_id INTEGER NOT NULL REFERENCES invoices (id),
  amount_cents INTEGER NOT NULL CHECK (amount_cents > 0), currency TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL,
  idempotency_key TEXT UNIQUE, asked TEXT, answer TEXT
);
CREATE INDEX refunds_by_invoice ON refunds (invoice_id);
CREATE TABLE credits (
  id INTEGER PRIMARY KEY AUTOINCREMENT, customer_id INTEGER NOT NULL REFERENCES customers (id),
  amount_cents INTEGER NOT NULL CHECK (amount_cents > 0), currency TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL
);
CREATE TABLE tickets (
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id),
  invoice_id INTEGER REFERENCES invoices (id), subject TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'pending', 'closed')),
  priority TEXT NOT NULL CHECK (priority IN ('low', 'normal', 'high')), opened_at TEXT NOT NULL
);
CREATE TABLE mails (
  id INTEGER PRIMARY KEY AUTOINCREMENT, folder TEXT NOT NULL CHECK (folder IN ('inbox', 'drafts', 'sent')),
  sender TEXT NOT NULL, recipient TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, at TEXT NOT NULL,
  message_id TEXT UNIQUE
);
CREATE TABLE effects (
  id INTEGER PRIMARY KEY AUTOINCREMENT, tool TEXT NOT NULL, key TEXT, args TEXT NOT NULL, at TEXT NOT NULL
);
CREATE VIEW invoice_summary AS
SELECT id, customer_id, currency, issued_at, due_at, total_cents, paid_cents, refunded_cents,
  CASE WHEN paid_cents < total_cents THEN total_cents - paid_cents ELSE 0 END AS outstanding_cents,
  CASE
    WHEN paid_cents >= total_cents AND refunded_cents >= paid_cents THEN 'refunded'
    WHEN paid_cents >= total_cents THEN 'paid'
    WHEN due_at < max(date('now'), '${booksEndOn}') THEN 'overdue'
    ELSE 'open'
  END AS status,
  CASE
    WHEN paid_cents < total_cents
      THEN CAST(max(0, julianday(max(date('now'), '${booksEndOn}')) - julianday(due_at)) AS INTEGER)
    ELSE 0
  END AS days_overdue
FROM (
  SELECT i.*,
    (SELECT coalesce(sum(p.amount_cents), 0) FROM payments p WHERE p.invoice_id = i.id) AS paid_cents,
    (SELECT coalesce(sum(r.amount_cents), 0) FROM refunds r WHERE r.invoice_id = i.id) AS refunded_cents
  FROM invoices i
);
`;
