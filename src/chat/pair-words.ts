/** A field and its value as a person would write them: `reason: "arrived broken"`. */

/** In quotes that the value does not hold, so that it arrives as it was typed. */
export function pairInWords(name: string, value: string): string {
  if (!value.includes('"')) return `${name}: "${value}"`;
  if (!value.includes('»')) return `${name}: «${value}»`;
  // Both kinds in one value: no way of writing it holds them all.
  return `${name}: "${value.replaceAll('"', "'")}"`;
}
