/** What people say to the shipped workflows, and what comes of it: a call put to people, or words in the thread. */
export const evals: readonly {
  readonly said: string;
  readonly asks?: object;
  readonly says?: string;
}[] = [
  {
    said: '/incident title="checkout is slow" search=broken',
    says: '**checkout is slow**: what the tools know',
  },
  { said: 'approval health', says: 'in this channel' },
  { said: '/approval-health days=400', says: 'days: Too big' },
  { said: 'incident', says: '**Incident**: what the tools know' },
  { said: 'ask the database who are our best 3 customers', says: '| id | name | currency | invoiced |' },
  { said: 'ask the database what was our revenue by month this year', says: "strftime('%Y-%m', p.paid_at)" },
  { said: 'ask the database for the meaning of life', says: 'which products are low in stock?' },
  { said: '/data-question sql="SELECT * FROM nothing"', says: 'The database refuses that' },
  { said: '/data-question sql="SELECT sku FROM products WHERE id = 0"', says: 'Nothing is found.' },
  {
    said: '/data-question sql="UPDATE products SET stock = 0"',
    says: 'The statement must start with SELECT',
  },
  { said: '/invoice-chase days=1 most=1', asks: { plan: [{ tool: 'mail/send', times: 1 }] } },
  { said: 'chase days=0', says: 'days: Too small' },
  { said: '/onboarding person=fay mail=fay@larkspur.example', asks: { to: 'fay@larkspur.example' } },
  { said: 'onboarding', says: 'person is missing' },
];
