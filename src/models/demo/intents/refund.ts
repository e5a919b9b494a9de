/** Refunds and credits: everything is looked up before a sum is proposed. */
import { tellMoney } from '../amounts.ts';
import { findSubject, invoiceNamed, named, open } from '../intent.ts';
import type { Intent, Outcome, Scene } from '../intent.ts';
import {
  askCustomer,
  askInvoice,
  chooseCustomer,
  chooseInvoice,
  lookUpCustomer,
  nameOf,
} from '../look-up.ts';
import type { Customer, Invoice, LookUp } from '../look-up.ts';
import { readInvoiceList } from '../read-lines.ts';
import { numberAt, textAt } from '../read-result.ts';
import { callTool, callTools } from '../script.ts';
import type { Script } from '../script.ts';
import { tellFailure, tellLines, tellRecord, tellText } from '../tell.ts';
import type { AmountWish, Wish } from '../wish.ts';

const noReason = 'requested in the thread';

export const refund: Intent = function* (wish, scene) {
  if (wish.isTooLate === true) return open(tooLate(wish));
  const ids = wish.invoices ?? [];
  if (ids.length > 1) return open(`I refund one invoice at a time. Which one first: ${ids.join(', ')}?`);
  const facts = ids[0] === undefined ? yield* chooseRefundable(wish) : yield* gather(ids[0], wish.customer);
  if (facts.kind === 'stopped') return open(facts.text);
  const { invoice } = facts.found;

  const sum = settleAmount(wish.amount, invoice);
  if (sum.kind === 'stopped') return open(sum.text);
  return yield* propose(wish, invoice, sum.found, scene);
};

interface Facts {
  readonly invoice: Invoice;
}

function* gather(id: string, customer: string | undefined): Script<LookUp<Facts>> {
  const asks = [...(customer === undefined ? [] : [askCustomer(customer)]), askInvoice(id)];
  const who = customer === undefined ? '' : `${nameOf(customer)} and `;
  const readings = yield* callTools(`I look up ${who}invoice ${id}.`, asks);
  const last = readings.at(-1);
  const invoice = last === undefined ? undefined : chooseInvoice(id, last);
  if (invoice === undefined) return { kind: 'stopped', text: `I cannot read invoice ${id}.` };
  if (invoice.kind === 'stopped') return invoice;
  const mismatch =
    customer === undefined || readings[0] === undefined
      ? undefined
      : otherOwner(customer, chooseCustomer(customer, readings[0]), invoice.found);
  return mismatch === undefined
    ? { kind: 'found', found: { invoice: invoice.found } }
    : { kind: 'stopped', text: mismatch };
}

function otherOwner(name: string, customer: LookUp<Customer>, invoice: Invoice): string | undefined {
  const owner = invoice.customerName?.toLowerCase();
  // Several customers may fit the name; the invoice says which one is meant.
  if (owner?.includes(name.toLowerCase()) === true) return undefined;
  if (customer.kind === 'stopped') return customer.text;
  if (invoice.customer === undefined || customer.found.id === invoice.customer) return undefined;
  return `Invoice ${invoice.id} belongs to ${invoice.customerName ?? `customer ${String(invoice.customer)}`}, not to ${customer.found.name}. I refund nothing. Check the invoice number or the name.`;
}

/** Without an invoice number: the customer's only paid invoice, or a question which one. */
function* chooseRefundable(wish: Wish): Script<LookUp<Facts>> {
  if (wish.customer === undefined) {
    return {
      kind: 'stopped',
      text: 'Which invoice shall I refund? For example: «refund invoice 1042, 120 dollars, broken on arrival».',
    };
  }
  const customer = yield* lookUpCustomer(wish.customer);
  if (customer.kind === 'stopped') return customer;
  const { id, name } = customer.found;
  const reading = yield* callTool(`I look for the paid invoices of ${name}.`, {
    tool: 'billing/list_invoices',
    args: { customer: id, status: 'paid' },
    effect: 'read',
  });
  if (reading.kind !== 'answered') {
    return {
      kind: 'stopped',
      text: tellFailure(reading, {
        what: `listing the invoices of ${name}`,
        nothing: 'Nothing is refunded.',
      }),
    };
  }
  const list = readInvoiceList(reading.data, reading.text);
  if (list === undefined)
    return { kind: 'stopped', text: `Which invoice of ${name} shall I refund?\n${tellText(reading.text)}` };
  const { invoices, total } = list;
  if (invoices.length === 0)
    return { kind: 'stopped', text: `${name} has no paid invoice, so there is nothing to refund.` };
  const only = invoices.length === 1 ? textAt(invoices[0], 'id') : undefined;
  if (only !== undefined) return yield* gather(only, undefined);
  const lines = invoices.map((one) => tellRecord(one, ['id', 'total', 'currency', 'status', 'dueAt']));
  return {
    kind: 'stopped',
    text: `Which invoice of ${name} shall I refund?\n${tellLines(lines, total)}`,
  };
}

function settleAmount(amount: AmountWish | undefined, invoice: Invoice): LookUp<number> {
  const { refundable, currency } = invoice;
  const what = invoiceNamed(invoice);
  const money = (value: number): string => tellMoney(value, currency);
  const stopped = (text: string): LookUp<number> => ({ kind: 'stopped', text });
  if (refundable === 0)
    return stopped(`Nothing is left to refund on ${what}: its status is ${invoice.status ?? 'not known'}.`);
  if (amount === undefined) {
    const left = refundable === undefined ? '' : ` ${money(refundable)} can be refunded.`;
    return stopped(`How much of ${what} shall I refund?${left} Say an amount, or «in full».`);
  }
  if (
    amount.kind === 'sum' &&
    amount.currency !== undefined &&
    currency !== undefined &&
    amount.currency !== currency
  ) {
    return stopped(
      `Invoice ${invoice.id} is in ${currency}, not in ${amount.currency}. Which amount in ${currency} shall I refund?`,
    );
  }
  const base = amount.kind === 'share' ? invoice.total : refundable;
  const value =
    amount.kind === 'sum'
      ? amount.value
      : base === undefined
        ? undefined
        : Math.round(amount.kind === 'share' ? base * amount.percent : base * 100) / 100;
  if (value === undefined)
    return stopped(`I cannot tell how much of ${what} is left. Which amount shall I refund?`);
  if (value <= 0) return stopped(`A refund needs an amount above zero. How much of ${what} shall I refund?`);
  if (refundable !== undefined && value > refundable) {
    return stopped(
      `${money(value)} is more than is left on ${what}: ${money(refundable)} can be refunded. Say «make it ${refundable.toFixed(2)}», or another amount.`,
    );
  }
  return { kind: 'found', found: value };
}

function* propose(wish: Wish, invoice: Invoice, value: number, scene: Scene): Script<Outcome> {
  const money = tellMoney(value, invoice.currency);
  const what = `the refund of ${money} on invoice ${invoice.id}`;
  const reading = yield* callTool(`I propose to refund ${money} on ${invoiceNamed(invoice)}.`, {
    tool: 'billing/refund',
    args: {
      invoice: Number(invoice.id),
      amount: value,
      reason: wish.reason ?? noReason,
      currency: invoice.currency,
    },
    effect: 'write',
  });
  const customer = ownerOf(invoice);
  if (reading.kind !== 'answered') {
    const text = tellFailure(reading, {
      what,
      nothing: 'Nothing is refunded.',
      customer: invoice.customer?.toString(),
    });
    return { text, state: reading.kind === 'unknown-outcome' ? 'unknown' : 'not-done', customer };
  }
  // An approver may have edited the amount, so the receipt tells what happened, not the proposal.
  const receipt = textAt(reading.data, 'receipt') ?? /\breceipt (R-\d{1,9})/u.exec(reading.text)?.[1];
  const real = textAt(reading.data, 'amount') ?? /^Refunded ([\d.]{1,20}\d)/u.exec(reading.text)?.[1];
  const ran = tellMoney(
    real === undefined ? value : Number(real),
    textAt(reading.data, 'currency') ?? invoice.currency,
  );
  const left =
    textAt(reading.data, 'remaining') ?? /([\d.]{1,20}\d) [A-Z]{3} can still/u.exec(reading.text)?.[1];
  const sentences = [
    `${ran} is refunded on ${invoiceNamed(invoice)}${receipt === undefined ? '.' : `, receipt ${receipt}.`}`,
    ...(left === undefined || Number(left) === 0
      ? []
      : [`${tellMoney(Number(left), invoice.currency)} can still be refunded.`]),
    ...(scene.later.includes('send-mail')
      ? []
      : ['Say «mail the customer about the refund» and I write to them.']),
  ];
  const did = `we have refunded ${ran} on invoice ${invoice.id}${receipt === undefined ? '' : ` (receipt ${receipt})`}`;
  return { text: sentences.join(' '), state: 'done', did, customer };
}

function ownerOf(invoice: Invoice): Customer | undefined {
  if (invoice.customer === undefined || invoice.customerName === undefined) return undefined;
  return {
    id: invoice.customer,
    name: invoice.customerName,
    contact: undefined,
    email: undefined,
    record: undefined,
    text: '',
  };
}

function tooLate(wish: Wish): string {
  const done = wish.kind === 'credit' ? 'credited' : 'refunded';
  return `The earlier amount is ${done} already, and I cannot take it back. To ${wish.kind} more, say it as an order of its own with its amount.`;
}

export const credit: Intent = function* (wish, scene) {
  if (wish.isTooLate === true) return open(tooLate(wish));
  const customer = yield* findSubject(wish, scene, 'to credit');
  if (customer.kind === 'stopped') return open(customer.text);
  const { id } = customer.found;
  if (wish.amount?.kind !== 'sum')
    return open(
      `How much shall I credit to ${named(customer.found)}? Say an amount, for example «50 dollars».`,
    );
  if (wish.amount.value <= 0) return open('A credit needs an amount above zero.');
  const currency = textAt(customer.found.record, 'currency') ?? wish.amount.currency;
  if (wish.amount.currency !== undefined && currency !== undefined && wish.amount.currency !== currency) {
    return open(
      `${named(customer.found)} is billed in ${currency}, not in ${wish.amount.currency}. Which amount in ${currency} shall I credit?`,
    );
  }
  const money = tellMoney(wish.amount.value, currency);
  const reading = yield* callTool(`I propose to credit ${money} to ${customer.found.name}.`, {
    tool: 'billing/credit',
    args: { customer: id, amount: wish.amount.value, reason: wish.reason ?? noReason, currency },
    effect: 'write',
  });
  if (reading.kind !== 'answered') {
    const text = tellFailure(reading, {
      what: `the credit of ${money} to ${customer.found.name}`,
      nothing: 'Nothing is credited.',
      customer: String(id),
    });
    return {
      text,
      state: reading.kind === 'unknown-outcome' ? 'unknown' : 'not-done',
      customer: customer.found,
    };
  }
  const number = textAt(reading.data, 'credit') ?? /\bC-\d{1,9}\b/u.exec(reading.text)?.[0];
  const ran = tellMoney(
    numberAt(reading.data, 'amount') ?? wish.amount.value,
    textAt(reading.data, 'currency') ?? currency,
  );
  const balance = textAt(reading.data, 'balance') ?? /\bbalance ([\d.]{1,20}\d)/u.exec(reading.text)?.[1];
  const text = `${ran} is credited to ${named(customer.found)}${number === undefined ? '' : `, credit ${number}`}.${balance === undefined ? '' : ` The credit balance is ${tellMoney(Number(balance), currency)}.`}`;
  return { text, state: 'done', did: `we have credited ${ran} to your account`, customer: customer.found };
};
