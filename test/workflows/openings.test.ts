/** What people naturally write, and which workflow it starts with which fields: the words of ten runbooks, and near misses. */
import { describe, expect, it } from '@jest/globals';
import { route } from '../../src/route-message.ts';
import { fitInput } from '../../src/workflow-input.ts';
import { workflows } from '../../workflows/index.ts';

const said: readonly (readonly [workflow: string, text: string, input: object])[] = [
  ['refund', 'refund invoice 1042 of Acme, 120 dollars, it arrived broken', {}],
  ['refund', 'please refund 20 on invoice 1042', {}],
  ['refund', 'Can you reimburse Acme 20 USD for invoice 1042?', {}],
  ['refund', 'issue a refund for invoice 1042', {}],
  ['refund', 'give Acme 20 USD back on invoice 1042', {}],
  ['refund', 'give Acme a refund of 20 on invoice 1042', {}],

  ['incident', 'incident: the shop is down', { title: 'the shop is down' }],
  ['incident', 'incident severity 1: the shop is down', { severity: 1, title: 'the shop is down' }],
  ['incident', 'sev1: checkout is slow', { severity: 1, title: 'checkout is slow' }],
  [
    'incident',
    'incident sev-2, Cho leads: mails do not go out',
    { severity: 2, lead: 'Cho', title: 'mails do not go out' },
  ],
  ['incident', 'we have an outage: nobody can pay', { title: 'nobody can pay' }],
  [
    'incident',
    'Please declare an incident, the shop is down (severity 3)',
    { severity: 3, title: 'the shop is down' },
  ],
  ['incident', '/incident severity 1 the shop is down', { severity: 1, title: 'the shop is down' }],
  ['incident', '/incident title="the shop" severity=2', { severity: 2, title: 'the shop' }],

  ['access-request', 'access for dev to billing for 2 days', { person: 'dev', system: 'billing', days: 2 }],
  [
    'access-request',
    'give ben access to the database for two weeks',
    { person: 'ben', system: 'database', days: 14 },
  ],
  ['access-request', 'I need access to billing for 3 days', { system: 'billing', days: 3 }],
  ['access-request', 'eli needs access to the crm for a week', { person: 'eli', system: 'crm', days: 7 }],
  [
    'access-request',
    'can you grant access to mail for eli for 5 days',
    { person: 'eli', system: 'mail', days: 5 },
  ],
  ['access-request', 'request access to the crm for work', { system: 'crm' }],

  ['customer-reply', 'reply to ticket 141', { ticket: 141 }],
  [
    'customer-reply',
    'reply to ticket 141: the 2 tumblers leave tomorrow',
    { ticket: 141, answer: 'the 2 tumblers leave tomorrow' },
  ],
  [
    'customer-reply',
    'answer ticket #141 saying that a voucher is on its way',
    { ticket: 141, answer: 'a voucher is on its way' },
  ],
  ['customer-reply', 'Could you please respond to ticket 141', { ticket: 141 }],
  ['customer-reply', 'reply to the customer of ticket 141', { ticket: 141 }],
  ['customer-reply', 'write a reply to ticket 141', { ticket: 141 }],

  ['invoice-chase', 'chase overdue invoices', {}],
  ['invoice-chase', 'chase', {}],
  [
    'invoice-chase',
    'chase invoices overdue for 30 days, at most 3, except 1042 and 1050',
    { days: 30, most: 3, except: '1042, 1050' },
  ],
  ['invoice-chase', 'remind customers of overdue invoices', {}],
  ['invoice-chase', 'please send reminders for unpaid invoices older than two weeks', { days: 14 }],
  ['invoice-chase', 'chase the overdue invoices of Acme', { customer: 'Acme' }],

  ['data-question', 'ask the database who are our best 3 customers', {}],
  ['data-question', 'overdue per customer', {}],
  ['data-question', 'show me open tickets by priority', {}],
  ['data-question', 'how many customers per country?', {}],
  ['data-question', 'chart of revenue by month', {}],
  ['data-question', 'query the database: what is in stock', {}],

  ['change-request', 'change request', {}],
  ['change-request', 'plan a change', {}],
  ['change-request', 'I want to plan a database change', {}],
  [
    'change-request',
    'create a change request change="UPDATE a SET b = 1" expect=1',
    { change: 'UPDATE a SET b = 1', expect: '1' },
  ],

  ['onboarding', 'onboard Kim Lee as engineer', { person: 'Kim Lee', role: 'engineer' }],
  ['onboarding', 'onboarding for Kim Lee', { person: 'Kim Lee' }],
  ['onboarding', 'Can you onboard Kim Lee as engineer?', { person: 'Kim Lee', role: 'engineer' }],
  [
    'onboarding',
    'start onboarding Kim Lee (kim@larkspur.example) as a sales manager with access to billing',
    { person: 'Kim Lee', mail: 'kim@larkspur.example', role: 'sales manager', access: 'billing' },
  ],
  ['onboarding', 'please onboard kim', { person: 'kim' }],
  [
    'onboarding',
    'onboarding: Kim Lee, kim@larkspur.example, needs the database',
    { person: 'Kim Lee', mail: 'kim@larkspur.example', access: 'database' },
  ],
  ['onboarding', 'welcome Kim Lee as our new engineer', { person: 'Kim Lee', role: 'engineer' }],
  ['onboarding', 'onboarding person=eli access=crm', { person: 'eli', access: 'crm' }],

  ['daily-digest', 'digest', {}],
  ['daily-digest', 'send me my digest', { person: 'me' }],
  ['daily-digest', 'digest of ana for 7 days', { person: 'ana', days: 7 }],
  ['daily-digest', 'what happened today?', { days: 1 }],
  ['daily-digest', 'What did I miss in the last week', { days: 7 }],

  ['approval-health', 'approval health', {}],
  [
    'approval-health',
    'show approval health of the last month in all channels',
    { days: 30, everywhere: true },
  ],
  ['approval-health', 'how healthy are our approvals?', {}],
];

describe('given what people write', () => {
  it.each(said)('%s: when it is «%s», then it starts with what was said', (workflow, text, input) => {
    const routed = route(workflows, text);

    expect(routed.workflow).toBe(workflow);
    expect(routed.input).toEqual(input);
  });

  it.each([
    ['onboard somebody', 'onboarding', 'person is missing'],
    ['access for dev', 'access-request', 'system is missing'],
    ['answer the customer', 'customer-reply', 'ticket is missing'],
    [
      'plan a change',
      'change-request',
      'change is missing; check is missing; expect is missing; undo is missing',
    ],
  ])('when «%s» leaves something out, then %s asks for it', (text, name, problems) => {
    const routed = route(workflows, text);
    const input = workflows.find((workflow) => workflow.name === routed.workflow)?.input;

    expect(routed.workflow).toBe(name);
    expect(input && fitInput(input, routed.input)).toMatchObject({ kind: 'misfit', text: problems });
  });
});

describe('given near misses', () => {
  it.each([
    'refund policy for broken vases?',
    'refunds of last week',
    'how do I refund an invoice?',
    'give me the phone number back of Acme',
    'incident report of last week',
    'incidents in May',
    'what was the incident?',
    'access logs of billing',
    'access to billing is broken',
    'who needs access to billing?',
    'accessories in stock',
    'reply to ticket 141 was wrong',
    'answer tickets faster',
    'chase Ben for the review',
    'remind customers of the holiday',
    'send reminders about the party',
    'invoices by Acme',
    'send a mail per customer',
    'charts are nice',
    'chart a course',
    'change requests of last week',
    'change request policy',
    'onboarding checklist?',
    'onboard a new customer',
    'welcome Kim',
    'welcome back',
    'digest of the article',
    'what happened to invoice 1042?',
    'digestive biscuits in stock',
    'approvals of last week',
    'please',
    'can you',
    '',
  ])('when it is «%s», then no runbook starts and the assistant answers', (text) => {
    expect(route(workflows, text).workflow).toBe('assistant');
  });
});
