import { z } from 'zod';
import { customerId } from '../company/customer.ts';
import { Refusal } from '../company/refusal.ts';
import type { AddTool } from '../company/serve.ts';

const ticketRow = z.object({
  id: z.number(),
  customer: z.number(),
  customerName: z.string(),
  invoice: z.number().nullable(),
  subject: z.string(),
  status: z.string(),
  priority: z.string(),
  openedAt: z.string(),
});

export function addTicketTools(add: AddTool): void {
  add({
    name: 'get_ticket',
    description: 'Shows one support ticket and whom it is about.',
    input: z.strictObject({ ticket: z.int().positive().describe('Number of the ticket.') }),
    annotations: { readOnlyHint: true },
    run: (company, { ticket: id }) => {
      const ticket = company.find(
        ticketRow,
        `SELECT t.id, t.customer_id AS customer, c.name AS customerName, t.invoice_id AS invoice, t.subject, t.status, t.priority, t.opened_at AS openedAt
         FROM tickets t JOIN customers c ON c.id = t.customer_id WHERE t.id = ?`,
        id,
      );
      if (ticket === undefined) throw new Refusal(`There is no ticket ${String(id)}.`);
      return {
        text: [
          `Ticket ${String(id)}, ${ticket.openedAt}, ${ticket.status}, ${ticket.priority}`,
          `Customer ${String(ticket.customer)} · ${ticket.customerName}`,
          `Subject: ${ticket.subject}`,
          ...(ticket.invoice === null ? [] : [`Invoice ${String(ticket.invoice)}`]),
        ].join('\n'),
        structured: { ticket },
      };
    },
  });

  add({
    name: 'list_tickets',
    description: 'Lists support tickets, newest first.',
    input: z.strictObject({
      customer: customerId.optional(),
      status: z.enum(['open', 'pending', 'closed']).describe('Only tickets with this status.').optional(),
      limit: z.int().min(1).max(100).default(20).describe('How many at most.'),
    }),
    annotations: { readOnlyHint: true },
    run: (company, { customer, status, limit }) => {
      const where = 'WHERE (?1 IS NULL OR t.customer_id = ?1) AND (?2 IS NULL OR t.status = ?2)';
      const total = company.find(
        z.object({ total: z.number() }),
        `SELECT count(*) AS total FROM tickets t ${where}`,
        customer ?? null,
        status ?? null,
      );
      const tickets = company.all(
        ticketRow,
        `SELECT t.id, t.customer_id AS customer, c.name AS customerName, t.invoice_id AS invoice, t.subject, t.status, t.priority, t.opened_at AS openedAt
         FROM tickets t JOIN customers c ON c.id = t.customer_id ${where} ORDER BY t.opened_at DESC, t.id DESC LIMIT ?3`,
        customer ?? null,
        status ?? null,
        limit,
      );
      const lines = tickets.map(
        (ticket) =>
          `${String(ticket.id)} ${ticket.openedAt} ${ticket.status}, ${ticket.priority} · ${ticket.customerName} (${String(ticket.customer)}) · ${ticket.subject}`,
      );
      return {
        text: [
          `${String(total?.total ?? 0)} ticket${total?.total === 1 ? '' : 's'}${(total?.total ?? 0) > tickets.length ? `, the newest ${String(tickets.length)}` : ''}:`,
          ...lines,
        ].join('\n'),
        structured: { tickets, total: total?.total ?? 0 },
      };
    },
  });
}
