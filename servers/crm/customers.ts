import { z } from 'zod';
import { customerId, customerRow, getCustomer } from '../company/customer.ts';
import type { Customer } from '../company/customer.ts';
import { formatCents } from '../company/money.ts';
import type { Company } from '../company/open.ts';
import { Refusal } from '../company/refusal.ts';
import type { AddTool } from '../company/serve.ts';

const limit = 10;

const singleLine = (max: number): z.ZodString =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((text) => !/\p{Cc}/u.test(text), 'must be one line without control characters');

const changes = z
  .strictObject({
    name: singleLine(120).describe('Company name.').optional(),
    contact: singleLine(120).describe('Name of the contact person.').optional(),
    email: z.email().max(254).describe('E-mail address of the contact.').optional(),
    phone: singleLine(40).describe('Phone number.').optional(),
    street: singleLine(120).describe('Street and number.').optional(),
    city: singleLine(80).describe('City.').optional(),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/u)
      .describe('Country as two capital letters, like DE.')
      .optional(),
    status: z
      .enum(['active', 'on_hold', 'closed'])
      .describe('on_hold stops deliveries, closed ends the account.')
      .optional(),
  })
  .describe('The fields to change and their new values; fields left out stay as they are.');

export function addCustomerTools(add: AddTool): void {
  add({
    name: 'find_customer',
    description: 'Finds customers by a part of their name, contact person, e-mail address or city, or by id.',
    input: z.strictObject({
      query: z.string().trim().min(1).max(200).describe('What to look for, like «acme» or «88».'),
    }),
    annotations: { title: 'Find a customer', readOnlyHint: true, openWorldHint: false },
    run: (company, { query }) => {
      const { customers, total } = findCustomers(company, query);
      const lines = customers.map(
        ({ id, name, contact, email, city, country, status }) =>
          `${String(id)} ${name} · ${contact} · ${email} · ${city}, ${country} · ${status}`,
      );
      const heading =
        total === 0
          ? `No customer matches «${query}». Try a shorter part of the name.`
          : `${String(total)} customer${total === 1 ? '' : 's'} found${total > limit ? `, the first ${String(limit)}` : ''}:`;
      return {
        text: [heading, ...lines].join('\n'),
        structured: {
          customers: customers.map(({ id, name, contact, email, city, country, currency, status }) => ({
            id,
            name,
            contact,
            email,
            city,
            country,
            currency,
            status,
          })),
          total,
        },
      };
    },
  });

  add({
    name: 'get_customer',
    description: 'Shows one customer: address, balance and notes.',
    input: z.strictObject({ customer: customerId }),
    annotations: { title: 'Show a customer', readOnlyHint: true, openWorldHint: false },
    run: (company, { customer }) => showCustomer(company, getCustomer(company, customer)),
  });

  add({
    name: 'update_customer',
    description: 'Changes fields of one customer. Overwrites what was there.',
    input: z.strictObject({ customer: customerId, changes }),
    annotations: {
      title: 'Change a customer',
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: true,
    },
    run: (company, input) => {
      const columns = changedColumns(input.changes);
      const customer = company.write(() => {
        getCustomer(company, input.customer);
        const assignments = columns.map(([column]) => `${column} = ?`).join(', ');
        company.run(
          `UPDATE customers SET ${assignments} WHERE id = ?`,
          ...columns.map(([, value]) => value),
          input.customer,
        );
        company.recordEffect('crm/update_customer', input);
        return getCustomer(company, input.customer);
      });
      const changed = columns.map(([column]) => column);
      return {
        text: `Changed ${changed.join(', ')} of customer ${String(customer.id)} (${customer.name}).`,
        structured: { customer, changed },
        didWrite: true,
      };
    },
  });

  // No annotations, as many real servers leave them out.
  add({
    name: 'add_note',
    description: 'Adds a note to a customer. Notes cannot be changed or removed.',
    input: z.strictObject({
      customer: customerId,
      text: z.string().trim().min(1).max(2000).describe('The text of the note.'),
    }),
    run: (company, input) => {
      const at = company.now();
      const { customer, note } = company.write(() => {
        const found = getCustomer(company, input.customer);
        const { id } = company.run(
          'INSERT INTO notes (customer_id, text, at) VALUES (?, ?, ?)',
          input.customer,
          input.text,
          at,
        );
        company.recordEffect('crm/add_note', input);
        return { customer: found, note: id };
      });
      return {
        text: `Note ${String(note)} added to customer ${String(customer.id)} (${customer.name}).`,
        structured: { note: { id: note, customer: customer.id, text: input.text, at } },
        didWrite: true,
      };
    },
  });
}

function findCustomers(
  company: Company,
  query: string,
): { readonly customers: readonly Customer[]; readonly total: number } {
  const pattern = `%${query.replace(/[\\%_]/gu, (sign) => `\\${sign}`)}%`;
  const where =
    "WHERE name LIKE ?1 ESCAPE '\\' OR contact LIKE ?1 ESCAPE '\\' OR email LIKE ?1 ESCAPE '\\' OR city LIKE ?1 ESCAPE '\\' OR CAST(id AS TEXT) = ?2";
  const total = company.find(
    z.object({ total: z.number() }),
    `SELECT count(*) AS total FROM customers ${where}`,
    pattern,
    query,
  );
  const customers = company.all(
    customerRow,
    `SELECT * FROM customers ${where} ORDER BY CAST(id AS TEXT) = ?2 DESC, name LIMIT ${String(limit)}`,
    pattern,
    query,
  );
  return { customers, total: total?.total ?? 0 };
}

const accountRow = z.object({ invoiced: z.number(), outstanding: z.number(), credit: z.number() });
const noteRow = z.object({ id: z.number(), text: z.string(), at: z.string() });

function showCustomer(
  company: Company,
  customer: Customer,
): { text: string; structured: Record<string, unknown> } {
  const account = company.find(
    accountRow,
    `SELECT coalesce(sum(total_cents), 0) AS invoiced, coalesce(sum(outstanding_cents), 0) AS outstanding,
      (SELECT coalesce(sum(amount_cents), 0) FROM credits WHERE customer_id = ?1) AS credit
     FROM invoice_summary WHERE customer_id = ?1`,
    customer.id,
  );
  const notes = company.all(
    noteRow,
    'SELECT id, text, at FROM notes WHERE customer_id = ? ORDER BY id DESC LIMIT 20',
    customer.id,
  );
  const invoiced = formatCents(account?.invoiced ?? 0);
  const outstanding = formatCents(account?.outstanding ?? 0);
  const creditBalance = formatCents(account?.credit ?? 0);
  const text = [
    `Customer ${String(customer.id)}: ${customer.name}`,
    `${customer.contact} · ${customer.email} · ${customer.phone}`,
    `${customer.street}, ${customer.city}, ${customer.country} · ${customer.status} · since ${customer.since}`,
    `Invoiced ${invoiced} ${customer.currency}, outstanding ${outstanding}, credit ${creditBalance}`,
    ...notes.map((note) => `Note ${String(note.id)}, ${note.at.slice(0, 10)}: ${note.text}`),
  ].join('\n');
  return { text, structured: { customer: { ...customer, invoiced, outstanding, creditBalance, notes } } };
}

function changedColumns(given: z.output<typeof changes>): readonly (readonly [string, string])[] {
  // The keys are the strict schema's own, never the caller's, so they are safe as column names.
  const columns = Object.entries(given).flatMap(([column, value]) =>
    value === undefined ? [] : [[column, value] as const],
  );
  if (columns.length === 0) {
    throw new Refusal(
      'Nothing to change: give at least one of name, contact, email, phone, street, city, country, status in `changes`.',
    );
  }
  return columns;
}
