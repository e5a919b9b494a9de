/** Reads «overdue per customer»: what is counted, and by what, as one SELECT over the demonstration company. Pure. */
export interface Grouping {
  readonly title: string;
  readonly sql: string;
}

interface Counted {
  readonly words: RegExp;
  readonly what: string;
  readonly from: string;
  /** The day it belongs to. */
  readonly day: string;
  /** In cents; absent for what has no price. */
  readonly cents?: { readonly sum: string; readonly name: string; readonly currency: string };
  readonly where?: string;
  readonly status?: string;
  readonly priority?: string;
}

const ofCustomer = 'JOIN customers c ON c.id = s.customer_id';
const ofInvoice = 'JOIN invoices i ON i.id = s.invoice_id JOIN customers c ON c.id = i.customer_id';
const invoices = {
  from: `invoice_summary s ${ofCustomer}`,
  day: 's.issued_at',
  status: 's.status',
} as const;
const stillOpen = { sum: 's.outstanding_cents', name: 'still_open', currency: 's.currency' };

/** The first that fits is meant: «overdue invoices» is more than «invoices». */
const counted: readonly Counted[] = [
  {
    ...invoices,
    words: /\boverdue\b/u,
    what: 'overdue invoices',
    cents: stillOpen,
    where: "s.status = 'overdue'",
  },
  {
    ...{ words: /\b(?:complaints?|tickets?)\b/u, what: 'tickets', from: `tickets s ${ofCustomer}` },
    ...{ day: 's.opened_at', status: 's.status', priority: 's.priority' },
  },
  {
    ...{ ...invoices, words: /\b(?:open|unpaid|outstanding|owed?|receivables)\b/u, what: 'unpaid invoices' },
    ...{ cents: stillOpen, where: "s.status IN ('open', 'overdue')" },
  },
  {
    ...{ words: /\brefunds?\b/u, what: 'refunds', from: `refunds s ${ofInvoice}`, day: 's.at' },
    cents: { sum: 's.amount_cents', name: 'refunded', currency: 's.currency' },
  },
  {
    ...{ words: /\b(?:revenue|turnover|sales|income|payments?)\b/u, what: 'payments received' },
    ...{ from: `payments s ${ofInvoice}`, day: 's.paid_at' },
    cents: { sum: 's.amount_cents', name: 'received', currency: 's.currency' },
  },
  {
    ...{ ...invoices, words: /\b(?:invoices?|bills?)\b/u, what: 'invoices' },
    cents: { sum: 's.total_cents', name: 'invoiced', currency: 's.currency' },
  },
  { words: /\bcustomers?\b/u, what: 'customers', from: 'customers c', day: 'c.since', status: 'c.status' },
];

/** `words` are small and without punctuation. Undefined when nothing is grouped, or by what these tables do not hold. */
export function readGrouping(words: string): Grouping | undefined {
  const cut =
    /^(.*?)\b(?:per|by|each)\s+(customer|client|month|year|country|city|status|priority|currency)\b/u.exec(
      words,
    );
  const [, before = '', by = ''] = cut ?? [];
  const subject = counted.find((entry) => entry.words.test(before));
  if (cut === null || subject === undefined) return undefined;
  const isMonthOfRevenue = by === 'month' && subject.what === 'payments received';
  // Another reading of the words knows periods and names as well.
  if (isMonthOfRevenue) return undefined;
  const group = columnFor(by, subject);
  if (group === undefined) return undefined;
  const { cents, from, where, what } = subject;
  const isMixed = cents !== undefined && by !== 'currency';
  const sum = cents === undefined ? '' : `, SUM(${cents.sum}) / 100.0 AS ${cents.name}`;
  const currency = isMixed ? ` || ' ' || ${cents.currency}` : '';
  const name = by === 'client' ? 'customer' : by;
  return {
    title: `${what.charAt(0).toUpperCase()}${what.slice(1)} per ${name}:`,
    sql: [
      `SELECT ${group}${currency} AS ${name}, COUNT(*) AS count${sum} FROM ${from}`,
      ...(where === undefined ? [] : [`WHERE ${where}`]),
      `GROUP BY 1 ORDER BY ${by === 'month' || by === 'year' ? '1' : cents === undefined ? 'count DESC' : `${cents.name} DESC`} LIMIT 50`,
    ].join(' '),
  };
}

function columnFor(by: string, { day, cents, status, priority, what }: Counted): string | undefined {
  switch (by) {
    case 'customer':
    case 'client':
      return what === 'customers' ? undefined : 'c.name';
    case 'month':
      return `strftime('%Y-%m', ${day})`;
    case 'year':
      return `strftime('%Y', ${day})`;
    case 'country':
    case 'city':
      return `c.${by}`;
    case 'status':
      return status;
    case 'priority':
      return priority;
    default:
      return cents?.currency ?? (what === 'customers' ? 'c.currency' : undefined);
  }
}
