/**
 * Which of the found texts speak most of a question's words: memories and passages in one ranking. Pure.
 *
 * Each store finds by its own index and scores in its own way, so what it found is scored here again, in one way for
 * all: BM25 over the roots of words, a text and its neighbours counted together. How rare a root is, is counted among
 * what was found, as if it were the whole of a middling store: a word that all of them hold still counts for something.
 */
import { queryWords } from '../core/query-words.ts';
import { createRoots } from '../core/word-roots.ts';

export interface Candidate {
  readonly text: string;
  /** What stood around it: found by, but not told. */
  readonly around: string;
}

/** Tuned on one half of the development set and measured on the other; see docs/recall.md. */
const aroundWeight = 0.8;
const saturation = 1.2;
const lengthPart = 0.1;
const fewestRows = 1_000;

/** Best first; what shares no word with the question keeps its order at the end. */
export function rankByWords<Row extends Candidate>(question: string, rows: readonly Row[]): readonly Row[] {
  const rootsOf = createRoots();
  const wanted = new Set(queryWords(question).flatMap(rootsOf));
  const counted = rows.map((row) => ({ row, ...countRoots(row, wanted, rootsOf) }));
  const holders = new Map<string, number>();
  for (const { weights } of counted)
    for (const root of weights.keys()) holders.set(root, (holders.get(root) ?? 0) + 1);
  const all = Math.max(rows.length, fewestRows);
  const meanLength = Math.max(
    1,
    counted.reduce((sum, { length }) => sum + length, 0) / Math.max(1, rows.length),
  );
  return counted
    .map(({ row, weights, length }) => {
      const lengthFactor = 1 - lengthPart + (lengthPart * length) / meanLength;
      let score = 0;
      for (const [root, weight] of weights) {
        const count = holders.get(root) ?? 0;
        const rarity = Math.log(1 + (all - count + 0.5) / (count + 0.5));
        const evened = weight / lengthFactor;
        score += (rarity * evened * (saturation + 1)) / (evened + saturation);
      }
      return { row, score };
    })
    .toSorted((left, right) => right.score - left.score)
    .map(({ row }) => row);
}

/** How often each wanted root is in a row, and how long the row is. */
function countRoots(
  { text, around }: Candidate,
  wanted: ReadonlySet<string>,
  rootsOf: (text: string) => readonly string[],
): { readonly weights: ReadonlyMap<string, number>; readonly length: number } {
  const weights = new Map<string, number>();
  let length = 0;
  const count = (words: string, weight: number): void => {
    for (const root of rootsOf(words)) {
      length += weight;
      if (wanted.has(root)) weights.set(root, (weights.get(root) ?? 0) + weight);
    }
  };
  count(text, 1);
  count(around, aroundWeight);
  return { weights, length };
}
