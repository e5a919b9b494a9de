/**
 * Words: cleaning a message and cutting it into words and clauses.
 *
 * Messages may be hostile. Every step here is one pass over the text, and text beyond the limit is not read.
 */
const longestRead = 12_000;
const quoteMark = '\uE000';
const firstQuote = 0xe100;
const mostQuotes = 200;

export interface Word {
  /** As written, without the punctuation around it. */
  readonly text: string;
  readonly lower: string;
  /** The punctuation that follows it directly. */
  readonly after: string;
  readonly start: number;
  readonly end: number;
}

/** Text in which each quoted stretch is one private character, so that no rule looks inside a quotation. */
interface Marked {
  readonly text: string;
  readonly quotes: readonly string[];
}

/** The message without mentions, control characters and mark-up that platforms add. Line breaks stay. */
export function cleanMessage(message: string): string {
  return message
    .slice(0, longestRead)
    .toWellFormed()
    .replace(/[\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF\uE000-\uF8FF]/gu, '')
    .replace(/\r\n?/gu, '\n')
    .replace(/[\u2018\u2019]/gu, "'")
    .replace(/<(?:mailto:)([^|<>\s]{3,100})(?:\|[^<>]{0,100})?>/gu, '$1')
    .replace(/<[@#!&][^<>]{1,60}>/gu, ' ')
    .replace(/@countersign\b/giu, ' ')
    .replace(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u00A0]/gu, ' ')
    .trim();
}

const quotePairs: Readonly<Record<string, string>> = { '"': '"', '“': '”', '„': '“', '«': '»', '`': '`' };

/** Replaces each closed quotation by a mark. */
export function markQuotes(text: string): Marked {
  const quotes: string[] = [];
  const neverCloses = new Set<string>();
  let marked = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    const close = closingQuote(text, at);
    if (close !== undefined && !neverCloses.has(char) && quotes.length < mostQuotes) {
      const end = text.indexOf(close, at + 1);
      if (end === -1) neverCloses.add(char);
      else {
        marked += ` ${quoteMark}${String.fromCharCode(firstQuote + quotes.length)} `;
        quotes.push(text.slice(at + 1, end).trim());
        at = end;
        continue;
      }
    }
    marked += char;
  }
  return { text: marked, quotes };
}

function closingQuote(text: string, at: number): string | undefined {
  const char = text.charAt(at);
  if (char !== "'") return quotePairs[char];
  // An apostrophe opens a quotation only between a space and a word, and only when one closes it soon.
  if (at > 0 && !/[\s:(]/u.test(text.charAt(at - 1))) return undefined;
  const end = text.slice(at + 1, at + 300).search(/'(?:[\s.,;:!?)]|$)/u);
  return end > 0 ? "'" : undefined;
}

/** The quotation a word stands for, if it stands for one. */
export function quoteOf(word: Word | undefined, quotes: readonly string[]): string | undefined {
  if (word === undefined || !word.text.startsWith(quoteMark)) return undefined;
  return quotes[word.text.charCodeAt(1) - firstQuote];
}

/** Puts the quotations back; `bare` leaves out the quotation marks around a text that is one quotation. */
export function unmark(text: string, quotes: readonly string[]): string {
  const whole = text.replace(
    /[^\S\n]?\uE000([\uE100-\uE1FF])[^\S\n]?([.,;:!?]?)/gu,
    (_all, mark: string, stop: string) =>
      ` «${quotes[mark.charCodeAt(0) - firstQuote] ?? ''}»${stop}${stop === '' ? ' ' : ''}`,
  );
  const trimmed = whole.replace(/ {2,}/gu, ' ').trim();
  const isOneQuote = trimmed.startsWith('«') && trimmed.indexOf('»') === trimmed.length - 1;
  return isOneQuote ? trimmed.slice(1, -1) : trimmed;
}

const outerPunctuation = new Set('.,;:!?()[]{}<>"\'*_~|…-–—/\\=');
const keptBefore = new Set('#$€£+');

export function cutWords(text: string): readonly Word[] {
  const words: Word[] = [];
  for (const match of text.matchAll(/\S+/gu)) {
    const raw = match[0];
    let from = 0;
    let to = raw.length;
    while (from < to && outerPunctuation.has(raw.charAt(from)) && !keptBefore.has(raw.charAt(from)))
      from += 1;
    while (to > from && outerPunctuation.has(raw.charAt(to - 1))) to -= 1;
    const lone = from === to;
    const own = lone ? raw : raw.slice(from, to);
    const after = lone ? '' : raw.slice(to);
    words.push({
      text: own,
      lower: own.toLowerCase(),
      after,
      start: match.index,
      end: match.index + raw.length,
    });
  }
  return words;
}

/** True when the words hold the phrase, word for word. */
export function hasPhrase(words: readonly Word[], ...phrases: readonly string[]): boolean {
  const line = ` ${words.map((word) => word.lower).join(' ')} `;
  return phrases.some((phrase) => line.includes(` ${phrase} `));
}

export function hasWord(words: readonly Word[], ...wanted: readonly string[]): boolean {
  return words.some((word) => wanted.includes(word.lower));
}

/** The text without punctuation and space at its ends. */
export function trimSentence(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && (/\s/u.test(text.charAt(from)) || ',;:.-–—!'.includes(text.charAt(from)))) from += 1;
  while (to > from && (/\s/u.test(text.charAt(to - 1)) || ',;:-–—'.includes(text.charAt(to - 1)))) to -= 1;
  return text.slice(from, to);
}
