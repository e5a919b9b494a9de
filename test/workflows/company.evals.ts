/** What people say to the shipped workflows, and what comes of it: a call put to people, or words in the thread. */
export interface Eval {
  readonly workflow: string;
  readonly said: string;
  /** Said and answered before, so that there is something to tell of. */
  readonly after?: string;
  /** The arguments that are put to people. */
  readonly asks?: object;
  /** Which tool is asked about. */
  readonly tool?: string;
  /** Who must agree, stage by stage. */
  readonly of?: readonly (readonly string[])[];
  /** Who denies it, after which the company is as it was. */
  readonly deniedBy?: string;
  readonly says?: string;
}

export const evals: readonly Eval[] = [
  { workflow: 'assistant', said: 'what does acme owe us?', says: 'Acme GmbH (customer 88) owes nothing.' },
  {
    workflow: 'refund',
    said: '/refund customer=acme invoice=1042 amount=120 reason="broken on arrival"',
    tool: 'billing/refund',
    asks: { invoice: 1042, amount: 120, reason: 'broken on arrival', currency: 'USD' },
    of: [['finance']],
    deniedBy: 'ben',
    says: 'Nothing is refunded.',
  },
  {
    workflow: 'refund',
    said: '/refund invoice=1042 amount=99000',
    says: 'is more than is left on invoice 1042',
  },
  {
    workflow: 'refund',
    said: '/refund customer=zebra invoice=1042 amount=5',
    says: 'I find no customer «zebra».',
  },
  { workflow: 'refund', said: '/refund customer=acme invoice=1042', says: 'How much of invoice 1042' },
  {
    workflow: 'customer-reply',
    said: '/customer-reply ticket=141 answer="A voucher is on its way."',
    tool: 'mail/send',
    asks: {
      to: 'greta.vogel@acme.example',
      body: 'Hello Greta Vogel,\n\nA voucher is on its way.\n\nKind regards\nLarkspur Goods',
    },
    of: [['approver']],
    deniedBy: 'ben',
    says: 'Nothing was sent.',
  },
  {
    workflow: 'customer-reply',
    said: 'reply to ticket 141, please',
    says: 'Reply to ticket 141: Invoice 1042',
  },
  {
    workflow: 'customer-reply',
    said: 'reply to ticket 141 or 142',
    says: 'ticket is missing',
  },
  {
    workflow: 'customer-reply',
    said: 'reply to ticket ticket=99999 answer=sorry',
    says: 'I cannot read ticket 99999: There is no ticket 99999.',
  },
  {
    workflow: 'access-request',
    said: 'access system=database days=3 person=eli reason="the yearly count"',
    tool: 'crm/grant_access',
    asks: { person: 'eli', system: 'database', reason: 'the yearly count' },
    of: [['finance'], ['engineering']],
    deniedBy: 'ben',
    says: 'No access was given.',
  },
  {
    workflow: 'access-request',
    said: 'access request: Dev needs the database for two weeks',
    tool: 'crm/grant_access',
    asks: {
      person: 'dev',
      system: 'database',
      reason: 'access request: Dev needs the database for two weeks',
    },
    of: [['finance'], ['engineering']],
    deniedBy: 'ben',
    says: 'No access was given.',
  },
  {
    workflow: 'access-request',
    said: 'access to the database for x',
    says: 'I know nobody called «x». Who gets access to database?',
  },
  { workflow: 'access-request', said: 'access to crm and mail', says: 'system is missing' },
  { workflow: 'access-request', said: '/access-request system=moon', says: 'system: Invalid option' },
  { workflow: 'access-request', said: '/access-request system=crm days=91', says: 'days: Too big' },
  {
    workflow: 'change-request',
    said: '/change-request change="UPDATE products SET stock = 7 WHERE id = 2" check="SELECT stock FROM products WHERE id = 2" expect=7 undo="UPDATE products SET stock = 0 WHERE id = 2"',
    tool: 'database/execute',
    asks: { sql: 'UPDATE products SET stock = 7 WHERE id = 2' },
    of: [['approver']],
    deniedBy: 'cho',
    says: 'Nothing was changed.',
  },
  {
    workflow: 'change-request',
    said: '/change-request change="DELETE FROM products" check="SELECT x FROM nothing" expect=0 undo="SELECT 1"',
    says: 'The check does not work, so nothing was changed',
  },
  {
    workflow: 'daily-digest',
    after: 'what does acme owe us?',
    said: 'digest',
    says: '**Digest of the last 24 hours**',
  },
  {
    workflow: 'daily-digest',
    after: 'what does acme owe us?',
    said: '/daily-digest person=ana days=2',
    says: '**Digest of the last 2 days, for Ana**',
  },
  {
    workflow: 'daily-digest',
    said: 'digest of me',
    says: 'It is in the console, under «only-you», where nobody else reads it.',
  },
  { workflow: 'daily-digest', said: 'digest person=nobody', says: 'I know no person «nobody».' },
  { workflow: 'daily-digest', said: 'digest days=32', says: 'days: Too big' },
  {
    workflow: 'incident',
    said: '/incident title="checkout is slow" search=broken',
    says: '**checkout is slow**: what the tools know',
  },
  {
    workflow: 'incident',
    said: 'incident sev1, Cho leads: nobody can pay',
    says: 'Severity 1 everybody is stopped. Cho leads.',
  },
  { workflow: 'approval-health', said: 'approval health', says: 'in this channel' },
  { workflow: 'approval-health', said: '/approval-health days=400', says: 'days: Too big' },
  { workflow: 'incident', said: 'incident', says: '**Incident**: what the tools know' },
  {
    workflow: 'data-question',
    said: 'ask the database who are our best 3 customers',
    says: '| id | name | currency | invoiced |',
  },
  { workflow: 'data-question', said: 'overdue per customer', says: '| customer | count | still_open |' },
  { workflow: 'data-question', said: 'how many tickets per status?', says: '| status | count |' },
  {
    workflow: 'data-question',
    said: 'ask the database what was our revenue by month this year',
    says: "strftime('%Y-%m', p.paid_at)",
  },
  {
    workflow: 'data-question',
    said: 'ask the database for the meaning of life',
    says: 'which products are low in stock?',
  },
  {
    workflow: 'data-question',
    said: '/data-question sql="SELECT * FROM nothing"',
    says: 'The database refuses that',
  },
  {
    workflow: 'data-question',
    said: '/data-question sql="SELECT sku FROM products WHERE id = 0"',
    says: 'Nothing is found.',
  },
  {
    workflow: 'data-question',
    said: '/data-question sql="UPDATE products SET stock = 0"',
    says: 'The statement must start with SELECT',
  },
  {
    workflow: 'invoice-chase',
    said: '/invoice-chase days=1 most=1',
    asks: { plan: [{ tool: 'mail/send', times: 1 }] },
  },
  { workflow: 'invoice-chase', said: 'chase days=0', says: 'days: Too small' },
  {
    workflow: 'onboarding',
    said: '/onboarding person=fay mail=fay@larkspur.example',
    asks: { to: 'fay@larkspur.example' },
  },
  {
    workflow: 'onboarding',
    said: 'onboard Kim Lee as engineer, kim@larkspur.example',
    asks: { to: 'kim@larkspur.example' },
    says: 'Kim Lee: Laptop and phone are handed over?',
  },
  { workflow: 'onboarding', said: 'onboarding', says: 'person is missing' },
];
