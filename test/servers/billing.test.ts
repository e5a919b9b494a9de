import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { aCompany, buildServers } from './company.ts';
import type { CompanyWorld } from './company.ts';

let built: string;
let company: CompanyWorld;

beforeAll(async () => {
  built = await buildServers();
}, 60_000);
afterAll(() => rm(built, { recursive: true, force: true }));
beforeEach(async () => {
  company = await aCompany(built);
});
afterEach(() => company.stop());

describe('given the seeded books', () => {
  it('when they are read, then every total adds up and the known records are there', async () => {
    const [counts] = await company.select(
      'SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM invoices)',
    );
    const wrong = await company.select(`SELECT i.id FROM invoice_summary i
      WHERE i.total_cents <> (SELECT sum(l.amount_cents) FROM invoice_lines l WHERE l.invoice_id = i.id)
         OR i.paid_cents > i.total_cents OR i.refunded_cents > i.paid_cents
         OR EXISTS (SELECT 1 FROM invoice_lines l WHERE l.invoice_id = i.id AND l.amount_cents <> l.quantity * l.unit_price_cents)
         OR EXISTS (SELECT 1 FROM payments p WHERE p.invoice_id = i.id AND (p.currency <> i.currency OR p.paid_at < i.issued_at))`);
    const acme = await company.call('crm/find_customer', { query: 'acme' });
    const invoice = await company.call('billing/get_invoice', { invoice: 1042 });
    const overdue = await company.call('billing/list_invoices', { status: 'overdue' });

    expect(counts?.[0]).toBeGreaterThanOrEqual(220);
    expect(counts?.[1]).toBeGreaterThanOrEqual(1200);
    expect(wrong).toEqual([]);
    expect(acme.structured).toMatchObject({ customers: [{ id: 88, name: 'Acme GmbH' }], total: 1 });
    expect(invoice.structured).toMatchObject({
      invoice: { customer: 88, total: '480.00', currency: 'USD', status: 'paid', refundable: '480.00' },
    });
    expect(invoice.text).toContain('fragile');
    expect(overdue.structured['total']).toBeGreaterThan(2);
    expect(await company.effects()).toEqual({});
  });

  it('when a refund or a credit is previewed, then it says before and after, or the refusal, and changes nothing', async () => {
    const refund = await company.call('billing/preview_refund', { invoice: 1042, amount: 120 });
    const tooMuch = await company.call('billing/preview_refund', { invoice: 1042, amount: 481 });
    const credit = await company.call('billing/preview_credit', { customer: 88, amount: 20 });

    expect(refund.structured).toEqual({
      before: { paid: '480.00 USD', refunded: '0.00 USD' },
      after: { paid: '360.00 USD', refunded: '120.00 USD' },
    });
    expect(tooMuch.text).toContain('Only 480.00 USD can still be refunded on invoice 1042');
    expect(credit.structured).toMatchObject({
      after: { 'credit balance': expect.stringMatching(/^\d+\.\d\d/u) },
    });
    expect(await company.effects()).toEqual({});
  });

  it('when the servers start a second time, then they keep what was done and seed nothing again', async () => {
    await company.call('billing/refund', { invoice: 1042, amount: 120, reason: 'arrived broken' });
    await company.disconnect();

    const invoice = await company.call('billing/get_invoice', { invoice: 1042 });

    expect(invoice.structured).toMatchObject({ invoice: { refunded: '120.00', refundable: '360.00' } });
    expect(await company.select('SELECT count(*) FROM customers')).toEqual([[240]]);
  });

  it('when four processes open an empty folder together, then the books are written once', async () => {
    const clients = await Promise.all([1, 2, 3, 4].map(() => company.connect('billing')));

    const replies = await Promise.all(
      clients.map((client) => company.call('billing/get_invoice', { invoice: 1042 }, client)),
    );

    expect(replies.map((reply) => reply.isError)).toEqual([false, false, false, false]);
    expect(await company.select('SELECT count(*) FROM customers')).toEqual([[240]]);
  });
});

describe('given a refund with a key', () => {
  const asked = { invoice: 1042, amount: 120, reason: 'arrived broken', idempotency_key: 'call_1' };

  it('when two processes send it many times at once, then the money moves once and all get the same answer', async () => {
    const [first, second] = await Promise.all([company.connect('billing'), company.connect('billing')]);

    const replies = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        company.call('billing/refund', asked, index % 2 === 0 ? first : second),
      ),
    );

    expect(new Set(replies.map((reply) => reply.text))).toEqual(
      new Set(['Refunded 120.00 USD on invoice 1042: receipt R-5521. 360.00 USD can still be refunded.']),
    );
    expect(await company.effects()).toEqual({ 'billing/refund': 1 });
  });

  it('when the key comes back with other parameters, then it is refused and nothing moves', async () => {
    await company.call('billing/refund', asked);

    const reply = await company.call('billing/refund', { ...asked, amount: 121 });

    expect(reply.isError).toBe(true);
    expect(reply.text).toContain('use a new key');
    expect(await company.effects()).toEqual({ 'billing/refund': 1 });
  });

  it('when its answer is lost with the process, then refund_status knows it happened and a repeat does not pay twice', async () => {
    const slow = await company.connect('billing', { COMPANY_SLOW_MS: '60000' });
    const lost = company.call('billing/refund', asked, slow).catch((error: unknown) => error);
    let status = await company.call('billing/refund_status', { idempotency_key: 'call_1' });
    while (status.structured['happened'] !== true)
      status = await company.call('billing/refund_status', { idempotency_key: 'call_1' });
    await slow.close();

    const repeated = await company.call('billing/refund', asked);

    expect(await lost).toBeInstanceOf(Error);
    expect(repeated.structured['receipt']).toBe(status.structured['receipt']);
    expect(await company.effects()).toEqual({ 'billing/refund': 1 });
  });
});

describe('given an invoice of 480.00 that is paid', () => {
  it('when parts of it are refunded, then cents add up exactly and more than what is left is refused', async () => {
    for (const amount of [0.1, 0.2, 100.7])
      await company.call('billing/refund', { invoice: 1042, amount, reason: 'part' });

    const tooMuch = await company.call('billing/refund', { invoice: 1042, amount: 379.01, reason: 'part' });
    const rest = await company.call('billing/refund', { invoice: 1042, amount: 379, reason: 'rest' });
    const invoice = await company.call('billing/get_invoice', { invoice: 1042 });

    expect(tooMuch).toMatchObject({ isError: true });
    expect(tooMuch.text).toContain('Only 379.00 USD');
    expect(rest.structured).toMatchObject({ remaining: '0.00' });
    expect(invoice.structured).toMatchObject({ invoice: { status: 'refunded', refunded: '480.00' } });
  });

  it('when a refund is not exact money on a known invoice, then it is refused and nothing moves', async () => {
    const cases: readonly (readonly [string, Record<string, unknown>])[] = [
      ['three decimals', { amount: 0.105 }],
      ['a tiny fraction', { amount: 1e-7 }],
      ['nothing', { amount: 0 }],
      ['less than nothing', { amount: -5 }],
      ['text', { amount: '120' }],
      ['another currency', { amount: 120, currency: 'EUR' }],
      ['an unknown invoice', { amount: 1, invoice: 999_999 }],
      ['an unknown argument', { amount: 1, idempotencyKey: 'x' }],
    ];
    const accepted: string[] = [];

    for (const [name, change] of cases) {
      const reply = await company.call('billing/refund', { invoice: 1042, reason: 'test', ...change });
      if (!reply.isError) accepted.push(name);
    }

    expect(accepted).toEqual([]);
    expect(await company.effects()).toEqual({});
  });
});

describe('given a credit, which takes no key', () => {
  it('when it is sent twice, then it counts twice', async () => {
    const asked = { customer: 88, amount: 10.5, reason: 'goodwill' };
    await company.call('billing/credit', asked);

    const second = await company.call('billing/credit', asked);

    expect(second.structured).toMatchObject({ credit: 'C-302', balance: '21.00', currency: 'USD' });
    expect(await company.effects()).toEqual({ 'billing/credit': 2 });
  });
});
