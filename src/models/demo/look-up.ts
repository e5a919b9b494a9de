/** Looking up the customer and the invoice that a wish speaks of. */
import type { JsonObject } from '../../core/json.ts';
import { listAt, numberAt, objectAt, textAt } from './read-result.ts';
import type { Reading } from './read-result.ts';
import { callTool } from './script.ts';
import type { Ask, Script } from './script.ts';
import { tellFailure, tellLines } from './tell.ts';

export interface Customer {
  readonly id: number;
  readonly name: string;
  readonly contact: string | undefined;
  readonly email: string | undefined;
  readonly record: JsonObject | undefined;
  readonly text: string;
}

export interface Invoice {
  readonly id: string;
  readonly customer: number | undefined;
  readonly customerName: string | undefined;
  readonly status: string | undefined;
  readonly total: number | undefined;
  readonly currency: string | undefined;
  readonly refundable: number | undefined;
  readonly record: JsonObject | undefined;
  readonly text: string;
}

export type LookUp<Found> =
  { readonly kind: 'found'; readonly found: Found } | { readonly kind: 'stopped'; readonly text: string };

export function askCustomer(name: string): Ask {
  return /^\d{1,9}$/u.test(name)
    ? { tool: 'crm/get_customer', args: { customer: Number(name) }, effect: 'read' }
    : { tool: 'crm/find_customer', args: { query: name.slice(0, 200) }, effect: 'read' };
}

export function askInvoice(id: string): Ask {
  return { tool: 'billing/get_invoice', args: { invoice: Number(id) }, effect: 'read' };
}

export function* lookUpCustomer(name: string): Script<LookUp<Customer>> {
  return chooseCustomer(name, yield* callTool(`I look up ${nameOf(name)}.`, askCustomer(name)));
}

export function nameOf(name: string): string {
  return /^\d+$/u.test(name) ? `customer ${name}` : name;
}

/** The whole record, with what a search leaves out. */
export function* readCustomer(id: number): Script<LookUp<Customer>> {
  const name = String(id);
  return chooseCustomer(name, yield* callTool(`I read customer ${name}.`, askCustomer(name)));
}

export function chooseCustomer(name: string, reading: Reading): LookUp<Customer> {
  if (reading.kind !== 'answered') {
    return {
      kind: 'stopped',
      text: tellFailure(reading, { what: `looking up ${nameOf(name)}`, nothing: 'Nothing is changed.' }),
    };
  }
  const found = readCustomers(reading.data, reading.text);
  const exact = found.filter((one) => one.name.toLowerCase() === name.toLowerCase());
  const [only] = exact.length === 1 ? exact : found;
  if (only === undefined)
    return {
      kind: 'stopped',
      text: `I find no customer «${name}». Check the name, or give me the customer's number.`,
    };
  if (found.length > 1 && exact.length !== 1) {
    const lines = found.map(
      (one) => `customer ${String(one.id)} · ${one.name}${one.email === undefined ? '' : ` · ${one.email}`}`,
    );
    return {
      kind: 'stopped',
      text: `Several customers fit «${name}». Which one do you mean?\n${tellLines(lines)}`,
    };
  }
  return { kind: 'found', found: only };
}

function readCustomers(data: JsonObject | undefined, text: string): readonly Customer[] {
  const one = objectAt(data, 'customer');
  const records = listAt(data, 'customers') ?? (one === undefined ? undefined : [one]);
  if (records !== undefined) {
    return records.flatMap((record) => {
      const id = numberAt(record, 'id');
      const name = textAt(record, 'name');
      if (id === undefined || name === undefined) return [];
      return [{ id, name, contact: textAt(record, 'contact'), email: textAt(record, 'email'), record, text }];
    });
  }
  const whole = /^Customer (\d{1,9}): ([^\n·]{1,200})/u.exec(text);
  if (whole !== null) {
    const email = /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}/u.exec(text)?.[0];
    return [
      {
        id: Number(whole[1]),
        name: (whole[2] ?? '').trim(),
        contact: undefined,
        email,
        record: undefined,
        text,
      },
    ];
  }
  return [...text.matchAll(/^(\d{1,9}) ([^·\n]{1,200}) · ([^·\n]{1,200}) · ([^·\s]{3,200})/gmu)].map(
    (match) => ({
      id: Number(match[1]),
      name: (match[2] ?? '').trim(),
      contact: match[3]?.trim(),
      email: match[4],
      record: undefined,
      text,
    }),
  );
}

export function* lookUpInvoice(id: string): Script<LookUp<Invoice>> {
  return chooseInvoice(id, yield* callTool(`I read invoice ${id}.`, askInvoice(id)));
}

export function chooseInvoice(id: string, reading: Reading): LookUp<Invoice> {
  if (reading.kind !== 'answered') {
    return {
      kind: 'stopped',
      text: tellFailure(reading, { what: `reading invoice ${id}`, nothing: 'Nothing is changed.' }),
    };
  }
  const record =
    objectAt(reading.data, 'invoice') ??
    (textAt(reading.data, 'total') === undefined ? undefined : reading.data);
  const { text } = reading;
  if (record !== undefined) {
    return {
      kind: 'found',
      found: {
        id: textAt(record, 'id') ?? id,
        customer: numberAt(record, 'customer'),
        customerName: textAt(record, 'customerName'),
        status: textAt(record, 'status'),
        total: numberAt(record, 'total'),
        currency: textAt(record, 'currency'),
        refundable: numberAt(record, 'refundable'),
        record,
        text,
      },
    };
  }
  const head =
    /^Invoice (\d{1,9}) for ([^\n]{1,200}?) \(customer (\d{1,9})\): ([\d.]{1,20}) ([A-Z]{3}), (\w{1,20})/u.exec(
      text,
    );
  const left = /\brefundable ([\d.]{1,20}\d)/u.exec(text)?.[1];
  return {
    kind: 'found',
    found: {
      id,
      customer: head === null ? undefined : Number(head[3]),
      customerName: head?.[2],
      status: head?.[6],
      total: head === null ? undefined : Number(head[4]),
      currency: head?.[5],
      refundable: left === undefined ? undefined : Number(left),
      record: undefined,
      text,
    },
  };
}
