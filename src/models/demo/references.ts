/** Invoice numbers, customer numbers and e-mail addresses among the words. */
import type { FoundNumber } from './amounts.ts';
import { hasWord } from './words.ts';
import type { Word } from './words.ts';

const emailShape = /^[\p{L}\d._%+-]{1,64}@[\p{L}\d-]{1,63}(?:\.[\p{L}\d-]{1,63}){1,4}$/u;

/** «show me 1042», «was 1042 paid?»: a number that looks like an invoice's, and nothing else to go by. */
export function bareInvoice(words: readonly Word[], numbers: readonly FoundNumber[]): string | undefined {
  const [only] = numbers;
  if (
    numbers.length !== 1 ||
    only === undefined ||
    !only.isPlain ||
    only.currency !== undefined ||
    only.value < 1000
  )
    return undefined;
  if (words.length > 6 || isCustomerId(words, only.at[0])) return undefined;
  return hasWord(words, 'show', 'paid', 'status', 'check', 'find', 'open', 'see', 'display')
    ? String(only.value)
    : undefined;
}

export function findInvoices(words: readonly Word[], taken: Set<number>): readonly string[] {
  const found: string[] = [];
  let follows = false;
  for (const [index, word] of words.entries()) {
    const noun = /^(?:invoices?|inv|bills?)(?:'s)?$/u.test(word.lower);
    const id = /^(?:#|inv[-#]?|invoice[-#])?(\d{1,9})(?:'s)?$/u.exec(word.lower);
    const isMarked =
      /^(?:#|inv[-#]?|invoice[-#])\d/u.test(word.lower) && !beforeIs(words, index, 'customer', 'ticket');
    const isMoney = /^(?:usd|eur|gbp|chf|dollars?|euros?|pounds?|bucks|percent|%)$/u.test(
      words[index + 1]?.lower ?? '',
    );
    if (noun) {
      follows = true;
      taken.add(index);
      const before = words[index - 1];
      if (before !== undefined && /^#?\d{3,9}$/u.test(before.lower) && !taken.has(index - 1)) {
        found.push(before.lower.replace('#', ''));
        taken.add(index - 1);
      }
    } else if (id !== null && (isMarked || follows) && !isMoney) {
      found.push(String(Number(id[1])));
      taken.add(index);
    } else if (!['no', 'nr', 'number', 'id', 'and', 'is', '#', 'the', 'or'].includes(word.lower))
      follows = false;
    if (follows && word.after.includes(',') && id !== null && !/^\d/u.test(words[index + 1]?.lower ?? ''))
      follows = false;
  }
  return [...new Set(found)].slice(0, 10);
}

function beforeIs(words: readonly Word[], index: number, ...wanted: readonly string[]): boolean {
  return wanted.includes(words[index - 1]?.lower ?? '');
}

export function findEmails(words: readonly Word[], taken: Set<number>): readonly string[] {
  const found: string[] = [];
  for (const [index, word] of words.entries()) {
    if (word.text.length > 200 || !emailShape.test(word.text)) continue;
    found.push(word.text);
    taken.add(index);
  }
  return found;
}

export function isCustomerId(words: readonly Word[], index: number | undefined): boolean {
  return index !== undefined && beforeIs(words, index, 'customer', 'client', 'account');
}
