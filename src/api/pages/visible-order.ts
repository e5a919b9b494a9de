/** What people and agents write, read in the order in which it is shown. Pure. */

/** Characters that turn the order of reading for what follows: no honest message in a chat needs them. */
const turning = /[\u202A-\u202E\u2066-\u2069]/gu;

/** The text with each turning character as a mark, as on cards, so that «\u202Egnp.exe» cannot read as a picture. */
export function withVisibleOrder(text: string): string {
  return text.replace(
    turning,
    (character) => `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}⟩`,
  );
}
