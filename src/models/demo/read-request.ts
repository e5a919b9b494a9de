/**
 * Reads a message into wishes, in the order in which they are to happen.
 *
 * What the message leaves out («do it again», «and their tickets?», «make it 80») comes from what was said before.
 */
import { cutClauses } from './clauses.ts';
import { readClause } from './read-clause.ts';
import { readForm } from './read-form.ts';
import type { Wish, WishKind } from './wish.ts';
import { cleanMessage, cutWords, markQuotes } from './words.ts';

/** What earlier messages leave to build on. */
export interface Before {
  /** The last wishes that asked for something to be looked up or done. */
  readonly wishes: readonly Wish[];
  readonly customer: string | undefined;
  readonly invoice: string | undefined;
  /** What the bot said last. */
  readonly lastAnswer: string;
}

export const nothingBefore: Before = { wishes: [], customer: undefined, invoice: undefined, lastAnswer: '' };

const mostWishes = 8;
const talkKinds: readonly WishKind[] = [
  'greet',
  'help',
  'thanks',
  'yes',
  'no',
  'again',
  'change',
  'no-tool',
  'unknown',
];

/** True for kinds that ask for something to be looked up or done. */
export function isTask(kind: WishKind): boolean {
  return !talkKinds.includes(kind);
}

export function readRequest(message: string, before: Before): readonly Wish[] {
  const text = cleanMessage(message);
  const form = readForm(text) ?? readSql(text);
  if (form !== undefined) return [form];
  const unaddressed = text.replace(/^\s{0,20}(?:countersign|bot)[,:]?\s/iu, '');
  const answer = readAnswer(unaddressed, before);
  if (answer !== undefined) return answer;

  const wishes = settle(readClauses(unaddressed), before);
  const tasks = wishes.filter((wish) => isTask(wish.kind));
  // A greeting or a thank-you beside a task is courtesy.
  const [first = { kind: 'unknown', words: text } satisfies Wish] = wishes;
  return tasks.length > 0 ? tasks.slice(0, mostWishes) : [first];
}

function readClauses(text: string): readonly Wish[] {
  const marked = markQuotes(text);
  const wishes: Wish[] = [];
  for (const clause of cutClauses(marked.text, cutWords(marked.text))) {
    const wish = readClause(clause, marked.quotes);
    const last = wishes.at(-1);
    if (wish.kind === 'unknown' && last !== undefined) {
      // Words that ask for nothing by themselves belong to what was asked before them.
      wishes[wishes.length - 1] = readClause(`${last.words} ${clause}`, marked.quotes);
    } else wishes.push(wish, ...alsoInvoices(wish));
  }
  return wishes;
}

/** «list their invoices and tickets» asks for both. */
function alsoInvoices(wish: Wish): readonly Wish[] {
  const both = wish.kind === 'list-tickets' && /\binvoices\b/iu.test(wish.words);
  return both ? [{ ...wish, kind: 'list-invoices', status: undefined }] : [];
}

/** A statement given as such: in a code block, after «run» or «sql:», or as the whole message. */
function readSql(text: string): Wish | undefined {
  const fenced = /```(?:sql)?\s([^`]{1,10000})```/iu.exec(text)?.[1];
  const start =
    /\b(?:select\s+[\w*"(]|with\s+\w+\s+as\s*\(|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s|explain\s+select|pragma\s+\w)/iu.exec(
      text,
    );
  const lead = text.slice(0, start?.index ?? 0);
  const isLed =
    start !== null &&
    (lead.trim() === '' ||
      (lead.length < 80 && /\b(?:sql|query|run|execute|statement|database)\b/iu.test(lead)));
  const sql = fenced ?? (isLed ? text.slice(start.index).replaceAll('`', '') : undefined);
  if (
    sql === undefined ||
    !/^\s*(?:select|with|insert|update|delete|explain|pragma|create|drop|alter)\b/iu.test(sql)
  )
    return undefined;
  return {
    kind: 'run-sql',
    sql: sql
      .trim()
      .replace(/^["'«]/u, '')
      .slice(0, 10_000),
    words: text,
  };
}

/** The message as an answer to what the bot asked last, if it asked for words. */
function readAnswer(text: string, before: Before): readonly Wish[] | undefined {
  const last = before.wishes.at(-1);
  if (last === undefined || text === '') return undefined;
  if (
    /What shall I (?:write|note)/u.test(before.lastAnswer) &&
    ['send-mail', 'draft-mail', 'add-note'].includes(last.kind)
  ) {
    const said = readClauses(text)[0];
    if (said !== undefined && (isTask(said.kind) || ['no', 'help', 'thanks'].includes(said.kind)))
      return undefined;
    return [{ ...last, content: { kind: 'say', text } }];
  }
  if (/What is the new/u.test(before.lastAnswer) && last.kind === 'update-customer')
    return [{ ...last, value: text.slice(0, 200) }];
  if (/Which product/u.test(before.lastAnswer) && last.kind === 'stock')
    return [{ ...last, product: text.slice(0, 100) }];
  return undefined;
}

/** Resolves follow-ups and fills in what pointing words leave out. */
function settle(wishes: readonly Wish[], before: Before): readonly Wish[] {
  const settled: Wish[] = [];
  let { customer, invoice } = before;
  for (const wish of wishes) {
    for (const one of followUp(wish, before)) {
      const full = pointBack(one, customer, invoice, settled.length > 0);
      if (full.customer !== undefined && full.customer !== customer) {
        customer = full.customer;
        if (full.invoices?.[0] === undefined) invoice = undefined;
      }
      invoice = full.invoices?.[0] ?? invoice;
      settled.push(full);
    }
  }
  return settled;
}

function followUp(wish: Wish, before: Before): readonly Wish[] {
  if (wish.kind === 'again') return before.wishes.length > 0 ? before.wishes : [wish];
  if (wish.kind === 'change' || wish.kind === 'unknown') return overlay(wish, before) ?? [wish];
  if (wish.kind !== 'yes') return [wish];
  // A plain yes takes up what the last answer offered in its own words.
  const offer = /Say «([^»]{3,200})»/u.exec(before.lastAnswer)?.[1];
  return offer === undefined ? [wish] : settle(readClauses(offer), { ...before, lastAnswer: '' });
}

/** The earlier wish with what these words give anew: another amount, invoice, customer, address or reason. */
function overlay(wish: Wish, before: Before): readonly Wish[] | undefined {
  const gives =
    wish.amount !== undefined ||
    (wish.invoices?.length ?? 0) > 0 ||
    wish.customer !== undefined ||
    wish.email !== undefined ||
    wish.reason !== undefined;
  if (!gives || (wish.kind === 'unknown' && cutWords(wish.words).length > 12)) return undefined;
  const at = before.wishes.findLastIndex((one) => fits(one, wish));
  const base = before.wishes[at];
  if (base === undefined) return undefined;
  const invoices = invoicesFor(base, wish);
  const isOtherCustomer = wish.customer !== undefined && wish.customer !== base.customer;
  const changed: Wish = {
    ...base,
    amount: invoices.fromAmount ? base.amount : (wish.amount ?? base.amount),
    invoices:
      invoices.fromAmount || (wish.invoices?.length ?? 0) > 0
        ? invoices.ids
        : isOtherCustomer
          ? []
          : (base.invoices ?? []),
    customer: wish.customer ?? ((wish.invoices?.length ?? 0) > 0 ? undefined : base.customer),
    email: wish.email ?? (isOtherCustomer ? undefined : base.email),
    value: base.kind === 'update-customer' && wish.email !== undefined ? wish.email : base.value,
    reason: wish.reason ?? base.reason,
    words: wish.words,
    replaces: true,
    isTooLate:
      takesSum(base.kind) &&
      wish.kind === 'change' &&
      / is (?:refunded|credited) (?:on|to) /u.test(before.lastAnswer),
  };
  return [changed];
}

/** «and 1043?» after an invoice was shown: the bare number is an invoice there. */
function invoicesFor(
  base: Wish,
  wish: Wish,
): { readonly ids: readonly string[]; readonly fromAmount: boolean } {
  const amount = wish.amount;
  const needsInvoice =
    ['show-invoice', 'list-payments'].includes(base.kind) ||
    (base.kind === 'refund' && base.amount !== undefined && (base.invoices?.length ?? 0) === 0);
  if (
    needsInvoice &&
    amount?.kind === 'sum' &&
    amount.currency === undefined &&
    Number.isInteger(amount.value)
  ) {
    return { ids: [String(amount.value)], fromAmount: true };
  }
  return { ids: wish.invoices ?? [], fromAmount: false };
}

function takesSum(kind: WishKind): boolean {
  return kind === 'refund' || kind === 'credit';
}

function fits(earlier: Wish, change: Wish): boolean {
  const takesAmount = takesSum(earlier.kind);
  if (change.amount !== undefined && change.customer === undefined && change.invoices?.length === 0) {
    return takesAmount || ['show-invoice', 'list-payments', 'best-customers'].includes(earlier.kind);
  }
  return change.reason === undefined || takesAmount;
}

const wantsCustomer: readonly WishKind[] = [
  'show-customer',
  'delete-customer',
  'update-customer',
  'add-note',
  'credit',
];
const wantsInvoice: readonly WishKind[] = ['show-invoice', 'list-payments', 'refund'];
const takesCustomer: readonly WishKind[] = [
  'list-invoices',
  'list-tickets',
  'owed',
  'search-mail',
  'revenue',
];

function pointBack(
  wish: Wish,
  customer: string | undefined,
  invoice: string | undefined,
  isLater: boolean,
): Wish {
  const points = wish.points === true;
  const named = wish.customer !== undefined;
  const hasInvoice = (wish.invoices?.length ?? 0) > 0;
  if (
    wantsInvoice.includes(wish.kind) &&
    !hasInvoice &&
    invoice !== undefined &&
    (!named || wish.customer === customer)
  ) {
    return { ...wish, invoices: [invoice] };
  }
  if (named || hasInvoice) return wish;
  const isMail = wish.kind === 'send-mail' || wish.kind === 'draft-mail';
  if (isMail && wish.email === undefined) {
    return { ...wish, customer, invoices: invoice === undefined ? [] : [invoice] };
  }
  if (wantsCustomer.includes(wish.kind) && !(wish.kind === 'update-customer' && isLater && !points))
    return fill(wish, customer, invoice);
  return takesCustomer.includes(wish.kind) && points ? fill(wish, customer, invoice) : wish;
}

/** With only an invoice known, its customer is meant; the intents look him up from it. */
function fill(wish: Wish, customer: string | undefined, invoice: string | undefined): Wish {
  if (customer !== undefined) return { ...wish, customer };
  return invoice === undefined ? wish : { ...wish, invoices: [invoice] };
}
