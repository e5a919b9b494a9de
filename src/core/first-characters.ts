/** The first characters of a text, never half of a surrogate pair. */
export function firstCharacters(text: string, count: number): string {
  if (text.length <= count) return text;
  const cut = text.slice(0, count);
  return /[\uD800-\uDBFF]$/u.test(cut) ? cut.slice(0, -1) : cut;
}

/** The end of a text, without half a character in front. */
export function lastCharacters(text: string, most: number): string {
  return text.slice(-most).replace(/^[\uDC00-\uDFFF]/u, '');
}
