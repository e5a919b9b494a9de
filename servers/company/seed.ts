/**
 * Writes the books of a company that has traded for 14 months. The same rows every time: no clock, no chance.
 *
 * Totals add up by construction: a line is quantity × unit price, an invoice the sum of its lines, a paid invoice's
 * payments its total, and no refund exceeds what was paid.
 */
import type { Cell, Connection } from './connection.ts';
import { dayAfter, insertRows } from './seed-rows.ts';
import type { SeededCustomer } from './seed-rows.ts';
import { booksEndOn } from './schema.ts';
import { createDice } from './dice.ts';
import { seedCorrespondence } from './seed-correspondence.ts';
import {
  firmNames,
  firmTrades,
  firstNames,
  lastNames,
  paymentMethods,
  places,
  refundReasons,
  wares,
} from './seed-words.ts';
import type { Currency } from './money.ts';

const customerCount = 240;
const invoiceCount = 1300;
const booksStartOn = '2025-09-01';
/** The first refund made by a tool is R-5521. */
const firstRefund = 5489;
const lastSeededRefund = 5520;
const acme: SeededCustomer = {
  id: 88,
  name: 'Acme GmbH',
  contact: 'Greta Vogel',
  email: 'greta.vogel@acme.example',
  currency: 'USD',
};
const acmeInvoice = 1042;

type Row = readonly Cell[];

export function seedCompany(connection: Connection): void {
  const customers = seedCustomers(connection);
  seedProducts(connection);
  seedInvoices(connection, customers);
  seedCorrespondence(connection, customers);
  connection.prepare("INSERT INTO sqlite_sequence (name, seq) SELECT 'credits', 300").run();
  connection.prepare('INSERT INTO meta (key, value) VALUES (?, ?)').run('seeded', '1');
}

function seedCustomers(connection: Connection): readonly SeededCustomer[] {
  const dice = createDice(11);
  const customers: SeededCustomer[] = [];
  const rows: Row[] = [];
  for (let id = 1; id <= customerCount; id++) {
    const place = dice.pick(places);
    // 25 names and 10 trades make 250 pairs, so no two of the 240 firms share a name.
    const firm = `${firmNames[id % firmNames.length] ?? 'Alder'} ${firmTrades[Math.floor(id / firmNames.length) % firmTrades.length] ?? 'Trading'}`;
    const contact = `${dice.pick(firstNames)} ${dice.pick(lastNames)}`;
    const domain = `${firm.toLowerCase().replace(' ', '-')}.example`;
    const mailbox = contact
      .toLowerCase()
      .normalize('NFD')
      .replace(/[^a-z ]/gu, '')
      .replace(' ', '.');
    const customer =
      id === acme.id
        ? acme
        : {
            id,
            name: `${firm} ${dice.pick(place.forms)}`,
            contact,
            email: `${mailbox}@${domain}`,
            currency: place.currency,
          };
    const since = dayAfter('2019-01-07', dice.between(0, 2400));
    const status = id !== acme.id && dice.chance(0.04) ? 'on_hold' : 'active';
    const phone = `${place.dial} 555 ${String(dice.between(1000, 9999))}`;
    const street = `${dice.pick(place.streets)} ${String(dice.between(1, 140))}`;
    customers.push(customer);
    rows.push(
      id === acme.id
        ? [
            id,
            acme.name,
            acme.contact,
            acme.email,
            '+49 555 0188',
            'Lindenallee 12',
            'Berlin',
            'DE',
            acme.currency,
            status,
            '2021-03-15',
          ]
        : [
            id,
            customer.name,
            contact,
            customer.email,
            phone,
            street,
            place.city,
            place.country,
            place.currency,
            status,
            since,
          ],
    );
  }
  insertRows(
    connection,
    'customers',
    ['id', 'name', 'contact', 'email', 'phone', 'street', 'city', 'country', 'currency', 'status', 'since'],
    rows,
  );
  return customers;
}

interface Product {
  readonly id: number;
  readonly name: string;
  readonly cents: Readonly<Record<Currency, number>>;
}

function products(): readonly (Product & { readonly sku: string; readonly isFragile: boolean })[] {
  let id = 0;
  return wares.flatMap(({ material, isFragile, kinds }) =>
    kinds.map(([kind, usd]) => {
      id += 1;
      const sku = `${material.slice(0, 2).toUpperCase()}-${String(id).padStart(3, '0')}`;
      return {
        id,
        sku,
        isFragile,
        name: `${material} ${kind}`,
        cents: { USD: usd, EUR: Math.round((usd * 92) / 1000) * 10 },
      };
    }),
  );
}

function seedProducts(connection: Connection): void {
  const dice = createDice(23);
  const rows = products().map(({ id, sku, name, isFragile, cents }): Row => {
    const reorderAt = dice.between(10, 60);
    return [
      id,
      sku,
      name,
      isFragile ? 1 : 0,
      cents.USD,
      cents.EUR,
      dice.chance(0.12) ? dice.between(0, reorderAt) : dice.between(reorderAt, 600),
      reorderAt,
    ];
  });
  insertRows(
    connection,
    'products',
    ['id', 'sku', 'name', 'is_fragile', 'price_usd_cents', 'price_eur_cents', 'stock', 'reorder_at'],
    rows,
  );
}

interface Line {
  readonly product: number;
  readonly description: string;
  readonly quantity: number;
  readonly unit: number;
}

/** Two lamps, twelve tumblers and the crate: 290.00 + 150.00 + 40.00 = 480.00. */
const acmeLines: readonly Line[] = [
  { product: 1, description: 'Glass pendant lamp, hand-blown (fragile)', quantity: 2, unit: 14_500 },
  { product: 2, description: 'Glass tumbler, crystal cut (fragile)', quantity: 12, unit: 1250 },
  { product: 16, description: 'Oak crate and fragile-goods freight', quantity: 1, unit: 4000 },
];

function seedInvoices(connection: Connection, customers: readonly SeededCustomer[]): void {
  const dice = createDice(37);
  const catalogue = products();
  const invoices: Row[] = [];
  const lines: Row[] = [];
  const payments: Row[] = [];
  const refunds: Row[] = [];
  const span = (Date.parse(booksEndOn) - Date.parse(booksStartOn)) / 86_400_000 - 2;
  const pay = (invoice: number, cents: number, currency: Currency, paidAt: string, method: string): void => {
    payments.push([payments.length + 1, invoice, cents, currency, method, paidAt]);
  };

  for (let id = 1; id <= invoiceCount; id++) {
    const isAcme = id === acmeInvoice;
    const customer = isAcme ? acme : dice.pick(customers);
    // The exponent makes trade grow: later days hold more invoices than early ones.
    const issuedAt = dayAfter(booksStartOn, Math.floor(span * (id / invoiceCount) ** 0.7));
    const dueAt = dayAfter(issuedAt, dice.pick([14, 30, 30]));
    const bought = isAcme
      ? acmeLines
      : Array.from({ length: dice.between(1, 5) }, () =>
          aLine(dice.pick(catalogue), customer.currency, dice.between(1, 24)),
        );
    const total = bought.reduce((sum, { quantity, unit }) => sum + quantity * unit, 0);
    invoices.push([id, customer.id, customer.currency, issuedAt, dueAt, total]);
    for (const { product, description, quantity, unit } of bought) {
      lines.push([lines.length + 1, id, product, description, quantity, unit, quantity * unit]);
    }

    const method = dice.pick(paymentMethods);
    const fate = isAcme ? 0 : dice.roll();
    // Nobody pays in the future: what would be paid after the books end is still open.
    const paidAt = dayAfter(issuedAt, dice.between(3, 34));
    // Debts that are months old have mostly been collected.
    const isOld = issuedAt < '2026-08-01';
    if (fate > (isOld ? 0.995 : 0.95) || paidAt > booksEndOn) continue;
    if (fate > (isOld ? 0.99 : 0.92))
      pay(id, Math.max(1, Math.floor(total / 2)), customer.currency, paidAt, method);
    else if (fate > 0.85 && total > 1) {
      const first = Math.floor((total * 3) / 10) + 1;
      const second = dayAfter(paidAt, 9);
      pay(id, first, customer.currency, paidAt, method);
      if (second <= booksEndOn) pay(id, total - first, customer.currency, second, method);
    } else {
      pay(id, total, customer.currency, paidAt, method);
      const refundedAt = dayAfter(paidAt, dice.between(2, 12));
      if (id % 38 === 7 && firstRefund + refunds.length <= lastSeededRefund && refundedAt < booksEndOn) {
        const cents = dice.chance(0.3) ? total : Math.max(1, Math.floor(total / dice.between(2, 6)));
        refunds.push([
          firstRefund + refunds.length,
          id,
          cents,
          customer.currency,
          dice.pick(refundReasons),
          `${refundedAt}T10:00:00.000Z`,
        ]);
      }
    }
  }

  insertRows(
    connection,
    'invoices',
    ['id', 'customer_id', 'currency', 'issued_at', 'due_at', 'total_cents'],
    invoices,
  );
  insertRows(
    connection,
    'invoice_lines',
    ['id', 'invoice_id', 'product_id', 'description', 'quantity', 'unit_price_cents', 'amount_cents'],
    lines,
  );
  insertRows(
    connection,
    'payments',
    ['id', 'invoice_id', 'amount_cents', 'currency', 'method', 'paid_at'],
    payments,
  );
  insertRows(
    connection,
    'refunds',
    ['id', 'invoice_id', 'amount_cents', 'currency', 'reason', 'at'],
    refunds,
  );
  connection.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = 'refunds'").run(lastSeededRefund);
}

function aLine(product: Product, currency: Currency, quantity: number): Line {
  return { product: product.id, description: product.name, quantity, unit: product.cents[currency] };
}
