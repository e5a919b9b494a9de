/** A customer's record: show it, change it, note something on it, list its tickets. */
import { capital } from '../../../core/capital.ts';
import { findSubject, named, open } from '../intent.ts';
import type { Intent } from '../intent.ts';
import { lookUpCustomer, readCustomer } from '../look-up.ts';
import type { Customer } from '../look-up.ts';
import { tellPlainList } from '../read-lines.ts';
import { listAt, numberAt, textAt } from '../read-result.ts';
import { callTool } from '../script.ts';
import { tellFailure, tellLines, tellRecord, tellText } from '../tell.ts';
import type { Wish } from '../wish.ts';

export const showCustomer: Intent = function* (wish, scene) {
  const query = wish.customer ?? wish.email;
  const first =
    query === undefined ? yield* findSubject(wish, scene, 'to look up') : yield* lookUpCustomer(query);
  if (first.kind === 'stopped') return open(first.text);
  const whole =
    textAt(first.found.record, 'phone') === undefined ? yield* readCustomer(first.found.id) : first;
  const customer = whole.kind === 'found' ? whole.found : first.found;
  return { text: tellCustomer(customer), state: 'done', customer };
};

function tellCustomer(customer: Customer): string {
  const { record } = customer;
  if (record === undefined) return tellText(customer.text);
  const currency = textAt(record, 'currency') ?? '';
  const fact = (label: string, value: string | undefined): readonly string[] =>
    value === undefined || value === '' ? [] : [`${label}: ${value}`];
  const lines = [
    ...fact('Contact', textAt(record, 'contact')),
    ...fact('E-mail', textAt(record, 'email')),
    ...fact('Phone', textAt(record, 'phone')),
    ...fact('Address', tellRecord(record, ['street', 'city', 'country']).replaceAll(' · ', ', ')),
    ...fact('Status', textAt(record, 'status')),
    ...fact('Invoiced', withCurrency(textAt(record, 'invoiced'), currency)),
    ...fact('Outstanding', withCurrency(textAt(record, 'outstanding'), currency)),
    ...fact('Credit balance', withCurrency(textAt(record, 'creditBalance'), currency)),
    ...(listAt(record, 'notes') ?? [])
      .slice(0, 3)
      .flatMap((note) => fact('Note', textAt(note, 'text')?.slice(0, 200))),
  ];
  return `${named(customer)}\n${lines.map((line) => `- ${line}`).join('\n')}`;
}

function withCurrency(value: string | undefined, currency: string): string | undefined {
  return value === undefined ? undefined : `${value} ${currency}`.trim();
}

const fieldNames = {
  email: 'e-mail address',
  phone: 'phone number',
  address: 'address',
  name: 'name',
  contact: 'contact',
} as const;

export const updateCustomer: Intent = function* (wish, scene) {
  if (wish.field === undefined)
    return open(
      'What shall I change: the e-mail address, the phone number, the address, the name or the contact?',
    );
  const label = fieldNames[wish.field];
  if (wish.customer === undefined && scene.customer === undefined && (wish.invoices?.length ?? 0) === 0) {
    return open(`Whose ${label} shall I change? For example: «change the ${label} of Acme to …».`);
  }
  const customer = yield* findSubject(wish, scene, 'to change');
  if (customer.kind === 'stopped') return open(customer.text);
  const { id, name } = customer.found;
  const changes = readChanges(wish);
  if (changes === undefined) return open(`What is the new ${label} of ${named(customer.found)}?`);
  const reading = yield* callTool(`I propose to change the ${label} of ${name}.`, {
    tool: 'crm/update_customer',
    args: { customer: id, changes },
    effect: 'write',
  });
  if (reading.kind !== 'answered') {
    const text = tellFailure(reading, {
      what: `the change of the ${label} of ${name}`,
      nothing: 'Nothing is changed.',
      customer: String(id),
    });
    return {
      text,
      state: reading.kind === 'unknown-outcome' ? 'unknown' : 'not-done',
      customer: customer.found,
    };
  }
  const value = Object.values(changes).join(', ');
  const did = `we have changed the ${label} in your record to ${value}`;
  return {
    text: `The ${label} of ${named(customer.found)} is ${value}.`,
    state: 'done',
    did,
    customer: customer.found,
  };
};

/** «Hafenstr. 1, Hamburg, DE» is a street, a city and a country. */
function readChanges(wish: Wish): Readonly<Record<string, string>> | undefined {
  const value = wish.value?.trim();
  if (value === undefined || value === '' || wish.field === undefined) return undefined;
  if (wish.field === 'email') return /^\S{1,64}@\S{3,190}$/u.test(value) ? { email: value } : undefined;
  if (wish.field !== 'address') return { [wish.field]: value };
  const [street = value, city, country] = value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const code = country !== undefined && /^[A-Za-z]{2}$/u.test(country) ? country.toUpperCase() : undefined;
  return {
    street,
    ...(city === undefined ? {} : { city }),
    ...(code === undefined ? {} : { country: code }),
  };
}

export const addNote: Intent = function* (wish, scene) {
  if (wish.customer === undefined && scene.customer === undefined && (wish.invoices?.length ?? 0) === 0) {
    return open(
      'On which customer shall I note that? For example: «add a note to Acme: prefers calls in the morning».',
    );
  }
  const customer = yield* findSubject(wish, scene, 'to note something on');
  if (customer.kind === 'stopped') return open(customer.text);
  const { id, name } = customer.found;
  const text = wish.content?.text ?? scene.did;
  if (text === undefined) return open(`What shall I note on ${named(customer.found)}?`);
  const note = capital(text).slice(0, 2000);
  const reading = yield* callTool(`I propose a note on ${name}.`, {
    tool: 'crm/add_note',
    args: { customer: id, text: note },
    effect: 'write',
  });
  if (reading.kind !== 'answered') {
    const told = tellFailure(reading, {
      what: `the note on ${name}`,
      nothing: 'Nothing is noted.',
      customer: String(id),
    });
    return {
      text: told,
      state: reading.kind === 'unknown-outcome' ? 'unknown' : 'not-done',
      customer: customer.found,
    };
  }
  return {
    text: `The note is on ${named(customer.found)}: «${note.slice(0, 300)}»`,
    state: 'done',
    customer: customer.found,
  };
};

export const listTickets: Intent = function* (wish, scene) {
  const isOne =
    wish.customer !== undefined ||
    (wish.points === true && (scene.customer !== undefined || (wish.invoices?.length ?? 0) > 0));
  const subject = isOne ? yield* findSubject(wish, scene, 'to list tickets of') : undefined;
  if (subject?.kind === 'stopped') return open(subject.text);
  const customer = subject?.found;
  const whose = customer === undefined ? '' : ` of ${customer.name}`;
  const status = /\bopen\b/iu.test(wish.words)
    ? 'open'
    : /\bclosed\b/iu.test(wish.words)
      ? 'closed'
      : /\bpending\b/iu.test(wish.words)
        ? 'pending'
        : undefined;
  const reading = yield* callTool(`I list the tickets${whose}.`, {
    tool: 'crm/list_tickets',
    args: { customer: customer?.id, status },
    effect: 'read',
  });
  if (reading.kind !== 'answered')
    return open(
      tellFailure(reading, { what: `the list of tickets${whose}`, nothing: 'Nothing is changed.' }),
    );
  const tickets = listAt(reading.data, 'tickets');
  if (tickets === undefined) {
    return {
      text: tellPlainList(reading.text, customer === undefined ? undefined : named(customer)),
      state: 'done',
      customer,
    };
  }
  const owner = customer === undefined ? '' : ` of ${named(customer)}`;
  const sort = status === undefined ? '' : `${status} `;
  if (tickets.length === 0) return { text: `There are no ${sort}tickets${owner}.`, state: 'done', customer };
  const lines = tickets.map((one) =>
    tellRecord(one, [
      'id',
      ...(customer === undefined ? ['customerName'] : []),
      'subject',
      'status',
      'priority',
      'openedAt',
    ]),
  );
  const total = numberAt(reading.data, 'total') ?? tickets.length;
  return {
    text: `${String(total)} ${sort}${total === 1 ? 'ticket' : 'tickets'}${owner}:\n${tellLines(lines, total)}`,
    state: 'done',
    customer,
  };
};
