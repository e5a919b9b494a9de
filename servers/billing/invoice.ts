/** One invoice with what was paid and refunded on it. */
import { z } from 'zod';
import { currencies, formatCents } from '../company/money.ts';
import type { Company } from '../company/open.ts';
import { Refusal } from '../company/refusal.ts';

export const invoiceId = z
  .int()
  .positive()
  .max(1_000_000_000)
  .describe('Invoice number, a whole number like 1042.');

export const invoiceRow = z.object({
  id: z.number(),
  customer_id: z.number(),
  customer_name: z.string(),
  currency: z.enum(currencies),
  issued_at: z.string(),
  due_at: z.string(),
  total_cents: z.number(),
  paid_cents: z.number(),
  refunded_cents: z.number(),
  outstanding_cents: z.number(),
  status: z.enum(['open', 'overdue', 'paid', 'refunded']),
  days_overdue: z.number(),
});

export type Invoice = z.output<typeof invoiceRow>;

export const selectInvoices =
  'SELECT s.*, c.name AS customer_name FROM invoice_summary s JOIN customers c ON c.id = s.customer_id';

export function getInvoice(company: Company, id: number): Invoice {
  const invoice = company.find(invoiceRow, `${selectInvoices} WHERE s.id = ?`, id);
  if (invoice === undefined)
    throw new Refusal(
      `There is no invoice ${String(id)}. billing/list_invoices lists a customer's invoices.`,
    );
  return invoice;
}

export function refundableCents(invoice: Invoice): number {
  return Math.max(0, invoice.paid_cents - invoice.refunded_cents);
}

export function showInvoice(invoice: Invoice): Record<string, unknown> {
  return {
    id: invoice.id,
    customer: invoice.customer_id,
    customerName: invoice.customer_name,
    status: invoice.status,
    total: formatCents(invoice.total_cents),
    currency: invoice.currency,
    paid: formatCents(invoice.paid_cents),
    refunded: formatCents(invoice.refunded_cents),
    outstanding: formatCents(invoice.outstanding_cents),
    issuedAt: invoice.issued_at,
    dueAt: invoice.due_at,
    daysOverdue: invoice.days_overdue,
  };
}

export function describeStatus(invoice: Invoice): string {
  return invoice.status === 'overdue' ? `overdue by ${String(invoice.days_overdue)} days` : invoice.status;
}
