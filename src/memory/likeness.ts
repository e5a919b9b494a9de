/**
 * Whether two texts say the same. Pure.
 *
 * Shingles of four characters, compared by Jaccard's measure. Two texts with other numbers, or of which one says «not»,
 * never count as the same however alike they look: «refunds over 100» is not «refunds over 500».
 */
const shingleLength = 4;
const sameFrom = 0.72;

/** A text as it is compared; made once for each text of a list. */
export interface Saying {
  readonly plain: string;
  readonly numbers: string;
  readonly isNegated: boolean;
  readonly shingles: ReadonlySet<string>;
}

export function sayingOf(text: string): Saying {
  const letters = plain(text);
  return {
    plain: letters,
    numbers: numbersOf(text),
    isNegated: isNegated(text),
    shingles: shinglesOf(letters),
  };
}

export function saysTheSame(left: Saying, right: Saying): boolean {
  if (left.numbers !== right.numbers || left.isNegated !== right.isNegated) return false;
  return likeness(left, right) >= sameFrom;
}

/** Between 0 and 1. */
function likeness(left: Saying, right: Saying): number {
  const [one, other] = [left.shingles, right.shingles];
  if (one.size === 0 || other.size === 0) return left.plain === right.plain ? 1 : 0;
  // As many as the smaller one is the most that can be shared.
  if (Math.min(one.size, other.size) < sameFrom * Math.max(one.size, other.size)) return 0;
  let shared = 0;
  for (const shingle of one) if (other.has(shingle)) shared += 1;
  return shared / (one.size + other.size - shared);
}

function shinglesOf(letters: string): ReadonlySet<string> {
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
