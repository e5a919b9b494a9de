/** Amounts in plain words: «120 dollars», «$1,200.50», «EUR 80», «half», «20 %», «in full». */
import { hasPhrase, hasWord } from './words.ts';
import type { Word } from './words.ts';
import type { AmountWish } from './wish.ts';

const currencies: Readonly<Record<string, string>> = {
  '$': 'USD', 'us$': 'USD', 'usd': 'USD', 'dollar': 'USD', 'dollars': 'USD', 'bucks': 'USD', 'buck': 'USD',
  '€': 'EUR', 'eur': 'EUR', 'euro': 'EUR', 'euros': 'EUR',
  '£': 'GBP', 'gbp': 'GBP', 'pound': 'GBP', 'pounds': 'GBP',
  'chf': 'CHF', 'franc': 'CHF', 'francs': 'CHF', 'jpy': 'JPY', 'yen': 'JPY',
}; // prettier-ignore

export interface FoundNumber {
  readonly value: number;
  readonly currency: string | undefined;
  readonly isPercent: boolean;
  /** Digits only, as an identifier would be written. */
  readonly isPlain: boolean;
  /** Indexes of the words it is made of. */
  readonly at: readonly number[];
}

/** «1,200.50», «1200,5» and «1.200» as numbers; undefined for anything else. */
export function parseNumber(text: string): number | undefined {
  const match = /^(\d{1,12}(?:[.,']\d{1,12}){0,4})(k?)$/u.exec(text);
  if (match === null) return undefined;
  const digits = match[1] ?? '';
  const parts = digits.split(/[.,']/u);
  const last = parts.at(-1) ?? '';
  const isDecimal = parts.length > 1 && last.length !== 3;
  const whole = isDecimal ? parts.slice(0, -1).join('') : parts.join('');
  const value = Number(isDecimal ? `${whole}.${last}` : whole) * (match[2] === 'k' ? 1000 : 1);
  return Number.isFinite(value) && value <= 1e12 ? Math.round(value * 100) / 100 : undefined;
}

/** All numbers among the words, with the currency beside them; words in `taken` are not read. */
export function findNumbers(words: readonly Word[], taken: ReadonlySet<number>): readonly FoundNumber[] {
  const found: FoundNumber[] = [];
  for (const [index, word] of words.entries()) {
    if (taken.has(index)) continue;
    const split = /^([^\d]{0,4}?)(\d[\d.,']{0,30}k?)([^\d]{0,8})$/u.exec(word.lower);
    if (split === null) continue;
    const [, before = '', digits = '', after = ''] = split;
    const value = parseNumber(digits);
    if (value === undefined || before.startsWith('#')) continue;
    const own = currencies[before] ?? currencies[after];
    if (own === undefined && after !== '%' && (before !== '' || after !== '')) continue;
    const next = currencies[words[index + 1]?.lower ?? ''];
    const previous = currencies[words[index - 1]?.lower ?? ''];
    const nextIsPercent = after === '%' || ['%', 'percent'].includes(words[index + 1]?.lower ?? '');
    const at = [index];
    if (own === undefined && (next !== undefined || (nextIsPercent && after !== '%'))) at.push(index + 1);
    else if (own === undefined && previous !== undefined) at.push(index - 1);
    found.push({
      value,
      currency: own ?? next ?? previous,
      isPercent: nextIsPercent,
      isPlain: /^\d+$/u.test(word.lower),
      at,
    });
  }
  return found;
}

/** The amount the words ask for. A number that names a currency wins over one that does not. */
export function chooseAmount(
  words: readonly Word[],
  numbers: readonly FoundNumber[],
): AmountWish | undefined {
  const percent = numbers.find((number) => number.isPercent);
  if (percent !== undefined && percent.value > 0 && percent.value <= 100)
    return { kind: 'share', percent: percent.value };
  const sum = numbers.find((number) => number.currency !== undefined) ?? numbers[0];
  if (sum !== undefined) return { kind: 'sum', value: sum.value, currency: sum.currency };
  if (hasWord(words, 'half')) return { kind: 'share', percent: 50 };
  const isFull =
    hasWord(words, 'full', 'fully', 'entire', 'completely', 'whole', 'everything', 'remainder', 'rest') ||
    hasPhrase(words, 'all of it', 'in total', 'total amount', 'complete amount', 'all the money');
  return isFull ? { kind: 'full' } : undefined;
}

/** «120.00 USD» */
export function tellMoney(value: number, currency: string | undefined): string {
  return currency === undefined ? value.toFixed(2) : `${value.toFixed(2)} ${currency}`;
}
