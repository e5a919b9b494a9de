/** What a mail or a note is to say, and why a refund is made, as far as the words tell. */
import type { Content } from './wish.ts';
import { quoteOf, trimSentence, unmark } from './words.ts';
import type { Word } from './words.ts';

const openers: Readonly<Record<string, Content['kind']>> = {
  'that': 'say', 'saying': 'say', 'say': 'say', 'stating': 'say', 'says': 'say',
  'about': 'topic', 'regarding': 'topic', 'concerning': 'topic',
  'asking': 'ask', 'ask': 'ask', 'request': 'ask', 'requesting': 'ask',
}; // prettier-ignore

const askOpeners: Readonly<Record<string, Content['kind']>> = {
  for: 'ask',
  whether: 'ask',
  if: 'ask',
  about: 'ask',
};

/** «ask Acme for a photo»: whom to ask stands between the verb and what is asked. */
function asksSomebody(words: readonly Word[]): boolean {
  const at = words.findIndex((word) => word.lower === 'ask');
  const writes = ['mail', 'email', 'e-mail', 'write', 'send', 'draft', 'tell', 'message', 'note'];
  return at !== -1 && !words.slice(0, at).some((word) => writes.includes(word.lower));
}

export interface FoundContent {
  readonly content: Content | undefined;
  /** The index of the first word that belongs to the content; words before it are the request's own. */
  readonly from: number;
}

export function findContent(text: string, words: readonly Word[], quotes: readonly string[]): FoundContent {
  const asks = asksSomebody(words);
  let tells = false;
  for (const [index, word] of words.entries()) {
    tells ||= ['tell', 'notify', 'inform', 'know'].includes(word.lower);
    // «tell Acme we are closed»: the text begins without a word that announces it.
    if (tells && ['we', 'our', 'i', 'there'].includes(word.lower)) {
      return {
        content: { kind: 'say', text: trimSentence(unmark(text.slice(word.start), quotes)) },
        from: index,
      };
    }
    const colon = word.after.includes(':') && index > 0 && !['subject', 'to', 're'].includes(word.lower);
    const kind = colon
      ? 'say'
      : index === 0
        ? undefined
        : asks
          ? askOpeners[word.lower]
          : openers[word.lower];
    if (kind === undefined) continue;
    const rest = words[index + 1];
    if (rest === undefined) break;
    const quoted = words
      .slice(index + 1)
      .map((next) => quoteOf(next, quotes))
      .find((found) => found !== undefined);
    const from = colon ? index + 1 : index;
    if (quoted !== undefined && quoteOf(rest, quotes) !== undefined)
      return { content: { kind, text: quoted }, from };
    const content = trimSentence(unmark(text.slice(rest.start), quotes));
    return content === ''
      ? { content: undefined, from: words.length }
      : { content: { kind, text: content }, from };
  }
  const at = words.findIndex((word) => quoteOf(word, quotes) !== undefined);
  const quoted = quoteOf(words[at], quotes);
  if (quoted !== undefined && quoted !== '' && words[at - 1]?.lower !== 'subject') {
    return { content: { kind: 'say', text: quoted }, from: at };
  }
  return { content: undefined, from: words.length };
}

export function findSubject(words: readonly Word[], quotes: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word.lower === 'subject');
  if (at === -1) return undefined;
  return quoteOf(words[at + 1], quotes) ?? quoteOf(words[at + 2], quotes);
}

const causes = new Set('because since reason due'.split(' '));

/**
 * The reason in the words: what follows «because», else a part between commas that names neither amount,
 * invoice nor customer, else what follows «for».
 */
export function findReason(
  text: string,
  words: readonly Word[],
  quotes: readonly string[],
  taken: ReadonlySet<number>,
): string | undefined {
  for (const [index, word] of words.entries()) {
    const isAs =
      word.lower === 'as' &&
      ['it', 'the', 'they', 'he', 'she', 'we', 'goodwill', 'a'].includes(words[index + 1]?.lower ?? '');
    if (!causes.has(word.lower) && !isAs) continue;
    let next = index + 1;
    while (['to', 'is', 'of', 'was', 'being'].includes(words[next]?.lower ?? '')) next += 1;
    const reason = reasonFrom(text, words, quotes, next);
    if (reason !== undefined) return reason;
  }
  const segment = freeSegment(text, words, quotes, taken);
  if (segment !== undefined) return segment;
  for (const [index, word] of words.entries()) {
    if (word.lower !== 'for' || taken.has(index + 1)) continue;
    const after = words[index + 1]?.lower;
    if (
      after === undefined ||
      ['invoice', 'customer', 'the', 'them', 'me', 'us', 'him', 'her'].includes(after)
    )
      continue;
    return reasonFrom(text, words, quotes, index + 1);
  }
  return undefined;
}

function reasonFrom(
  text: string,
  words: readonly Word[],
  quotes: readonly string[],
  at: number,
): string | undefined {
  const first = words[at];
  if (first === undefined) return undefined;
  const quoted = quoteOf(first, quotes);
  return tidyReason(quoted ?? unmark(text.slice(first.start), quotes));
}

function freeSegment(
  text: string,
  words: readonly Word[],
  quotes: readonly string[],
  taken: ReadonlySet<number>,
): string | undefined {
  let start = 0;
  for (let index = 0; index < words.length; index += 1) {
    const isLast = index === words.length - 1;
    if (!isLast && !/[,.;:!?]/u.test(words[index]?.after ?? '')) continue;
    const isFree = start > 0 && !words.slice(start, index + 1).some((_word, step) => taken.has(start + step));
    const first = words[start];
    const last = words[index];
    if (
      isFree &&
      first !== undefined &&
      last !== undefined &&
      (index > start || quoteOf(first, quotes) !== undefined)
    ) {
      const isCourtesy = ['please', 'thanks', 'thank', 'thx', 'can', 'could', 'would'].includes(first.lower);
      if (!isCourtesy)
        return tidyReason(quoteOf(first, quotes) ?? unmark(text.slice(first.start, last.end), quotes));
    }
    start = index + 1;
  }
  return undefined;
}

function tidyReason(text: string): string | undefined {
  const line = trimSentence(text.replace(/\s+/gu, ' '));
  const bare = line.endsWith('.') ? line.slice(0, -1) : line;
  return bare === '' ? undefined : bare.slice(0, 500);
}
