/** Reads one clause: what kind of wish it is, and whom and what it names. */
import { chooseAmount, findNumbers } from './amounts.ts';
import { decideKind } from './decide-kind.ts';
import { findName, restName } from './names.ts';
import { bareInvoice, findEmails, findInvoices, isCustomerId } from './references.ts';
import { findContent, findReason, findSubject } from './read-content.ts';
import type { FoundContent } from './read-content.ts';
import type { Wish, WishKind } from './wish.ts';
import { cutWords, hasPhrase, hasWord, quoteOf, trimSentence, unmark } from './words.ts';
import type { Word } from './words.ts';

const pointing = [
  'it',
  'its',
  'that',
  'this',
  'them',
  'they',
  'their',
  'him',
  'his',
  'her',
  'she',
  'he',
] as const;

interface Head {
  readonly words: readonly Word[];
  readonly quotes: readonly string[];
}

export function readClause(text: string, quotes: readonly string[]): Wish {
  const words = cutWords(text);
  const taken = new Set<number>();
  const invoices = findInvoices(words, taken);
  const emails = findEmails(words, taken);
  const numbers = findNumbers(words, taken);
  const name = findName(words, quotes, taken, false);
  const kind = decideKind(words, {
    hasInvoice: invoices.length > 0,
    hasAmount: numbers.length > 0,
    hasName: name !== undefined,
    hasEmail: emails.length > 0,
  });
  const meant = kind === 'unknown' || kind === 'show-customer' ? bareInvoice(words, numbers) : undefined;
  if (meant !== undefined) return { kind: 'show-invoice', words: text, invoices: [meant] };
  const base: Wish = { kind, words: text, invoices, email: emails[0], points: pointsBack(words) };
  return addDetails(base, text, { words, quotes }, taken);
}

function addDetails(base: Wish, text: string, head: Head, taken: Set<number>): Wish {
  switch (base.kind) {
    case 'refund':
    case 'credit':
      return readMoneyWish(base, text, head, taken);
    case 'send-mail':
    case 'draft-mail':
    case 'add-note':
      return readWriting(base, text, head, taken);
    case 'update-customer':
      return readChange(base, text, head, taken);
    case 'change':
    case 'unknown':
      return readAnything(base, text, head, taken);
    case 'stock':
      return { ...base, product: restName(head.words, head.quotes, numbersOf(head.words, taken)) };
    case 'best-customers':
    case 'revenue':
      return {
        ...base,
        limit: findNumbers(head.words, taken)[0]?.value ?? spelled(head.words),
        customer: nameIn(head, taken, base.kind),
      };
    case 'search-mail':
      return { ...base, customer: nameIn(head, taken, base.kind), content: searched(head, taken, base) };
    case 'show-customer': {
      const named =
        nameIn(head, taken, base.kind) ??
        (pointsBack(head.words) ? undefined : restName(head.words, head.quotes, taken));
      return { ...base, customer: named };
    }
    case 'list-invoices':
    case 'owed':
      return { ...base, customer: nameIn(head, taken, base.kind), status: statusIn(head.words) };
    case 'delete-customer':
    case 'list-payments':
    case 'list-tickets':
    case 'show-invoice':
      return { ...base, customer: nameIn(head, taken, base.kind) };
    case 'again':
    case 'greet':
    case 'grouped':
    case 'help':
    case 'list-customers':
    case 'no-tool':
    case 'no':
    case 'run-sql':
    case 'schema':
    case 'thanks':
    case 'yes':
      return base;
    default:
      return base.kind satisfies never;
  }
}

function nameIn(head: Head, taken: ReadonlySet<number>, kind: WishKind): string | undefined {
  const isAboutMoney = kind === 'refund' || kind === 'credit';
  return findName(head.words, head.quotes, taken, !isAboutMoney && kind !== 'search-mail')?.name;
}

/** «it», «their», «the customer»: the words name nobody but point at somebody. */
function pointsBack(words: readonly Word[]): boolean {
  return (
    hasWord(words, ...pointing) ||
    hasPhrase(
      words,
      'the customer',
      "the customer's",
      'this customer',
      'the client',
      'the invoice',
      'this invoice',
      'that invoice',
      'same customer',
    )
  );
}

function numbersOf(words: readonly Word[], taken: ReadonlySet<number>): ReadonlySet<number> {
  return new Set([...taken, ...findNumbers(words, taken).flatMap((number) => number.at)]);
}

function readMoneyWish(base: Wish, text: string, head: Head, taken: Set<number>): Wish {
  let numbers = findNumbers(head.words, taken);
  let invoices = base.invoices ?? [];
  if (invoices.length === 0 && base.kind === 'refund') {
    // «refund 1042, 120 dollars»: the number without a currency that looks like an id is the invoice.
    const plain = numbers.filter(
      (number) =>
        number.isPlain &&
        number.currency === undefined &&
        !number.isPercent &&
        !isCustomerId(head.words, number.at[0]),
    );
    const id =
      plain.find((number) => number.value >= 1000) ?? (numbers.length > plain.length ? plain[0] : undefined);
    if (id !== undefined) {
      invoices = [String(id.value)];
      for (const index of id.at) taken.add(index);
      numbers = numbers.filter((number) => number !== id);
    }
  }
  numbers = numbers.filter((number) => !isCustomerId(head.words, number.at[0]));
  for (const number of numbers) for (const index of number.at) taken.add(index);
  const found = findName(head.words, head.quotes, taken, false) ?? lowerCustomer(head, taken);
  for (const index of found?.at ?? []) taken.add(index);
  const amount = chooseAmount(head.words, numbers);
  return {
    ...base,
    invoices,
    amount,
    customer: found?.name,
    reason: findReason(text, head.words, head.quotes, markOwnWords(head.words, taken)),
  };
}

/** «refund acme 120 dollars» and «of acme»: a small-letter name right after the verb or «of». */
function lowerCustomer(
  head: Head,
  taken: ReadonlySet<number>,
): { readonly name: string; readonly at: readonly number[] } | undefined {
  for (const [index, word] of head.words.entries()) {
    if (!['of', 'refund', 'credit', 'reimburse', 'to', 'from'].includes(word.lower)) continue;
    const found = findName(
      [{ ...word, text: 'of', lower: 'of' }, ...head.words.slice(index + 1, index + 3)],
      head.quotes,
      shift(taken, index),
      true,
    );
    if (found !== undefined && found.at[0] === 1)
      return { name: found.name, at: found.at.map((at) => at + index) };
  }
  return undefined;
}

function shift(taken: ReadonlySet<number>, by: number): ReadonlySet<number> {
  return new Set([...taken].map((index) => index - by));
}

/** Words that belong to the order itself, so that what is left between commas can only be the reason. */
function markOwnWords(words: readonly Word[], taken: ReadonlySet<number>): ReadonlySet<number> {
  const own = new Set(taken);
  for (const [index, word] of words.entries()) {
    if (
      /^(?:refund|reimburse|credit|half|full|fully|all|everything|total|amount|invoice|customer|percent)$/u.test(
        word.lower,
      )
    )
      own.add(index);
  }
  return own;
}

function readWriting(base: Wish, text: string, head: Head, taken: Set<number>): Wish {
  const found: FoundContent = findContent(text, head.words, head.quotes);
  const before = head.words.slice(0, found.from);
  const subject = findSubject(head.words, head.quotes);
  const named =
    findName(before, head.quotes, taken, true)?.name ??
    nameBesideNote(base.kind, head, taken, found.from) ??
    objectOf(before, taken);
  const email = findEmails(before, new Set())[0] ?? (found.content?.kind === 'say' ? undefined : base.email);
  return { ...base, customer: named, email, content: found.content, subject, points: pointsBack(before) };
}

/** «note "call back" on Acme»: the customer may stand behind the text. */
function nameBesideNote(
  kind: WishKind,
  head: Head,
  taken: ReadonlySet<number>,
  from: number,
): string | undefined {
  const behind = head.words.slice(from);
  const isQuoted = behind.some((word) => /^\uE000/u.test(word.text));
  if (kind === 'add-note' ? !isQuoted && head.words[from]?.lower !== 'that' : !isQuoted) return undefined;
  return findName(behind, head.quotes, shift(taken, from), false)?.name;
}

/** «mail acme that …»: a small-letter word right after the verb. */
function objectOf(before: readonly Word[], taken: ReadonlySet<number>): string | undefined {
  const at = before.findIndex((word) =>
    ['mail', 'email', 'e-mail', 'tell', 'notify', 'inform', 'remind', 'ask', 'let'].includes(word.lower),
  );
  if (at === -1) return undefined;
  const stand = before
    .slice(at, at + 3)
    .map((word, index) => (index === 0 ? { ...word, text: 'of', lower: 'of' } : word));
  return findName(stand, [], shift(taken, at), true)?.name;
}

function readChange(base: Wish, text: string, head: Head, taken: Set<number>): Wish {
  const { words, quotes } = head;
  const to = words.findIndex(
    (word, index) => index > 0 && (['to', 'is', '='].includes(word.lower) || word.after.includes(':')),
  );
  const field = fieldIn(words.slice(0, to === -1 ? words.length : to + 1));
  const first = words[to + 1];
  const typed =
    to === -1 || first === undefined
      ? undefined
      : trimSentence(unmark(text.slice(first.start), quotes)).replace(/[.!?]$/u, '');
  const value = field === 'email' ? (findEmails(words, new Set()).at(-1) ?? typed) : typed;
  const before = to === -1 ? words : words.slice(0, to);
  return {
    ...base,
    field,
    value: value === '' ? undefined : value?.slice(0, 200),
    customer: findName(before, quotes, taken, true)?.name,
  };
}

const spelledNumbers = 'one two three four five six seven eight nine ten'.split(' ');

function spelled(words: readonly Word[]): number | undefined {
  const word = words.find((one) => spelledNumbers.includes(one.lower));
  return word === undefined ? undefined : spelledNumbers.indexOf(word.lower) + 1;
}

function fieldIn(words: readonly Word[]): Wish['field'] {
  if (hasWord(words, 'moved')) return 'address';
  if (hasWord(words, 'email', 'e-mail', 'mail')) return 'email';
  if (hasWord(words, 'phone', 'telephone', 'number')) return 'phone';
  if (hasWord(words, 'address', 'street')) return 'address';
  if (hasWord(words, 'contact')) return 'contact';
  return hasWord(words, 'name') ? 'name' : undefined;
}

function searched(head: Head, taken: ReadonlySet<number>, base: Wish): Wish['content'] {
  const found = aboutText(head);
  if (found !== undefined) return found;
  if (base.email !== undefined) return { kind: 'topic', text: base.email };
  const rest = restName(head.words, head.quotes, taken);
  return rest === undefined ? undefined : { kind: 'topic', text: rest };
}

function aboutText(head: Head): Wish['content'] {
  const quoted = head.words
    .map((word) => quoteOf(word, head.quotes))
    .find((found) => found !== undefined && found !== '');
  if (quoted !== undefined) return { kind: 'topic', text: quoted.slice(0, 200) };
  const named = head.words.findIndex((word) =>
    ['about', 'regarding', 'with', 'mentioning', 'containing', 'concerning'].includes(word.lower),
  );
  const at = named === -1 ? head.words.findIndex((word) => word.lower === 'for') : named;
  const rest =
    at === -1
      ? []
      : head.words
          .slice(at + 1)
          .filter((word) => !['the', 'a', 'an', 'word', 'words', 'subject'].includes(word.lower));
  const text = unmark(
    rest
      .slice(0, 8)
      .map((word) => word.text)
      .join(' '),
    head.quotes,
  );
  return text === '' ? undefined : { kind: 'topic', text: text.slice(0, 200) };
}

function statusIn(words: readonly Word[]): Wish['status'] {
  if (hasWord(words, 'overdue', 'late', 'reminders')) return 'overdue';
  if (hasWord(words, 'open', 'unpaid', 'outstanding', 'owes', 'owe')) return 'open';
  if (hasWord(words, 'refunded', 'refunds')) return 'refunded';
  return hasWord(words, 'paid', 'settled') ? 'paid' : undefined;
}

/** All details at once, for words that only make sense together with what was said before. */
function readAnything(base: Wish, text: string, head: Head, taken: Set<number>): Wish {
  const numbers = findNumbers(head.words, taken);
  for (const number of numbers) for (const index of number.at) taken.add(index);
  const found = findName(head.words, head.quotes, taken, true);
  for (const index of found?.at ?? []) taken.add(index);
  const alone =
    head.words.length <= 3 && numbers.length === 0 ? restName(head.words, head.quotes, taken) : undefined;
  const invoices = base.invoices ?? [];
  const cause = head.words.findIndex((word) => ['because', 'reason', 'since'].includes(word.lower));
  const reason = cause === -1 ? undefined : findReason(text, head.words, head.quotes, taken);
  return {
    ...base,
    invoices,
    amount: chooseAmount(head.words, numbers),
    customer: found?.name ?? alone,
    reason,
  };
}
