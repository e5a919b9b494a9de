/** Reading the books: one invoice, lists of them, payments, and what is owed. */
import type { JsonObject } from '../../../core/json.ts';
import { tellMoney } from '../amounts.ts';
import { findSubject, invoiceNamed, named, open } from '../intent.ts';
import type { Intent, Outcome, Scene } from '../intent.ts';
import { askInvoice, chooseInvoice } from '../look-up.ts';
import type { Customer, Invoice, LookUp } from '../look-up.ts';
import { readInvoiceList, tellPlainList } from '../read-lines.ts';
import { listAt, numberAt, textAt } from '../read-result.ts';
import { callTool, callTools } from '../script.ts';
import type { Ask, Script } from '../script.ts';
import { tellFailure, tellLines, tellRecord, tellText } from '../tell.ts';
import type { Wish } from '../wish.ts';

export const showInvoice: Intent = function* (wish) {
  const ids = wish.invoices ?? [];
  if (ids.length === 0)
    return open('Which invoice shall I show? Give me its number, for example «show invoice 1042».');
  const readings = yield* callTools(
    `I read ${ids.length === 1 ? 'invoice' : 'invoices'} ${ids.join(', ')}.`,
    ids.map(askInvoice),
  );
  const texts = readings.map((reading, index) => {
    const found = chooseInvoice(ids[index] ?? '', reading);
    return found.kind === 'stopped' ? found.text : tellInvoice(found.found);
  });
  return { text: texts.join('\n\n'), state: 'done' };
};

function tellInvoice(invoice: Invoice): string {
  const { record, currency } = invoice;
  if (record === undefined) return tellText(invoice.text);
  const money = (key: string): string => tellMoney(numberAt(record, key) ?? 0, currency);
  const owner = invoice.customer === undefined ? '' : ` (customer ${String(invoice.customer)})`;
  const due = textAt(record, 'dueAt');
  const lines = [
    `Paid ${money('paid')}, refunded ${money('refunded')}, outstanding ${money('outstanding')}${due === undefined ? '' : `, due ${due}`}`,
    ...(invoice.refundable === undefined
      ? []
      : [`Can be refunded: ${tellMoney(invoice.refundable, currency)}`]),
    ...(listAt(record, 'lines') ?? []).map(
      (line) =>
        `${textAt(line, 'quantity') ?? '1'} × ${textAt(line, 'description') ?? 'item'}: ${tellMoney(numberAt(line, 'amount') ?? 0, currency)}`,
    ),
    ...(listAt(record, 'refunds') ?? []).map(
      (one) =>
        `Refund ${textAt(one, 'receipt') ?? ''}: ${tellMoney(numberAt(one, 'amount') ?? 0, currency)}, ${textAt(one, 'reason') ?? ''}`,
    ),
  ];
  return `${invoiceNamed(invoice).replace('invoice', 'Invoice')}${owner}: ${tellMoney(invoice.total ?? 0, currency)}, ${invoice.status ?? ''}\n${tellLines(lines)}`;
}

function askList(status: string | undefined, customer: number | undefined): Ask {
  return { tool: 'billing/list_invoices', args: { customer, status, limit: 100 }, effect: 'read' };
}

/** Overdue invoices are unpaid too, so «open» means both. */
function statuses(status: Wish['status']): readonly (string | undefined)[] {
  return status === 'open' ? ['open', 'overdue'] : [status];
}

function* whose(wish: Wish, scene: Scene): Script<LookUp<Customer | undefined>> {
  const isOne =
    wish.customer !== undefined ||
    (wish.points === true && ((wish.invoices?.length ?? 0) > 0 || scene.customer !== undefined));
  return isOne ? yield* findSubject(wish, scene, 'to list invoices of') : { kind: 'found', found: undefined };
}

interface List {
  readonly invoices: readonly JsonObject[] | undefined;
  readonly total: number;
  readonly text: string;
}

function* readList(status: Wish['status'], customer: Customer | undefined): Script<LookUp<List>> {
  const of = customer === undefined ? '' : ` of ${customer.name}`;
  const sort = status === undefined ? '' : `${status} `;
  const readings = yield* callTools(
    `I list the ${sort}invoices${of}.`,
    statuses(status).map((one) => askList(one, customer?.id)),
  );
  let invoices: readonly JsonObject[] | undefined = [];
  let total = 0;
  const texts: string[] = [];
  for (const reading of readings) {
    if (reading.kind !== 'answered') {
      return {
        kind: 'stopped',
        text: tellFailure(reading, { what: `the list of invoices${of}`, nothing: 'Nothing is changed.' }),
      };
    }
    const some = readInvoiceList(reading.data, reading.text);
    invoices = invoices === undefined || some === undefined ? undefined : [...invoices, ...some.invoices];
    total += some?.total ?? 0;
    texts.push(tellText(reading.text));
  }
  return { kind: 'found', found: { invoices, total, text: texts.join('\n') } };
}

export const listInvoices: Intent = function* (wish, scene): Script<Outcome> {
  const subject = yield* whose(wish, scene);
  if (subject.kind === 'stopped') return open(subject.text);
  const customer = subject.found;
  const list = yield* readList(wish.status, customer);
  if (list.kind === 'stopped') return open(list.text);
  const { invoices, total, text } = list.found;
  if (invoices === undefined) return { text, state: 'done', customer };
  const sort = wish.status === undefined ? '' : `${wish.status} `;
  const of = customer === undefined ? '' : ` of ${named(customer)}`;
  if (invoices.length === 0) return { text: `There are no ${sort}invoices${of}.`, state: 'done', customer };
  const lines = invoices.map((one) => tellListed(one, customer === undefined));
  return {
    text: `${String(total)} ${sort}${total === 1 ? 'invoice' : 'invoices'}${of}:\n${tellLines(lines, total)}`,
    state: 'done',
    customer,
  };
};

function tellListed(one: JsonObject, withCustomer: boolean): string {
  const late = numberAt(one, 'daysOverdue') ?? 0;
  const money = tellMoney(numberAt(one, 'total') ?? 0, textAt(one, 'currency'));
  const name = withCustomer ? ` · ${textAt(one, 'customerName') ?? ''}` : '';
  const due = textAt(one, 'dueAt');
  return `${textAt(one, 'id') ?? ''}${name} · ${money} · ${textAt(one, 'status') ?? ''}${due === undefined ? '' : ` · due ${due}`}${late > 0 ? ` · ${String(late)} days late` : ''}`;
}

export const owed: Intent = function* (wish, scene): Script<Outcome> {
  const subject = yield* whose(wish, scene);
  if (subject.kind === 'stopped') return open(subject.text);
  const customer = subject.found;
  const list = yield* readList(wish.status === 'overdue' ? 'overdue' : 'open', customer);
  if (list.kind === 'stopped') return open(list.text);
  const { invoices, text } = list.found;
  if (invoices === undefined) return { text, state: 'done', customer };
  const who = customer === undefined ? 'All customers together owe' : `${named(customer)} owes`;
  const sums = new Map<string, number>();
  for (const one of invoices) {
    const currency = textAt(one, 'currency') ?? '';
    // In cents, so that sums of many amounts stay exact.
    sums.set(currency, (sums.get(currency) ?? 0) + Math.round((numberAt(one, 'outstanding') ?? 0) * 100));
  }
  if (sums.size === 0) return { text: `${who} nothing.`, state: 'done', customer };
  const total = [...sums].map(([currency, cents]) => tellMoney(cents / 100, currency)).join(' and ');
  const count = `${String(invoices.length)} ${invoices.length === 1 ? 'invoice' : 'invoices'}`;
  const sort = wish.status === 'overdue' ? 'overdue' : 'unpaid';
  return {
    text: `${who} ${total} on ${count}, ${sort}:\n${tellLines(invoices.map((one) => tellListed(one, customer === undefined)))}`,
    state: 'done',
    customer,
  };
};

export const listPayments: Intent = function* (wish) {
  const id = wish.invoices?.[0];
  if (id === undefined) return open('Of which invoice? For example: «payments of invoice 1042».');
  const reading = yield* callTool(`I list the payments of invoice ${id}.`, {
    tool: 'billing/list_payments',
    args: { invoice: Number(id) },
    effect: 'read',
  });
  if (reading.kind !== 'answered')
    return open(
      tellFailure(reading, { what: `the list of payments of invoice ${id}`, nothing: 'Nothing is changed.' }),
    );
  const payments = listAt(reading.data, 'payments');
  if (payments === undefined) return { text: tellPlainList(reading.text, undefined), state: 'done' };
  if (payments.length === 0) return { text: `Invoice ${id} has no payments.`, state: 'done' };
  const lines = payments.map(
    (one) =>
      `${tellMoney(numberAt(one, 'amount') ?? 0, textAt(one, 'currency'))} · ${tellRecord(one, ['method', 'paidAt'])}`,
  );
  const sum = tellMoney(numberAt(reading.data, 'total') ?? 0, textAt(payments[0], 'currency'));
  return { text: `Invoice ${id}: ${sum} paid.\n${tellLines(lines)}`, state: 'done' };
};
