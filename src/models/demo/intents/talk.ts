/** Talk: greetings, thanks, help, and words that are not understood. No tool is called. */
import type { Intent, Outcome } from '../intent.ts';
import type { OfferedTools } from '../offered-tools.ts';
import type { Script } from '../script.ts';

/** Sentences that show what can be asked; each needs the tool beside it. */
export const exampleRequests: readonly { readonly text: string; readonly tool: string }[] = [
  { text: 'refund invoice 1042 of Acme, 120 dollars, it arrived broken', tool: 'billing/refund' },
  { text: 'remember that refunds over 100 need a photo', tool: 'memory/save' },
  { text: 'show customer Acme', tool: 'crm/find_customer' },
  { text: 'list overdue invoices', tool: 'billing/list_invoices' },
  { text: 'how much does Acme owe us?', tool: 'billing/list_invoices' },
  { text: 'show invoice 1042', tool: 'billing/get_invoice' },
  { text: 'payments of invoice 1042', tool: 'billing/list_payments' },
  { text: 'mail Acme that the replacement ships tomorrow', tool: 'mail/send' },
  { text: 'search mail for broken', tool: 'mail/search' },
  { text: 'open tickets of Acme', tool: 'crm/list_tickets' },
  { text: 'add a note to Acme: prefers calls in the morning', tool: 'crm/add_note' },
  { text: "change Acme's e-mail to orders@acme.example", tool: 'crm/update_customer' },
  { text: 'credit Acme 25 dollars for the late delivery', tool: 'billing/credit' },
  { text: 'who are our best customers?', tool: 'database/query' },
  { text: 'which products are low in stock?', tool: 'database/query' },
  { text: 'what was our revenue this year?', tool: 'database/query' },
  { text: 'refund invoice 1042 120 dollars and mail the customer', tool: 'billing/refund' },
];

function* answer(text: string): Script<Outcome> {
  yield* [];
  return { text, state: 'open' };
}

export function talkWith(tools: OfferedTools): {
  readonly greet: Intent;
  readonly help: Intent;
  readonly thanks: Intent;
  readonly lost: Intent;
  readonly noTool: Intent;
  readonly yes: Intent;
  readonly no: Intent;
  readonly again: Intent;
  readonly change: Intent;
} {
  // Where somebody else runs the statement, the schema is enough to write it.
  const isOffered = (tool: string): boolean =>
    tools.find(tool) !== undefined ||
    (tool === 'database/query' && tools.find('database/schema') !== undefined);
  const usable = exampleRequests.filter((example) => isOffered(example.tool));
  const list = (some: typeof usable): string => some.map((example) => `- ${example.text}`).join('\n');
  const can = abilities(isOffered);
  const three = usable.slice(0, 3);
  const tryThis =
    three.length === 0
      ? 'No tools are offered to me here, so I can only talk.'
      : `Try one of these:\n${list(three)}`;
  return {
    greet: () => answer(`Hello. ${can} ${tryThis}`),
    help: () =>
      answer(
        usable.length === 0
          ? tryThis
          : `${can} What matters waits for a person's approval. You can say:\n${list(usable)}`,
      ),
    thanks: () => answer('You are welcome.'),
    lost: () => answer(`I do not understand that. ${can} ${tryThis}`),
    noTool: () => answer(`I have no tool for that here. ${can} ${tryThis}`),
    yes: () => answer(`I have nothing open that a yes would answer. ${tryThis}`),
    no: () => answer('All right, I do nothing.'),
    again: () => answer(`There is nothing in this thread that I could do again. ${tryThis}`),
    change: () => answer(`I do not see what to change. Say the whole order, please. ${tryThis}`),
  };
}

const abilitiesByTool: readonly (readonly [string, string])[] = [
  ['crm/find_customer', 'look up customers'],
  ['crm/list_tickets', 'list tickets'],
  ['billing/get_invoice', 'read invoices and payments'],
  ['billing/refund', 'propose refunds and credits'],
  ['mail/send', 'write mails'],
  ['crm/update_customer', 'change customer records'],
  ['database/query', 'answer questions about stock, customers and revenue'],
];

function abilities(isOffered: (tool: string) => boolean): string {
  const known = abilitiesByTool.filter(([tool]) => isOffered(tool)).map(([, what]) => what);
  const last = known.at(-1);
  if (last === undefined) return '';
  return known.length === 1 ? `I can ${last}.` : `I can ${known.slice(0, -1).join(', ')} and ${last}.`;
}
