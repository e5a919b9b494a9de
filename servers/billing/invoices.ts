import { z } from 'zod';
import { customerId, getCustomer } from '../company/customer.ts';
import { formatCents } from '../company/money.ts';
import type { Company } from '../company/open.ts';
import type { AddTool, Answer } from '../company/serve.ts';
import {
  describeStatus,
  getInvoice,
  invoiceId,
  invoiceRow,
  refundableCents,
  selectInvoices,
  showInvoice,
} from './invoice.ts';

const lineRow = z.object({
  product: z.string(),
  description: z.string(),
  quantity: z.number(),
  unit_price_cents: z.number(),
  amount_cents: z.number(),
});
const paymentRow = z.object({
  id: z.number(),
  amount_cents: z.number(),
  currency: z.string(),
  method: z.string(),
  paid_at: z.string(),
});
const refundRow = z.object({ id: z.number(), amount_cents: z.number(), reason: z.string(), at: z.string() });

export function addInvoiceTools(add: AddTool): void {
  add({
    name: 'list_invoices',
    description: 'Lists invoices with their balance, newest first; overdue ones longest overdue first.',
    input: z.strictObject({
      customer: customerId.optional(),
      status: z
        .enum(['open', 'overdue', 'paid', 'refunded'])
        .describe('open: not yet due. overdue: due and not fully paid. refunded: all of it was paid back.')
        .optional(),
      limit: z.int().min(1).max(100).default(20).describe('How many at most.'),
    }),
    annotations: { title: 'List invoices', readOnlyHint: true, openWorldHint: false },
    run: (company, { customer, status, limit }) => {
      if (customer !== undefined) getCustomer(company, customer);
      const where = 'WHERE (?1 IS NULL OR customer_id = ?1) AND (?2 IS NULL OR status = ?2)';
      const filter = [customer ?? null, status ?? null] as const;
      const total =
        company.find(
          z.object({ total: z.number() }),
          `SELECT count(*) AS total FROM invoice_summary ${where}`,
          ...filter,
        )?.total ?? 0;
      const order = status === 'overdue' ? 's.days_overdue DESC, s.id' : 's.issued_at DESC, s.id DESC';
      const invoices = company.all(
        invoiceRow,
        `SELECT * FROM (${selectInvoices}) s ${where} ORDER BY ${order} LIMIT ?3`,
        ...filter,
        limit,
      );
      const lines = invoices.map(
        (invoice) =>
          `${String(invoice.id)} ${invoice.customer_name} (${String(invoice.customer_id)}) · ${formatCents(invoice.total_cents)} ${invoice.currency} · ${describeStatus(invoice)} · outstanding ${formatCents(invoice.outstanding_cents)} · due ${invoice.due_at}`,
      );
      return {
        text: [
          `${String(total)} invoice${total === 1 ? '' : 's'}${total > invoices.length ? `, the first ${String(invoices.length)}` : ''}:`,
          ...lines,
        ].join('\n'),
        structured: { invoices: invoices.map(showInvoice), total },
      };
    },
  });

  add({
    name: 'get_invoice',
    description: 'Shows one invoice: lines, payments, refunds and what can still be refunded.',
    input: z.strictObject({ invoice: invoiceId }),
    annotations: { title: 'Show an invoice', readOnlyHint: true, openWorldHint: false },
    run: (company, { invoice }) => showWholeInvoice(company, invoice),
  });

  add({
    name: 'list_payments',
    description: 'Lists the payments received for one invoice.',
    input: z.strictObject({ invoice: invoiceId }),
    annotations: { readOnlyHint: true },
    run: (company, { invoice: id }) => {
      const invoice = getInvoice(company, id);
      const payments = findPayments(company, id);
      const total = formatCents(invoice.paid_cents);
      return {
        text: [
          `Invoice ${String(id)}: ${total} of ${formatCents(invoice.total_cents)} ${invoice.currency} received in ${String(payments.length)} payment${payments.length === 1 ? '' : 's'}.`,
          ...payments.map(
            ({ amount, currency, method, paidAt }) => `${paidAt} ${amount} ${currency} by ${method}`,
          ),
        ].join('\n'),
        structured: { payments: payments.map((payment) => ({ ...payment, invoice: id })), total },
      };
    },
  });
}

function findPayments(
  company: Company,
  invoice: number,
): readonly { id: number; amount: string; currency: string; method: string; paidAt: string }[] {
  return company
    .all(
      paymentRow,
      'SELECT id, amount_cents, currency, method, paid_at FROM payments WHERE invoice_id = ? ORDER BY paid_at, id',
      invoice,
    )
    .map(({ id, amount_cents, currency, method, paid_at }) => ({
      id,
      amount: formatCents(amount_cents),
      currency,
      method,
      paidAt: paid_at,
    }));
}

function showWholeInvoice(company: Company, id: number): Answer {
  const invoice = getInvoice(company, id);
  const lines = company
    .all(
      lineRow,
      'SELECT p.sku AS product, l.description, l.quantity, l.unit_price_cents, l.amount_cents FROM invoice_lines l JOIN products p ON p.id = l.product_id WHERE l.invoice_id = ? ORDER BY l.id',
      id,
    )
    .map(({ product, description, quantity, unit_price_cents, amount_cents }) => ({
      product,
      description,
      quantity,
      unitPrice: formatCents(unit_price_cents),
      amount: formatCents(amount_cents),
    }));
  const payments = findPayments(company, id);
  const refunds = company
    .all(refundRow, 'SELECT id, amount_cents, reason, at FROM refunds WHERE invoice_id = ? ORDER BY id', id)
    .map((refund) => ({
      receipt: `R-${String(refund.id)}`,
      amount: formatCents(refund.amount_cents),
      reason: refund.reason,
      at: refund.at,
    }));
  const refundable = formatCents(refundableCents(invoice));
  const text = [
    `Invoice ${String(id)} for ${invoice.customer_name} (customer ${String(invoice.customer_id)}): ${formatCents(invoice.total_cents)} ${invoice.currency}, ${describeStatus(invoice)}`,
    `Issued ${invoice.issued_at}, due ${invoice.due_at}`,
    ...lines.map(
      (line) => `${String(line.quantity)} × ${line.description} at ${line.unitPrice} = ${line.amount}`,
    ),
    `Paid ${formatCents(invoice.paid_cents)}, refunded ${formatCents(invoice.refunded_cents)}, refundable ${refundable}, outstanding ${formatCents(invoice.outstanding_cents)}`,
    ...refunds.map(
      (refund) => `Refund ${refund.receipt}, ${refund.at.slice(0, 10)}: ${refund.amount} (${refund.reason})`,
    ),
  ].join('\n');
  return { text, structured: { invoice: { ...showInvoice(invoice), refundable, lines, payments, refunds } } };
}
