/**
 * Words as they are looked for: in small letters, without accents, cut back to a stem or further to a root.
 *
 * A stem joins the forms of one word («refunds», «refunding»), a root also the words made from it («pay», «payment»).
 */
import { lancasterStemmer } from 'lancaster-stemmer';
import { stemmer } from 'stemmer';

export function stemsOf(text: string): readonly string[] {
  return wordsOf(text).map((word) => stemmer(word));
}

/** Answers roots of texts; a word that comes again is not cut again, for as long as this is kept. */
export function createRoots(): (text: string) => readonly string[] {
  const known = new Map<string, string>();
  return (text) =>
    wordsOf(text).map((word) => {
      const root = known.get(word) ?? lancasterStemmer(word);
      known.set(word, root);
      return root;
    });
}

function wordsOf(text: string): readonly string[] {
  // Nothing to take apart or to fold: most texts, and several times as quick.
  if (/^[\0-\x7f]*$/u.test(text)) return text.toLowerCase().match(/[a-z0-9]+/gu) ?? [];
  const words = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .matchAll(/[\p{L}\p{N}]+/gu);
  return [...words].map(([word]) => word);
}
