import { describe, expect, it } from '@jest/globals';
import { companyTools } from './company.ts';
import { bot, play, user } from './talk.ts';
import type { Scenario } from './talk.ts';

const smallPrint = '\n\n*demonstration model, no AI*';
const order = 'refund invoice 1042 of Acme, 120 dollars, it arrived broken';
const refundCall = [
  'billing__refund',
  { invoice: 1042, amount: 120, reason: 'it arrived broken', currency: 'USD' },
];

function verdict(name: string, content: string, isError = true): Pick<Scenario, 'reply'> {
  return { reply: (called) => (called === name ? { content, isError } : undefined) };
}

describe.each(['json', 'text'] as const)('given a refund, with tool results as %s', (form) => {
  it('when it is complete, then customer and invoice are read before the refund is proposed', async () => {
    const { steps, says, text } = await play(order, { form });

    expect(says[0]).toBe('I look up Acme and invoice 1042.');
    expect(says[1]).toBe('I propose to refund 120.00 USD on invoice 1042 of Acme GmbH.');
    expect(steps[1]).toEqual([refundCall]);
    expect(text).toBe(
      `120.00 USD is refunded on invoice 1042 of Acme GmbH, receipt R-5521. 360.00 USD can still be refunded. Say «mail the customer about the refund» and I write to them.${smallPrint}`,
    );
  });

  it('when the customer is to be written to as well, then the mail follows the refund and tells of it', async () => {
    const { calls } = await play('refund invoice 1042 120 dollars and mail the customer', { form });

    expect(calls.map(([name]) => name)).toEqual([
      'billing__get_invoice',
      'billing__refund',
      'crm__get_customer',
      'mail__send',
    ]);
    const mail = calls[3]?.[1];
    expect(mail?.['to']).toBe('greta.vogel@acme.example');
    expect(mail?.['subject']).toBe('Your refund on invoice 1042');
    expect(mail?.['body']).toContain('We have refunded 120.00 USD on invoice 1042 (receipt R-5521).');
  });
});

describe('given tools that answer in plain lines', () => {
  it.each([
    [
      'refund Acme 50 dollars because the box was wet',
      '50.00 USD is refunded on invoice 1042 of Acme GmbH, receipt R-5521.',
    ],
    [
      'how much does Blue Harbor Coffee owe us?',
      'Blue Harbor Coffee (customer 91) owes 299.30 USD on 2 invoices, unpaid:',
    ],
    ['list overdue invoices', '- 1050 · Blue Harbor Coffee · 210.10 USD · overdue · due 2026-10-01'],
    [
      'paid invoices of Blue Harbor Coffee',
      'There are no paid invoices of Blue Harbor Coffee (customer 91).',
    ],
    ['open tickets of Acme', 'Acme GmbH (customer 88): 1 ticket:\n- 7 2026-11-20 open, high'],
    ['credit Acme 25 dollars for late delivery', 'credit C-301. The credit balance is 25.00 USD.'],
    ['stock of vases', 'Stock of «vases»:\nname · stock\n- Glass vase · 12'],
    ['mail Acme that we are sorry', 'The mail to greta.vogel@acme.example is sent: «We are sorry».'],
  ])('when somebody says «%s», then the answer holds the facts of the lines', async (text, expected) => {
    const played = await play(text, { form: 'text' });

    expect(played.text).toContain(expected);
  });
});

describe('given what a refund asks for', () => {
  it('when no amount is named, then it asks how much, and the answer completes the refund', async () => {
    const first = await play('refund invoice 1042');
    expect(first.text).toContain(
      'How much of invoice 1042 of Acme GmbH shall I refund? 480.00 USD can be refunded.',
    );

    const second = await play('120 dollars', { earlier: first.messages });
    expect(second.calls.at(-1)?.[1]).toMatchObject({ invoice: 1042, amount: 120 });
  });

  it('when it is to be in full, then what is left is proposed', async () => {
    const { calls } = await play('refund invoice 1042 in full');

    expect(calls.at(-1)?.[1]).toMatchObject({ amount: 480 });
  });

  it('when half is asked for, then half of the total is proposed', async () => {
    const { calls } = await play('refund half of invoice 1042');

    expect(calls.at(-1)?.[1]).toMatchObject({ amount: 240 });
  });

  it('when it is more than is left, then nothing is proposed and it says so', async () => {
    const { calls, text } = await play('refund 500 dollars on invoice 1042');

    expect(calls.map(([name]) => name)).toEqual(['billing__get_invoice']);
    expect(text).toContain(
      '500.00 USD is more than is left on invoice 1042 of Acme GmbH: 480.00 USD can be refunded.',
    );
  });

  it('when the invoice is another customer’s, then nothing is proposed', async () => {
    const { calls, text } = await play('refund invoice 1042 of Blue Harbor Coffee, 10 dollars');

    expect(calls.some(([name]) => name === 'billing__refund')).toBe(false);
    expect(text).toContain('Invoice 1042 belongs to Acme GmbH, not to Blue Harbor Coffee.');
  });

  it('when the currency is not the invoice’s, then it asks', async () => {
    const { text } = await play('refund 20 EUR on invoice 1042');

    expect(text).toContain('Invoice 1042 is in USD, not in EUR.');
  });

  it('when only the customer is named and has one paid invoice, then that invoice is taken', async () => {
    const { calls } = await play('refund Acme 50 dollars because the box was wet');

    expect(calls.map(([name]) => name)).toEqual([
      'crm__find_customer',
      'billing__list_invoices',
      'billing__get_invoice',
      'billing__refund',
    ]);
    expect(calls.at(-1)?.[1]).toMatchObject({ invoice: 1042, amount: 50, reason: 'the box was wet' });
  });

  it('when the invoice does not exist, then the tool’s words are passed on', async () => {
    const { text } = await play('refund invoice 9999, 10 dollars');

    expect(text).toContain('There is no invoice 9999.');
  });

  it('when fields stand below free words, then both count', async () => {
    const { calls } = await play('refund invoice 1042, it arrived broken\ncustomer: Acme\namount: 120');

    expect(calls.at(-1)).toEqual(refundCall);
  });

  it('when a workflow hands it over as JSON, then it is understood as well', async () => {
    const { calls } = await play(
      'Refund a customer.\n{\n  "customer": "Acme",\n  "invoice": 1042,\n  "amount": 120,\n  "reason": "it arrived broken"\n}',
    );

    expect(calls.at(-1)).toEqual(refundCall);
  });
});

describe('given a call that did not run', () => {
  it('when a person denied it with a reason, then it answers to the reason and does not ask again', async () => {
    const { calls, text } = await play(
      order,
      verdict('billing__refund', 'Denied by Ben: ask for a photo first.'),
    );

    expect(calls.filter(([name]) => name === 'billing__refund')).toHaveLength(1);
    expect(text).toContain(
      'Ben denied the refund of 120.00 USD on invoice 1042: ask for a photo first. Nothing is refunded.',
    );
    expect(text).toContain('Say «mail customer 88 and ask for a photo»');
  });

  it.each([
    [
      'Denied by Ben: ask for a photo first. Nothing ran. Do not propose this exact call again.',
      'invoice 1042: ask for a photo first. Nothing is refunded. The photo comes first',
    ],
    [
      'Denied by Ben: no reason given. Nothing ran. Do not propose this exact call again.',
      'Ben denied the refund of 120.00 USD on invoice 1042 and gave no reason. Nothing is refunded.',
    ],
    [
      'Not asked again: Denied by Ben: wrong invoice. Nothing ran. Do not propose this exact call again.',
      'Give me the right value',
    ],
    ['The outcome of this exact call is unknown. It is not sent again.', 'it may or may not have happened'],
  ])('when the gate says «%s», then its standing sentences are left out', async (content, expected) => {
    const { text } = await play(order, verdict('billing__refund', content));

    expect(text).toContain(expected);
  });

  it('when the requester then says yes, then the mail asks for the photo', async () => {
    const denied = await play(order, verdict('billing__refund', 'Denied by Ben: ask for a photo first.'));

    const { calls } = await play('yes please', { earlier: denied.messages });

    expect(calls.at(-1)?.[0]).toBe('mail__send');
    expect(calls.at(-1)?.[1]['body']).toContain('Could you please send us a photo');
  });

  it('when the reason names a limit, then it offers that amount, and the follow-up asks for it', async () => {
    const denied = await play(order, verdict('billing__refund', 'Denied by Ben: at most 80 for this.'));
    expect(denied.text).toContain('Say «make it 80 instead»');

    const { calls } = await play('make it 80 instead', { earlier: denied.messages });
    expect(calls.at(-1)?.[1]).toMatchObject({ invoice: 1042, amount: 80, reason: 'it arrived broken' });
  });

  it('when a denied refund was to be followed by a mail, then the mail is left out', async () => {
    const { calls, text } = await play(
      'refund invoice 1042 120 dollars and mail the customer',
      verdict('billing__refund', 'Denied by Ben.'),
    );

    expect(calls.some(([name]) => name === 'mail__send')).toBe(false);
    expect(text).toContain('I leave out the mail, as the refund has not happened.');
  });

  it.each([
    ['Nobody answered by 10:42, so nothing ran.', 'Say «do it again» and I ask once more.'],
    ['Policy does not allow refunds over 100 (rule cap). Nobody was asked.', 'I do not try another way'],
    [
      'outcome unknown: I lost the connection before an answer. It may or may not have happened.',
      'it may or may not have happened. I do not send it again.',
    ],
    [
      'This changed since it was approved: amount 120.00 → 1200.00. Nothing ran.',
      'Say «do it again» and I ask with the present values.',
    ],
    ['Withdrawn by Ana. Nothing ran.', 'Withdrawn by Ana. Nothing is refunded.'],
    [
      'Invoice 1042 is locked.',
      'The refund of 120.00 USD on invoice 1042 does not work: Invoice 1042 is locked. Nothing is refunded.',
    ],
  ])('when the result says «%s», then it says what follows and does not retry', async (content, expected) => {
    const { calls, text } = await play(order, verdict('billing__refund', content));

    expect(calls.filter(([name]) => name === 'billing__refund')).toHaveLength(1);
    expect(text).toContain(expected);
  });

  it('when an outcome is unknown, then a verdict that is no error reads the same', async () => {
    const { text } = await play(order, verdict('billing__refund', 'Outcome unknown.', false));

    expect(text).toContain('it may or may not have happened');
  });

  it('when a mail merely quotes a denial, then it is shown as a mail', async () => {
    const { text } = await play('search mail for vase');

    expect(text).toContain('«Broken vase»');
    expect(text).not.toContain('denied the search');
  });
});

describe('given a thread with earlier messages', () => {
  it('when a follow-up points at the customer, then the earlier one is meant', async () => {
    const first = await play('show customer Acme');

    const { calls } = await play("and the customer's tickets?", { earlier: first.messages });

    expect(calls.at(-1)).toEqual(['crm__list_tickets', { customer: 88 }]);
  });

  it('when a follow-up names another invoice, then the same is asked of it', async () => {
    const { calls } = await play('and 1050?', {
      earlier: [user('show invoice 1042'), bot('Invoice 1042 of Acme GmbH')],
    });

    expect(calls).toEqual([['billing__get_invoice', { invoice: 1050 }]]);
  });

  it('when the mail about the refund is asked for later, then it goes to that customer', async () => {
    const first = await play(order);

    const { calls } = await play('mail the customer about the refund', { earlier: first.messages });

    expect(calls.at(-1)?.[0]).toBe('mail__send');
    expect(calls.at(-1)?.[1]).toMatchObject({ to: 'greta.vogel@acme.example' });
  });

  it('when it is to be done again after it expired, then it is proposed anew', async () => {
    const first = await play(order, verdict('billing__refund', 'Nobody answered by 10:42, so nothing ran.'));

    const { calls } = await play('do it again', { earlier: first.messages });

    expect(calls.at(-1)).toEqual(refundCall);
  });

  it('when the amount is changed after the refund was made, then no second refund is proposed', async () => {
    const first = await play(order);

    const { calls, text } = await play('make it 80 instead', { earlier: first.messages });

    expect(calls).toEqual([]);
    expect(text).toContain('refunded already');
  });

  it('when it asks for a mail’s text, then the next message is the text', async () => {
    const first = await play('write a mail to Acme');
    expect(first.text).toContain('What shall I write to Acme GmbH (customer 88)?');

    const { calls } = await play('We are closed on Monday.', { earlier: first.messages });
    expect(calls.at(-1)?.[1]['body']).toContain('We are closed on Monday.');
  });
});

describe('given a message that arrives while the work goes on', () => {
  it('when it changes the amount before the refund is proposed, then only the changed one is proposed', async () => {
    const { calls } = await play(order, { steering: { 1: 'make it 80 instead' } });

    expect(calls.filter(([name]) => name === 'billing__refund').map(([, args]) => args['amount'])).toEqual([
      80,
    ]);
  });

  it('when it changes the amount after the refund was made, then no second refund is proposed', async () => {
    const { calls, text } = await play(order, { steering: { 2: 'make it 80 instead' } });

    expect(calls.filter(([name]) => name === 'billing__refund')).toHaveLength(1);
    expect(text).toContain('I cannot change that any more');
  });

  it('when it says stop, then no further call is made', async () => {
    const { calls, text } = await play(order, { steering: { 1: 'stop' } });

    expect(calls.some(([name]) => name === 'billing__refund')).toBe(false);
    expect(text).toContain('I stop here');
  });

  it('when it asks for something more, then that is done too', async () => {
    const { calls } = await play(order, { steering: { 1: 'also show the tickets of Acme' } });

    expect(calls.map(([name]) => name)).toContain('crm__list_tickets');
    expect(calls.map(([name]) => name)).toContain('billing__refund');
  });
});

describe('given other requests, played to the end', () => {
  it.each([
    ['show customer Acme', ['crm__find_customer', 'crm__get_customer'], 'Acme GmbH (customer 88)'],
    [
      'show invoice 1042',
      ['billing__get_invoice'],
      'Invoice 1042 of Acme GmbH (customer 88): 480.00 USD, paid',
    ],
    [
      'how much does Blue Harbor Coffee owe us?',
      ['crm__find_customer', 'billing__list_invoices', 'billing__list_invoices'],
      'Blue Harbor Coffee (customer 91) owes 299.30 USD on 2 invoices',
    ],
    [
      'list overdue invoices',
      ['billing__list_invoices'],
      '1050 · Blue Harbor Coffee · 210.10 USD · overdue · due 2026-10-01 · 52 days late',
    ],
    ['payments of invoice 1042', ['billing__list_payments'], 'Invoice 1042: 480.00 USD paid.'],
    [
      'credit Acme 25 dollars for the late delivery',
      ['crm__find_customer', 'billing__credit'],
      '25.00 USD is credited to Acme GmbH (customer 88), credit C-301.',
    ],
    [
      'open tickets of Acme',
      ['crm__find_customer', 'crm__list_tickets'],
      '1 open ticket of Acme GmbH (customer 88)',
    ],
    [
      'add a note to Acme: prefers calls in the morning',
      ['crm__find_customer', 'crm__add_note'],
      '«Prefers calls in the morning»',
    ],
    [
      "change Acme's e-mail to orders@acme.example",
      ['crm__find_customer', 'crm__update_customer'],
      'The e-mail address of Acme GmbH (customer 88) is orders@acme.example.',
    ],
    ['stock of vases', ['database__query'], 'Glass vase · 12'],
    ["execute update products set stock = 5 where sku = 'VASE'", ['database__execute'], '1 row is changed.'],
    ['what tables are in the database?', ['database__schema'], 'products (12 rows): id'],
    [
      'draft a mail to Acme about the new catalogue',
      ['crm__find_customer', 'mail__draft'],
      'The draft to greta.vogel@acme.example is kept',
    ],
    ['show customer Nimbus', ['crm__find_customer'], 'I find no customer «Nimbus».'],
  ])('when somebody says «%s», then the chain and its answer fit', async (text, names, expected) => {
    const played = await play(text);

    expect(played.calls.map(([name]) => name)).toEqual(names);
    expect(played.text).toContain(expected);
    expect(played.text.endsWith(smallPrint)).toBe(true);
    expect(played.says.join(' ')).not.toContain('demonstration model');
  });

  it('when the reason of a credit follows «for», then it is passed on', async () => {
    const { calls } = await play('credit Acme 25 dollars for late delivery');

    expect(calls.at(-1)?.[1]).toEqual({ customer: 88, amount: 25, reason: 'late delivery', currency: 'USD' });
  });

  it('when an address and a text are given, then the mail goes there as written', async () => {
    const { calls } = await play(
      'send a mail to sam@harbor.example with subject "Your order" saying "It ships on Monday."',
    );

    expect(calls).toEqual([
      [
        'mail__send',
        {
          to: 'sam@harbor.example',
          subject: 'Your order',
          body: 'Hello,\n\nIt ships on Monday.\n\nKind regards\nLarkspur Goods',
        },
      ],
    ]);
  });

  it('when three things are asked for, then all are done in order', async () => {
    const { calls } = await play(
      'show invoice 1042, then refund 20 dollars on it and add a note to the customer: gets a refund',
    );

    expect(calls.map(([name]) => name).filter((name) => !name.startsWith('crm__get'))).toEqual([
      'billing__get_invoice',
      'billing__refund',
      'crm__add_note',
    ]);
  });
});

describe('given fewer tools', () => {
  it('when the tool for a refund is not offered, then it says so plainly', async () => {
    const tools = companyTools.filter((tool) => tool.name !== 'billing__refund');

    const { text, calls } = await play(order, { tools });

    expect(calls.map(([name]) => name)).toEqual(['crm__find_customer', 'billing__get_invoice']);
    expect(text).toContain('I need the tool billing/refund, which is not offered to me here.');
  });

  it('when no tools are offered, then help says that it can only talk', async () => {
    const { text } = await play('help', { tools: [] });

    expect(text).toContain('I can only talk');
  });
});
