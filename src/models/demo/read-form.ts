/** Reads requests in form: `key: value` lines or a JSON object, as workflows hand them over. */
import { parseNumber } from './amounts.ts';
import { decideKind } from './decide-kind.ts';
import { readClause } from './read-clause.ts';
import type { AmountWish, Wish } from './wish.ts';
import { cutWords } from './words.ts';

const keys = new Set(
  'customer invoice amount currency reason to email subject body text note message query sql product phone address'.split(
    ' ',
  ),
);

/** The wish of a request in form, or undefined when the message is none. */
export function readForm(message: string): Wish | undefined {
  const fields = new Map<string, string>();
  const rest: string[] = [];
  let last: string | undefined;
  for (const line of message.split('\n')) {
    const match = /^\s{0,8}(?:[-*] )?"?([A-Za-z]{2,20})"?\s{0,4}[:=]\s{0,4}(.{0,4000})$/u.exec(line);
    const key = match?.[1]?.toLowerCase() ?? '';
    if (match !== null && keys.has(key) && !fields.has(key)) {
      fields.set(key, (match[2] ?? '').trim().replace(/^"|",?$|,$/gu, ''));
      last = key;
    } else if (last === 'body' || last === 'text' || last === 'note')
      fields.set(last, `${fields.get(last) ?? ''}\n${line}`);
    else rest.push(line);
  }
  const enough =
    fields.size >= 2 || (fields.size === 1 && rest.join('').trim() !== '' && message.includes('\n'));
  if (!enough) return undefined;
  return toWish(message, rest.join(' '), fields);
}

function toWish(message: string, title: string, fields: ReadonlyMap<string, string>): Wish | undefined {
  const text = (key: string): string | undefined => {
    const value = fields.get(key)?.trim();
    return value === undefined || value === '' ? undefined : value;
  };
  const invoice = /\d{1,9}/u.exec(text('invoice') ?? '')?.[0];
  const amount = readAmount(text('amount'), text('currency'));
  const email = text('email') ?? (text('to')?.includes('@') === true ? text('to') : undefined);
  const customer = text('customer') ?? (text('to')?.includes('@') === false ? text('to') : undefined);
  const said = decideKind(cutWords(title), {
    hasInvoice: invoice !== undefined,
    hasAmount: amount !== undefined,
    hasName: customer !== undefined,
    hasEmail: email !== undefined,
  });
  const body = text('body') ?? text('text') ?? text('note') ?? text('message');
  const wantsRefund = invoice !== undefined && (amount !== undefined || text('reason') !== undefined);
  const guessed = wantsRefund
    ? 'refund'
    : amount !== undefined
      ? 'credit'
      : body === undefined
        ? 'unknown'
        : 'send-mail';
  // A title that only names what the form is about («Customer», «Invoice») is weaker than what the fields ask for.
  const kind = said === 'unknown' || (said.startsWith('show-') && guessed !== 'unknown') ? guessed : said;
  if (kind === 'unknown') return undefined;
  const free = readClause(title, []);
  const spare = free.kind === kind ? free : undefined;
  return {
    ...spare,
    kind,
    words: message,
    customer: customer ?? spare?.customer,
    invoices: invoice === undefined ? (spare?.invoices ?? []) : [String(Number(invoice))],
    amount: amount ?? spare?.amount,
    reason: text('reason')?.slice(0, 500) ?? spare?.reason,
    email,
    subject: text('subject')?.slice(0, 200),
    content: body === undefined ? undefined : { kind: 'say', text: body },
    sql: text('sql') ?? (kind === 'run-sql' ? text('query') : undefined),
    product: text('product'),
  };
}

function readAmount(text: string | undefined, currency: string | undefined): AmountWish | undefined {
  if (text === undefined) return undefined;
  if (/\b(?:full|all|everything)\b/iu.test(text)) return { kind: 'full' };
  const own = /[A-Za-z]{3}/u.exec(text)?.[0]?.toUpperCase();
  const number = parseNumber(/\d[\d.,']{0,30}/u.exec(text)?.[0] ?? '');
  if (number === undefined) return undefined;
  return {
    kind: 'sum',
    value: number,
    currency: currency?.toUpperCase().slice(0, 3) ?? own ?? (text.includes('$') ? 'USD' : undefined),
  };
}
