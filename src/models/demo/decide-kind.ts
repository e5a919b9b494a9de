/** Decides from the words of one clause what kind of wish it is; `unknown` when no rule fits. */
import { readGrouping } from './read-grouping.ts';
import type { WishKind } from './wish.ts';
import { hasPhrase, hasWord } from './words.ts';
import type { Word } from './words.ts';

interface ClauseFacts {
  readonly hasInvoice: boolean;
  readonly hasAmount: boolean;
  readonly hasName: boolean;
  readonly hasEmail: boolean;
}

const polite = new Set(
  'please kindly can could would will you we i want need to like d just let me us lets now also then and ok okay hey hi hello'.split(
    ' ',
  ),
);
const askers = new Set(
  'what how which who when why is are was were did does do has have whats hows whos'.split(' '),
);
const mailVerbs = new Set(
  'mail email e-mail write tell notify inform remind message reply answer'.split(' '),
);
/** Verbs for things that no tool here does; better said than misread. */
const beyondTools = new Set(
  'delete remove erase cancel void create close approve deny freeze pay charge book order ship buy translate'.split(
    ' ',
  ),
);
const mailNouns = [
  'mail',
  'mails',
  'email',
  'emails',
  'e-mail',
  'e-mails',
  'inbox',
  'mailbox',
  'message',
  'messages',
] as const;
const fieldWords = [
  'email',
  'e-mail',
  'mail',
  'phone',
  'telephone',
  'number',
  'address',
  'street',
  'name',
  'contact',
] as const;

export function decideKind(words: readonly Word[], facts: ClauseFacts): WishKind {
  return talk(words, facts) ?? writing(words, facts) ?? reading(words, facts) ?? 'unknown';
}

function opening(words: readonly Word[]): string {
  return words.find((word) => !polite.has(word.lower))?.lower ?? '';
}

function isQuestion(words: readonly Word[]): boolean {
  return askers.has(opening(words).replace(/'s$/u, ''));
}

function talk(words: readonly Word[], facts: ClauseFacts): WishKind | undefined {
  const short = words.length <= 8;
  const plain = !facts.hasInvoice && !facts.hasAmount && !facts.hasEmail;
  if (
    hasPhrase(
      words,
      'what can you do',
      'what do you do',
      'who are you',
      'what are you',
      'how do you work',
      'how does this work',
    )
  )
    return 'help';
  if (
    short &&
    plain &&
    (hasWord(words, 'help', 'commands', 'capabilities') || hasPhrase(words, 'how do i', 'how can i'))
  )
    return 'help';
  if (
    short &&
    hasPhrase(
      words,
      'do it again',
      'do that again',
      'try again',
      'try it again',
      'ask again',
      'ask it again',
      'once more',
      'same again',
      'again please',
      'one more time',
      'repeat that',
      'repeat it',
    )
  )
    return 'again';
  if (short && plain && ['again', 'retry', 'repeat'].includes(words[0]?.lower ?? '')) return 'again';
  if (hasWord(words, 'instead', 'rather') && !hasWord(words, 'refund', 'mail', 'email', 'credit'))
    return 'change';
  if (
    short &&
    hasPhrase(
      words,
      'make it',
      'make that',
      'change it to',
      'change that to',
      'change the amount',
      'set it to',
      'the amount is',
    )
  )
    return 'change';
  if (short && plain && hasWord(words, 'thanks', 'thank', 'thx', 'cheers', 'ty')) return 'thanks';
  const only = words.length <= 3 && plain && !facts.hasName ? (words[0]?.lower ?? '') : '';
  if (
    ['yes', 'yep', 'yeah', 'sure', 'ok', 'okay', 'go', 'do', 'please'].includes(only) &&
    words.length <= 3 &&
    !facts.hasName
  )
    return 'yes';
  if (['no', 'nope', 'stop', 'cancel', 'never'].includes(only)) return 'no';
  if (['great', 'perfect', 'nice', 'cool', 'wonderful'].includes(only)) return 'thanks';
  if (
    ['hi', 'hello', 'hey', 'hallo', 'morning', 'greetings', 'howdy'].includes(words[0]?.lower ?? '') &&
    words.length <= 4 &&
    plain
  )
    return 'greet';
  if (short && hasPhrase(words, 'good morning', 'good afternoon', 'good evening', 'how are you'))
    return 'greet';
  return undefined;
}

function writing(words: readonly Word[], facts: ClauseFacts): WishKind | undefined {
  const first = opening(words);
  const question = isQuestion(words);
  if (['delete', 'remove', 'erase'].includes(first) && hasWord(words, 'customer', 'client'))
    return 'delete-customer';
  if (beyondTools.has(first)) return 'no-tool';
  const howTo = hasPhrase(words, 'how do', 'how can', 'how would', 'how to');
  const lists = ['show', 'list', 'display', 'find', 'search', 'see', 'get'].includes(first);

  if (first === 'draft' || (hasWord(words, 'draft') && hasWord(words, ...mailNouns))) return 'draft-mail';
  if (
    (first === 'ask' && (facts.hasName || hasWord(words, 'customer'))) ||
    (hasWord(words, 'let') && hasWord(words, 'know') && !hasWord(words, 'me', 'us'))
  )
    return 'send-mail';
  if (isNote(words, first, lists)) return 'add-note';
  if (mailVerbs.has(first) && !isToUs(words, first) && !lists) return 'send-mail';
  if (isChangeOfRecord(words, first) && !question) return 'update-customer';
  if (
    ['send', 'drop', 'shoot'].includes(first) &&
    (facts.hasEmail ||
      hasWord(words, ...mailNouns, 'reminder', 'letter', 'note', 'invoice', 'customer') ||
      facts.hasName)
  )
    return 'send-mail';
  const refunds =
    hasWord(words, 'refund', 'refunding', 'reimburse') ||
    (hasWord(words, 'back') && facts.hasAmount && facts.hasInvoice) ||
    hasPhrase(words, 'money back', 'give back', 'pay back', 'return the money');
  if (refunds && !question && !lists && !howTo && !hasPhrase(words, 'refund status', 'refund history'))
    return 'refund';
  if (hasPhrase(words, 'do a refund', 'how about refunding')) return 'refund';
  const credits = hasWord(words, 'credit', 'goodwill', 'voucher');
  if (credits && !question && !lists && !howTo) return 'credit';
  return undefined;
}

function isNote(words: readonly Word[], first: string, lists: boolean): boolean {
  if (lists) return false;
  if (first === 'note') return true;
  return (
    hasWord(words, 'note') &&
    ['add', 'make', 'put', 'leave', 'write', 'attach', 'record', 'take', 'a'].includes(first)
  );
}

/** «Tell me …» and «write me …» ask us, not a customer. */
function isToUs(words: readonly Word[], first: string): boolean {
  const at = words.findIndex((word) => word.lower === first);
  return (
    ['tell', 'answer', 'remind', 'message'].includes(first) &&
    ['me', 'us'].includes(words[at + 1]?.lower ?? '')
  );
}

function isChangeOfRecord(words: readonly Word[], first: string): boolean {
  if (hasWord(words, 'moved') && hasWord(words, 'to')) return true;
  if (!hasWord(words, ...fieldWords)) return false;
  if (['change', 'update', 'set', 'correct', 'replace', 'edit', 'fix'].includes(first)) return true;
  return (
    hasWord(words, 'new') && (hasWord(words, 'is') || first === 'add') && !hasWord(words, 'what', 'which')
  );
}

function reading(words: readonly Word[], facts: ClauseFacts): WishKind | undefined {
  if (hasWord(words, 'schema', 'tables', 'columns')) return 'schema';
  if (readGrouping(words.map(({ lower }) => lower).join(' ')) !== undefined) return 'grouped';
  if (hasWord(words, 'ticket', 'tickets', 'complaint', 'complaints', 'issues')) return 'list-tickets';
  const tops = hasWord(words, 'best', 'top', 'biggest', 'largest', 'valuable', 'most');
  if (
    tops &&
    hasWord(words, 'customer', 'customers', 'client', 'clients', 'buyers', 'buys', 'buy', 'spends', 'who')
  )
    return 'best-customers';
  if (
    hasWord(words, 'revenue', 'turnover', 'sales', 'income') ||
    hasPhrase(words, 'did we sell', 'did we earn', 'did we make', 'have we sold', 'do we earn')
  )
    return 'revenue';
  if (hasWord(words, 'stock', 'inventory', 'warehouse') || asksWhatIsThere(words)) return 'stock';
  if (
    hasWord(words, 'payment', 'payments') ||
    (hasWord(words, 'when', 'how') && hasWord(words, 'paid', 'pay') && facts.hasInvoice)
  )
    return 'list-payments';
  if (
    hasWord(words, 'owe', 'owes', 'owed', 'owing', 'balance') ||
    (hasWord(words, 'outstanding', 'open', 'unpaid', 'overdue') && hasWord(words, 'much', 'total', 'sum'))
  )
    return 'owed';
  if (facts.hasInvoice) return 'show-invoice';
  if (hasWord(words, 'invoices', 'bills', 'overdue', 'unpaid', 'receivables', 'refunds', 'invoice', 'bill'))
    return hasPhrase(words, 'an invoice', 'the invoice', 'this invoice', 'that invoice')
      ? 'show-invoice'
      : 'list-invoices';
  const wrote = isQuestion(words) && hasWord(words, 'write', 'wrote', 'written') && facts.hasName;
  if (wrote || (hasWord(words, ...mailNouns) && !asksForAddress(words))) return 'search-mail';
  return customer(words, facts);
}

/** «How many vases do we have?» is about the stock, «do we have overdue invoices?» is not. */
function asksWhatIsThere(words: readonly Word[]): boolean {
  if (
    hasWord(
      words,
      'invoices',
      'invoice',
      'bills',
      'customers',
      'clients',
      'refunds',
      'payments',
      'overdue',
      ...mailNouns,
    )
  )
    return false;
  return hasPhrase(words, 'do we have', 'are left', 'is left', 'have we got');
}

/** «What is Acme's e-mail?» is about the customer's record, not about the mailbox. */
function asksForAddress(words: readonly Word[]): boolean {
  const ofRecord = hasPhrase(words, 'email address', 'e-mail address', 'mail address');
  return (
    ofRecord ||
    (hasPhrase(words, 'what is', 'tell me') && hasWord(words, 'email', 'e-mail')) ||
    words[0]?.lower === "what's"
  );
}

function customer(words: readonly Word[], facts: ClauseFacts): WishKind | undefined {
  const first = opening(words);
  if (hasWord(words, 'customers', 'clients') && !facts.hasName) return 'list-customers';
  if (hasWord(words, 'customer', 'customers', 'client', 'clients', 'account')) return 'show-customer';
  if (hasWord(words, 'phone', 'address', 'contact', 'email', 'e-mail', 'note', 'notes'))
    return 'show-customer';
  if (first === 'who' && !facts.hasName && !facts.hasEmail && !hasPhrase(words, 'who is')) return undefined;
  const looks = [
    'find',
    'show',
    'look',
    'lookup',
    'search',
    'who',
    "who's",
    'get',
    'open',
    'check',
    'display',
    'pull',
    'fetch',
    'tell',
    'see',
  ];
  if (looks.includes(first) && (facts.hasName || facts.hasEmail || words.length <= 5) && words.length > 1)
    return 'show-customer';
  return undefined;
}
