import { z } from 'zod';
import { customerId, getCustomer } from '../company/customer.ts';
import type { Customer } from '../company/customer.ts';
import { currencies, formatCents, parseAmount } from '../company/money.ts';
import type { Company } from '../company/open.ts';
import { Refusal } from '../company/refusal.ts';
import type { AddTool } from '../company/serve.ts';

const creditInput = z.strictObject({
  customer: customerId,
  amount: z
    .number()
    .positive()
    .max(1_000_000)
    .describe('How much to credit, in the customer’s currency, with at most two decimals.'),
  reason: z.string().trim().min(1).max(500).describe('Why, in a few words; it is kept with the credit.'),
  currency: z
    .enum(currencies)
    .describe('When given, the credit is refused unless the customer is billed in this currency.')
    .optional(),
});
const previewInput = creditInput.pick({ customer: true, amount: true, currency: true });

/** Takes no key on purpose: the shipped example of a payment that nobody can repeat safely. */
export function addCreditTools(add: AddTool): void {
  add({
    name: 'credit',
    description: 'Credits an amount to a customer’s account, for later invoices. Each call credits again.',
    input: creditInput,
    run: (company, input) => {
      const done = company.write(() => {
        const { customer, cents } = checkCredit(company, input);
        const { id } = company.run(
          'INSERT INTO credits (customer_id, amount_cents, currency, reason, at) VALUES (?, ?, ?, ?, ?)',
          ...[customer.id, cents, customer.currency, input.reason, company.now()],
        );
        company.recordEffect('billing/credit', input);
        const balance = formatCents(balanceOf(company, customer));
        return { customer, amount: formatCents(cents), credit: `C-${String(id)}`, balance };
      });
      const { amount, balance } = done;
      const { currency, id, name } = done.customer;
      return {
        text: `Credited ${amount} ${currency} to customer ${String(id)} (${name}): ${done.credit}. Credit balance ${balance} ${currency}.`,
        structured: { credit: done.credit, customer: id, amount, currency, balance },
        didWrite: true,
      };
    },
  });

  add({
    name: 'preview_credit',
    description:
      'Shows what a credit would change, before and after, or why it would be refused. Changes nothing.',
    input: previewInput,
    annotations: { title: 'Preview a credit', readOnlyHint: true, openWorldHint: false },
    run: (company, input) => {
      const { customer, cents } = checkCredit(company, input);
      const balance = balanceOf(company, customer);
      const before = { 'credit balance': `${formatCents(balance)} ${customer.currency}` };
      const after = { 'credit balance': `${formatCents(balance + cents)} ${customer.currency}` };
      return {
        text: `Customer ${String(customer.id)} (${customer.name}): credit balance ${before['credit balance']} → ${after['credit balance']}.`,
        structured: { before, after },
      };
    },
  });
}

/** The customer and the amount of a credit that can be given; throws a refusal otherwise. */
function checkCredit(
  company: Company,
  input: z.output<typeof previewInput>,
): { readonly customer: Customer; readonly cents: number } {
  const cents = parseAmount(input.amount);
  const customer = getCustomer(company, input.customer);
  if (input.currency !== undefined && input.currency !== customer.currency) {
    throw new Refusal(
      `Customer ${String(customer.id)} is billed in ${customer.currency}, not ${input.currency}: give the amount in ${customer.currency}. Nothing was credited.`,
    );
  }
  return { customer, cents };
}

function balanceOf(company: Company, customer: Customer): number {
  const balance = company.find(
    z.object({ cents: z.number() }),
    'SELECT coalesce(sum(amount_cents), 0) AS cents FROM credits WHERE customer_id = ?',
    customer.id,
  );
  return balance?.cents ?? 0;
}
