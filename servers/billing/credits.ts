import { z } from 'zod';
import { customerId, getCustomer } from '../company/customer.ts';
import { currencies, formatCents, parseAmount } from '../company/money.ts';
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

/** Takes no key on purpose: the shipped example of a payment that nobody can repeat safely. */
export function addCreditTool(add: AddTool): void {
  add({
    name: 'credit',
    description: 'Credits an amount to a customer’s account, for later invoices. Each call credits again.',
    input: creditInput,
    run: (company, input) => {
      const cents = parseAmount(input.amount);
      const done = company.write(() => {
        const customer = getCustomer(company, input.customer);
        if (input.currency !== undefined && input.currency !== customer.currency) {
          throw new Refusal(
            `Customer ${String(customer.id)} is billed in ${customer.currency}, not ${input.currency}: give the amount in ${customer.currency}. Nothing was credited.`,
          );
        }
        const { id } = company.run(
          'INSERT INTO credits (customer_id, amount_cents, currency, reason, at) VALUES (?, ?, ?, ?, ?)',
          ...[customer.id, cents, customer.currency, input.reason, company.now()],
        );
        company.recordEffect('billing/credit', input);
        const balance = company.find(
          z.object({ cents: z.number() }),
          'SELECT sum(amount_cents) AS cents FROM credits WHERE customer_id = ?',
          customer.id,
        );
        return { customer, credit: `C-${String(id)}`, balance: formatCents(balance?.cents ?? cents) };
      });
      const amount = formatCents(cents);
      const { currency, id, name } = done.customer;
      return {
        text: `Credited ${amount} ${currency} to customer ${String(id)} (${name}): ${done.credit}. Credit balance ${done.balance} ${currency}.`,
        structured: { credit: done.credit, customer: id, amount, currency, balance: done.balance },
        didWrite: true,
      };
    },
  });
}
