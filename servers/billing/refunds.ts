/**
 * Refunds, keyed: a key stands for one refund for ever.
 *
 * The same key with the same parameters gives the saved answer again and moves no money; with other parameters it
 * is refused. The check and the refund are one transaction, so callers in several processes cannot both get through.
 */
import { z } from 'zod';
import { currencies, formatCents, parseAmount } from '../company/money.ts';
import type { Company } from '../company/open.ts';
import { Refusal } from '../company/refusal.ts';
import type { AddTool, Answer } from '../company/serve.ts';
import { getInvoice, invoiceId, refundableCents } from './invoice.ts';
import type { Invoice } from './invoice.ts';

const idempotencyKey = z.string().min(1).max(200);

const refundInput = z.strictObject({
  invoice: invoiceId,
  amount: z
    .number()
    .positive()
    .max(1_000_000)
    .describe(
      'How much to pay back, in the invoice’s currency, with at most two decimals, like 120 or 120.50.',
    ),
  reason: z.string().trim().min(1).max(500).describe('Why, in a few words; it is kept with the refund.'),
  currency: z
    .enum(currencies)
    .describe('When given, the refund is refused unless the invoice is in this currency.')
    .optional(),
  idempotency_key: idempotencyKey
    .describe('A unique text for this refund. Sending the same key again never pays twice.')
    .optional(),
});

const savedRow = z.object({ id: z.number(), asked: z.string(), answer: z.string() });
const savedAnswer = z.object({ text: z.string(), structured: z.record(z.string(), z.unknown()) });
const statusRow = z.object({
  id: z.number(),
  invoice_id: z.number(),
  amount_cents: z.number(),
  currency: z.string(),
  at: z.string(),
});

const previewInput = refundInput.pick({ invoice: true, amount: true, currency: true });

export function addRefundTools(add: AddTool): void {
  add({
    name: 'refund',
    description: 'Pays back part or all of what was paid on an invoice. Cannot be undone.',
    input: refundInput,
    // Wrong on purpose: money that is gone is gone, whatever this server says about itself.
    annotations: {
      title: 'Refund an invoice',
      readOnlyHint: false,
      destructiveHint: false,
      idempotentHint: true,
    },
    run: (company, input) => company.write(() => refund(company, input)),
  });

  add({
    name: 'preview_refund',
    description:
      'Shows what a refund would change, before and after, or why it would be refused. Changes nothing.',
    input: previewInput,
    annotations: { title: 'Preview a refund', readOnlyHint: true, openWorldHint: false },
    run: (company, input) => {
      const { invoice, cents } = checkRefund(company, input);
      const before = standing(invoice, invoice.refunded_cents);
      const after = standing(invoice, invoice.refunded_cents + cents);
      return {
        text: `Invoice ${String(invoice.id)}: paid ${before.paid} → ${after.paid}, refunded ${before.refunded} → ${after.refunded}.`,
        structured: { before, after },
      };
    },
  });

  add({
    name: 'refund_status',
    description: 'Tells whether a refund with this idempotency key happened.',
    input: z.strictObject({ idempotency_key: idempotencyKey.describe('The key the refund was sent with.') }),
    annotations: { readOnlyHint: true, openWorldHint: false },
    run: (company, { idempotency_key: key }) => {
      const row = company.find(
        statusRow,
        'SELECT id, invoice_id, amount_cents, currency, at FROM refunds WHERE idempotency_key = ?',
        key,
      );
      if (row === undefined)
        return { text: 'No refund with this key happened.', structured: { happened: false } };
      const receipt = `R-${String(row.id)}`;
      const amount = formatCents(row.amount_cents);
      return {
        text: `It happened: ${receipt} refunded ${amount} ${row.currency} on invoice ${String(row.invoice_id)} at ${row.at}.`,
        structured: {
          happened: true,
          receipt,
          invoice: row.invoice_id,
          amount,
          currency: row.currency,
          at: row.at,
        },
      };
    },
  });
}

/** What is left of the payments of an invoice once so much is refunded. */
function standing(
  { paid_cents: paid, currency }: Invoice,
  refunded: number,
): { readonly paid: string; readonly refunded: string } {
  return {
    paid: `${formatCents(paid - refunded)} ${currency}`,
    refunded: `${formatCents(refunded)} ${currency}`,
  };
}

/** The invoice and the amount of a refund that can be made; throws a refusal otherwise. */
function checkRefund(
  company: Company,
  request: z.output<typeof previewInput>,
): { readonly invoice: Invoice; readonly cents: number; readonly left: number } {
  const cents = parseAmount(request.amount);
  const invoice = getInvoice(company, request.invoice);
  const name = `invoice ${String(invoice.id)}`;
  if (request.currency !== undefined && request.currency !== invoice.currency) {
    throw new Refusal(
      `${name} is in ${invoice.currency}, not ${request.currency}: give the amount in ${invoice.currency}. Nothing was refunded.`,
    );
  }
  const left = refundableCents(invoice);
  if (cents > left) {
    throw new Refusal(
      `Only ${formatCents(left)} ${invoice.currency} can still be refunded on ${name} (paid ${formatCents(invoice.paid_cents)}, refunded ${formatCents(invoice.refunded_cents)}): ask for at most that. Nothing was refunded.`,
    );
  }
  return { invoice, cents, left };
}

function refund(company: Company, input: z.output<typeof refundInput>): Answer {
  const { idempotency_key: key, ...request } = input;
  const cents = parseAmount(request.amount);
  const asked = JSON.stringify([request.invoice, cents, request.reason, request.currency ?? null]);
  const saved =
    key === undefined
      ? undefined
      : company.find(savedRow, 'SELECT id, asked, answer FROM refunds WHERE idempotency_key = ?', key);
  if (saved !== undefined) {
    if (saved.asked === asked) return savedAnswer.parse(JSON.parse(saved.answer));
    throw new Refusal(
      `This idempotency_key already stands for refund R-${String(saved.id)} with other parameters: use a new key for another refund.`,
    );
  }

  const { invoice, left } = checkRefund(company, request);
  const name = `invoice ${String(invoice.id)}`;
  const at = company.now();
  const { id } = company.run(
    'INSERT INTO refunds (invoice_id, amount_cents, currency, reason, at, idempotency_key, asked) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ...[invoice.id, cents, invoice.currency, request.reason, at, key ?? null, asked],
  );
  const answer = {
    text: `Refunded ${formatCents(cents)} ${invoice.currency} on ${name}: receipt R-${String(id)}. ${formatCents(left - cents)} ${invoice.currency} can still be refunded.`,
    structured: {
      receipt: `R-${String(id)}`,
      invoice: invoice.id,
      amount: formatCents(cents),
      currency: invoice.currency,
      remaining: formatCents(left - cents),
    },
  };
  company.run('UPDATE refunds SET answer = ? WHERE id = ?', JSON.stringify(answer), id);
  company.recordEffect('billing/refund', request, key);
  return { ...answer, didWrite: true };
}
