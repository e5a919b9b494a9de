import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../../src/core/json.ts';
import { askOnce, linesOf, play, user } from './talk.ts';

const find = (query: string): readonly [string, JsonObject] => ['crm__find_customer', { query }];
const invoice = (id: number): readonly [string, JsonObject] => ['billing__get_invoice', { invoice: id }];
const list = (args: JsonObject): readonly [string, JsonObject] => [
  'billing__list_invoices',
  { ...args, limit: 100 },
];
const mailSearch = (query: string): readonly [string, JsonObject] => ['mail__search', { query }];

const firstCalls: readonly (readonly [string, readonly (readonly [string, JsonObject])[]])[] = [
  ['find customer Acme', [find('Acme')]],
  ['Show me the customer Acme GmbH, please', [find('Acme GmbH')]],
  ['who is Greta Vogel?', [find('Greta Vogel')]],
  ['look up acme', [find('acme')]],
  ['show customer 88', [['crm__get_customer', { customer: 88 }]]],
  ['customer details of Blue Harbor Coffee', [find('Blue Harbor Coffee')]],
  ["What is Acme's phone number?", [find('Acme')]],
  ["what's the e-mail of Acme", [find('Acme')]],
  ['find the customer with greta.vogel@acme.example', [find('greta.vogel@acme.example')]],
  ['@Countersign show customer "Müller & Söhne"', [find('Müller & Söhne')]],
  ['show invoice 1042', [invoice(1042)]],
  ['Can you show me invoice #1042?', [invoice(1042)]],
  ['what about invoice no. 1042', [invoice(1042)]],
  ['has INV-1042 been paid?', [invoice(1042)]],
  ['was invoice 1042 refunded?', [invoice(1042)]],
  ['invoices 1042 and 1050', [invoice(1042), invoice(1050)]],
  ['list overdue invoices', [list({ status: 'overdue' })]],
  ['which invoices are overdue?', [list({ status: 'overdue' })]],
  ['list all open invoices', [list({ status: 'open' }), list({ status: 'overdue' })]],
  ['show all invoices of Acme', [find('Acme')]],
  ['unpaid bills for acme?', [find('acme')]],
  ['how much does Acme owe us?', [find('Acme')]],
  ['what is the total outstanding?', [list({ status: 'open' }), list({ status: 'overdue' })]],
  ['payments of invoice 1042', [['billing__list_payments', { invoice: 1042 }]]],
  ['when was invoice 1042 paid?', [['billing__list_payments', { invoice: 1042 }]]],
  ['How was 1042 paid? I mean invoice 1042', [['billing__list_payments', { invoice: 1042 }]]],
  ['refund invoice 1042 of Acme, 120 dollars, it arrived broken', [find('Acme'), invoice(1042)]],
  ['Refund 120 dollars on invoice 1042', [invoice(1042)]],
  ['please refund $120 for invoice 1042 because it arrived broken', [invoice(1042)]],
  ['refund 1042 in full', [invoice(1042)]],
  ['give Acme their money back for invoice 1042', [find('Acme'), invoice(1042)]],
  ['can you reimburse 80 EUR on #1042 due to late delivery?', [invoice(1042)]],
  ['refund half of invoice 1042', [invoice(1042)]],
  ['refund acme 120 usd', [find('acme')]],
  [
    'Refund a customer.\ncustomer: Acme\ninvoice: 1042\namount: 120\nreason: broken on arrival',
    [find('Acme'), invoice(1042)],
  ],
  ['credit Acme 25 dollars for the late delivery', [find('Acme')]],
  ['give Acme a credit of 25 USD', [find('Acme')]],
  ['mail Acme that the replacement ships tomorrow', [find('Acme')]],
  ['write a mail to Acme about the broken vase', [find('Acme')]],
  ['send an email to Acme saying we are sorry', [find('Acme')]],
  ['email Blue Harbor Coffee: the order is on its way', [find('Blue Harbor Coffee')]],
  ['tell Acme that we refund them', [find('Acme')]],
  ['notify acme that the shop is closed on Monday', [find('acme')]],
  ['send Blue Harbor Coffee a reminder', [find('Blue Harbor Coffee')]],
  ['mail the customer of invoice 1042', [invoice(1042)]],
  ['search mail for broken', [mailSearch('broken')]],
  ['any mails from Acme?', [mailSearch('Acme')]],
  ['find mails about the delivery', [mailSearch('delivery')]],
  ['open tickets of Acme', [find('Acme')]],
  ["show Acme's tickets", [find('Acme')]],
  ['list tickets', [['crm__list_tickets', {}]]],
  ['show all open tickets', [['crm__list_tickets', { status: 'open' }]]],
  ['add a note to Acme: prefers calls in the morning', [find('Acme')]],
  ['note on customer 88 that they moved', [['crm__get_customer', { customer: 88 }]]],
  ["change Acme's e-mail to orders@acme.example", [find('Acme')]],
  ['update the phone number of Acme to +49 30 555 777', [find('Acme')]],
  ['set the address of customer 88 to Hafenstr. 2, Hamburg, DE', [['crm__get_customer', { customer: 88 }]]],
  [
    'how many glass vases do we have in stock?',
    [
      [
        'database__query',
        {
          sql: "SELECT name, sku, stock, reorder_at FROM products WHERE lower(name) LIKE '%glass vase%' ORDER BY stock LIMIT 50",
        },
      ],
    ],
  ],
  [
    'which products are low in stock?',
    [
      [
        'database__query',
        {
          sql: 'SELECT name, sku, stock, reorder_at FROM products WHERE stock <= reorder_at ORDER BY stock LIMIT 50',
        },
      ],
    ],
  ],
  [
    'run select name, stock from products where stock < 5',
    [['database__query', { sql: 'select name, stock from products where stock < 5' }]],
  ],
  ['```sql\nSELECT 1\n```', [['database__query', { sql: 'SELECT 1' }]]],
  [
    "execute update products set stock = 5 where sku = 'VASE'",
    [['database__execute', { sql: "update products set stock = 5 where sku = 'VASE'" }]],
  ],
  ['do we have any overdue invoices?', [list({ status: 'overdue' })]],
  ['show me 1042', [invoice(1042)]],
  ['ask Acme for a photo of the broken vase', [find('Acme')]],
  ['Let Acme know that we ship tomorrow', [find('Acme')]],
  ['what did Acme write to us?', [mailSearch('Acme')]],
  ['search for mails mentioning "broken vase"', [mailSearch('broken vase')]],
  ['Acme wants 120 dollars back for invoice 1042', [find('Acme'), invoice(1042)]],
  ['Acme moved to Hafenstr. 3, Berlin', [find('Acme')]],
  ['delete customer 88', [['crm__get_customer', { customer: 88 }]]],
  ['what tables are in the database?', [['database__schema', {}]]],
];

describe('given one message and all tools', () => {
  it.each(firstCalls)('when somebody says «%s», then the first calls fit it', async (text, expected) => {
    const answer = await askOnce([user(text)]);

    expect(linesOf(answer)).toEqual(expected);
  });
});

const talk: readonly (readonly [string, string])[] = [
  ['hello', 'Hello.'],
  ['Good morning!', 'Hello.'],
  ['what can you do?', "What matters waits for a person's approval."],
  ['help', 'You can say:'],
  ['thanks!', 'You are welcome.'],
  ['the moon is made of cheese', 'I do not understand that.'],
  ['', 'I do not understand that.'],
  ['do it again', 'There is nothing in this thread'],
  ['cancel invoice 1042', 'I have no tool for that here.'],
  ['refund something', 'Which invoice shall I refund?'],
];

describe('given a message that no tool serves', () => {
  it.each(talk)('when somebody says «%s», then it answers in words', async (text, expected) => {
    const answer = await askOnce([user(text)]);

    expect(answer.stop).toBe('end');
    expect(answer.calls).toEqual([]);
    expect(answer.text).toContain(expected);
    expect(answer.text.endsWith('\n\n*demonstration model, no AI*')).toBe(true);
  });

  it('when it does not understand, then it suggests three things', async () => {
    const answer = await askOnce([user('colourless green ideas sleep furiously')]);

    expect(answer.text.match(/^- /gmu)).toHaveLength(3);
  });
});

describe('given questions to the database', () => {
  it.each([
    ['who are our best customers?', 'ORDER BY invoiced DESC LIMIT 5'],
    ['top 3 customers', 'ORDER BY invoiced DESC LIMIT 3'],
    ['what was our revenue in March 2026?', "= '03' AND strftime('%Y', p.paid_at) = '2026'"],
    ['revenue by month', "SELECT strftime('%Y-%m', p.paid_at) AS month"],
    [
      'how much revenue from Acme this year',
      "WHERE strftime('%Y', p.paid_at) = strftime('%Y', 'now') AND lower(c.name) LIKE '%acme%'",
    ],
  ])('when somebody asks «%s», then the statement asks for it', async (text, part) => {
    const { calls } = await play(text);

    expect(calls[0]?.[0]).toBe('database__query');
    expect(calls[0]?.[1]['sql']).toContain(part);
  });

  it("when a product's name holds a quote, then it stays inside the literal", async () => {
    const { calls } = await play(`stock of "x' OR 1=1; DROP TABLE products --"`);

    expect(calls[0]?.[1]['sql']).toBe(
      "SELECT name, sku, stock, reorder_at FROM products WHERE lower(name) LIKE '%x'' or 1 1 drop table products --%' ORDER BY stock LIMIT 50",
    );
  });
});
