/** Reading a customer: what `crm` and `billing` both need. */
import { z } from 'zod';
import type { Company } from './open.ts';
import { currencies } from './money.ts';
import { Refusal } from './refusal.ts';

export const customerId = z
  .int()
  .positive()
  .max(1_000_000_000)
  .describe('Customer id, a whole number like 88. crm/find_customer finds it by name.');

export const customerRow = z.object({
  id: z.number(),
  name: z.string(),
  contact: z.string(),
  email: z.string(),
  phone: z.string(),
  street: z.string(),
  city: z.string(),
  country: z.string(),
  currency: z.enum(currencies),
  status: z.string(),
  since: z.string(),
});

export type Customer = z.output<typeof customerRow>;

export function getCustomer(company: Company, id: number): Customer {
  const customer = company.find(customerRow, 'SELECT * FROM customers WHERE id = ?', id);
  if (customer === undefined) {
    throw new Refusal(
      `There is no customer ${String(id)}. crm/find_customer finds customers by name, contact, e-mail or city.`,
    );
  }
  return customer;
}
