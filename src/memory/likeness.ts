/**
 * Whether two texts say the same. Pure.
 *
 * Shingles of four characters, compared by Jaccard's measure. Two texts with other numbers, or of which one says «not»,
 * never count as the same however alike they look: «refunds over 100» is not «refunds over 500».
 */
const shingleLength = 4;
const sameFrom = 0.72;

export function saysTheSame(left: string, right: string): boolean {
  if (numbersOf(left) !== numbersOf(right) || isNegated(left) !== isNegated(right)) return false;
  return likeness(left, right) >= sameFrom;
}

/** Between 0 and 1. */
export function likeness(left: string, right: string): number {
  const one = shinglesOf(left);
  const other = shinglesOf(right);
  if (one.size === 0 || other.size === 0) return plain(left) === plain(right) ? 1 : 0;
  let shared = 0;
  for (const shingle of one) if (other.has(shingle)) shared += 1;
  return shared / (one.size + other.size - shared);
}

function shinglesOf(text: string): ReadonlySet<string> {
  const letters = plain(text);
  const shingles = new Set<string>();
  for (let at = 0; at + shingleLength <= letters.length; at += 1)
    shingles.add(letters.slice(at, at + shingleLength));
  return shingles;
}

function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function numbersOf(text: string): string {
  return [...text.matchAll(/\p{N}+(?:[.,]\p{N}+)*/gu)].map((match) => match[0]).join(' ');
}

function isNegated(text: string): boolean {
  return /\b(?:not|never|no|none|without|cannot|\w+n['’]t)\b/iu.test(text);
}
