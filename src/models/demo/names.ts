/** Names of customers in free words: «of Acme», «Acme GmbH's tickets», «customer 88», «for "Blue Harbor"». */
import { quoteOf } from './words.ts';
import type { Word } from './words.ts';

const suffixes = new Set(
  'gmbh ltd inc llc ag co corp bv sa plc kg group company sons partners limited'.split(' '),
);
const markers = new Set('customer client account'.split(' '));
const prepositions = new Set('of for from to with about does did has is by on at against'.split(' '));
const fillers = new Set('named called the our a an number no id company client customer account'.split(' '));

/** Words that are never a customer's name, though they stand where one could. */
const plainWords = new Set(
  (
    'a an the this that these those it its they them their theirs he him his she her hers we us our i me my you your ' +
    'and or but not no yes then also again please kindly now today tomorrow yesterday soon later first last next once ' +
    'refund refunds refunded reimburse credit credits credited invoice invoices bill bills payment payments paid pay ' +
    'customer customers client clients account accounts company ticket tickets mail mails email emails e-mail message ' +
    'messages letter note notes address phone number contact stock inventory product products item items order orders ' +
    'revenue sales turnover query sql database table tables schema month months year years week weeks quarter day days ' +
    'amount total sum dollars dollar usd eur euro euros gbp chf pounds bucks money cash half full fully all everything ' +
    'level levels units pieces approved denied something anything nothing stuff thing things everyone everybody anyone someone somebody nobody each every any some most best top biggest largest open overdue ' +
    'unpaid outstanding late due owed owes owe damage damaged broken defective delay delayed arrival delivery shipping ' +
    'goods reason because since as at by for from in into of off on onto out over to under up with within without about ' +
    'hello hi hey dear thanks thank ok okay help what which who whom whose when where why how is are was were be been do ' +
    'does did done can could would will shall should may might must have has had let lets find show list get give look ' +
    'search check see tell write send draft notify inform ask remind add change update set make run execute select good ' +
    'morning afternoon evening countersign bot agent new old correct wrong same current status details info record ' +
    'records data everything invoice-id figure history more less instead much many how there here january february ' +
    'march april june july august september october november december monday tuesday wednesday thursday friday ' +
    'saturday sunday only just still already left hand being saying stating regarding concerning subject body text re'
  ).split(' '),
);

const actions = new Set(
  'wants moved needs asks has is should gets got owes paid says called wrote changed'.split(' '),
);

interface FoundName {
  readonly name: string;
  /** Indexes of the words it is made of. */
  readonly at: readonly number[];
}

/** True when a word could be part of a name: it begins with a capital or is a short form such as «O'Neil». */
function looksLikeName(word: Word | undefined): boolean {
  return word !== undefined && /^\p{Lu}/u.test(word.text) && !plainWords.has(bare(word.lower));
}

function bare(lower: string): string {
  return lower.endsWith("'s") ? lower.slice(0, -2) : lower.endsWith("'") ? lower.slice(0, -1) : lower;
}

function isLowerName(word: Word | undefined): word is Word {
  return (
    word !== undefined && /^\p{Ll}[\p{L}\d&'-]{2,39}$/u.test(word.text) && !plainWords.has(bare(word.lower))
  );
}

/** The run of name words that starts at an index. */
function takeName(words: readonly Word[], from: number, taken: ReadonlySet<number>): FoundName | undefined {
  const at: number[] = [];
  for (let index = from; index < words.length && at.length < 6; index += 1) {
    const word = words[index];
    if (word === undefined || taken.has(index)) break;
    const joins = ['&', '+', 'and', 'of'].includes(word.lower) && at.length > 0;
    if (joins) {
      const next = words[index + 1];
      const binds =
        word.lower === '&' || word.lower === '+' ? next !== undefined : suffixes.has(next?.lower ?? '');
      if (!binds) break;
    } else if (!looksLikeName(word) && !(at.length > 0 && suffixes.has(word.lower))) break;
    at.push(index);
    if (word.lower.endsWith("'s") || /[,;:.!?]/u.test(word.after)) break;
  }
  return at.length === 0 ? undefined : { name: joinName(words, at), at };
}

function joinName(words: readonly Word[], at: readonly number[]): string {
  const text = at.map((index) => words[index]?.text ?? '').join(' ');
  return /'s?$/u.test(text) ? text.replace(/'s?$/u, '') : text;
}

/**
 * The customer that the words name, if any. `allowLower` also takes a small-letter word after «of» or «for»;
 * leave it off where such a word is more likely a reason.
 */
export function findName(
  words: readonly Word[],
  quotes: readonly string[],
  taken: ReadonlySet<number>,
  allowLower: boolean,
): FoundName | undefined {
  return (
    afterMarker(words, quotes, taken) ??
    possessive(words, taken) ??
    afterPreposition(words, quotes, taken, allowLower) ??
    anyCapital(words, taken)
  );
}

function afterMarker(
  words: readonly Word[],
  quotes: readonly string[],
  taken: ReadonlySet<number>,
): FoundName | undefined {
  for (const [index, word] of words.entries()) {
    if (!markers.has(word.lower) || taken.has(index)) continue;
    let from = index + 1;
    while (from < words.length && fillers.has(words[from]?.lower ?? '')) from += 1;
    const next = words[from];
    const quoted = quoteOf(next, quotes);
    if (quoted !== undefined && quoted !== '') return { name: quoted, at: [from] };
    if (next !== undefined && !taken.has(from) && /^#?\d{1,9}$/u.test(next.text)) {
      return { name: next.text.replace('#', ''), at: [from] };
    }
    const named = takeName(words, from, taken);
    if (named !== undefined) return named;
    if (!taken.has(from) && isLowerName(next)) return { name: joinName(words, [from]), at: [from] };
  }
  return undefined;
}

function possessive(words: readonly Word[], taken: ReadonlySet<number>): FoundName | undefined {
  for (const [index, word] of words.entries()) {
    if (!/'s?$/u.test(word.lower) || taken.has(index) || plainWords.has(bare(word.lower))) continue;
    let from = index;
    while (
      from > 0 &&
      looksLikeName(words[from - 1]) &&
      !taken.has(from - 1) &&
      words[from - 1]?.after === ''
    )
      from -= 1;
    // «Show Acme's tickets»: a capital at the very start is the verb's unless it is no plain word.
    const at = Array.from({ length: index - from + 1 }, (_none, step) => from + step);
    return { name: joinName(words, at), at };
  }
  return undefined;
}

function afterPreposition(
  words: readonly Word[],
  quotes: readonly string[],
  taken: ReadonlySet<number>,
  allowLower: boolean,
): FoundName | undefined {
  for (const [index, word] of words.entries()) {
    if (!prepositions.has(word.lower) || taken.has(index)) continue;
    const named = takeName(words, index + 1, taken);
    if (named !== undefined) return named;
  }
  if (!allowLower) return undefined;
  for (const [index, word] of words.entries()) {
    if (!prepositions.has(word.lower) || ['is', 'by', 'on', 'at', 'about', 'with'].includes(word.lower))
      continue;
    const next = words[index + 1];
    const quoted = quoteOf(next, quotes);
    if (quoted !== undefined && quoted.length > 0 && quoted.length <= 80)
      return { name: quoted, at: [index + 1] };
    if (taken.has(index + 1) || !isLowerName(next)) continue;
    const at = [index + 1];
    if (suffixes.has(words[index + 2]?.lower ?? '')) at.push(index + 2);
    return { name: joinName(words, at), at };
  }
  return undefined;
}

function anyCapital(words: readonly Word[], taken: ReadonlySet<number>): FoundName | undefined {
  for (const [index] of words.entries()) {
    // A capital begins every sentence, so the first word is a name only when it does something.
    const acts = actions.has(words[index + 1]?.lower ?? '');
    if ((index === 0 && !acts) || taken.has(index)) continue;
    const named = takeName(words, index, taken);
    if (named !== undefined && named.name.length > 1) return named;
  }
  return undefined;
}

/** The words after a verb that are no plain words, for «find acme» and «who is Greta Vogel». */
export function restName(
  words: readonly Word[],
  quotes: readonly string[],
  taken: ReadonlySet<number>,
): string | undefined {
  const quoted = words.map((word) => quoteOf(word, quotes)).find((text) => text !== undefined && text !== '');
  if (quoted !== undefined) return quoted.slice(0, 100);
  const kept = words.filter(
    (word, index) => !taken.has(index) && !plainWords.has(bare(word.lower)) && word.text.length > 1,
  );
  if (kept.length === 0 || kept.length > 5) return undefined;
  const text = kept.map((word) => word.text).join(' ');
  return text.length <= 100 ? text.replace(/'s?$/u, '') : undefined;
}
