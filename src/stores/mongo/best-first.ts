/** Which of the found rows fit best: by words (BM25), by direction (cosine). Rows that may not be seen never count. */
import type { Terms } from './terms.ts';

export interface Scored<Row> {
  readonly row: Row;
  readonly score: number;
}

const saturation = 1.2;
const lengthPart = 0.75;

/** Scores rows that hold at least one of the stems. How rare a stem is, is counted among these rows. */
export function scoreByWords<Row extends Terms>(
  rows: readonly Row[],
  stems: ReadonlySet<string>,
): readonly Scored<Row>[] {
  const holders = new Map<string, number>();
  for (const { terms } of rows)
    for (const term of terms) if (stems.has(term)) holders.set(term, (holders.get(term) ?? 0) + 1);
  const meanLength = rows.reduce((sum, { length }) => sum + length, 0) / Math.max(1, rows.length);
  return rows.map((row) => {
    const lengthFactor = 1 - lengthPart + (lengthPart * row.length) / Math.max(1, meanLength);
    let score = 0;
    for (const [place, term] of row.terms.entries()) {
      const count = holders.get(term);
      const weight = row.weights[place];
      if (count === undefined || weight === undefined) continue;
      const rarity = Math.log(1 + (rows.length - count + 0.5) / (count + 0.5));
      score += (rarity * weight * (saturation + 1)) / (weight + saturation * lengthFactor);
    }
    return { row, score };
  });
}

export function cosine(one: Float32Array, other: Float32Array): number {
  let dot = 0;
  let oneSquared = 0;
  let otherSquared = 0;
  for (const [place, value] of one.entries()) {
    const there = other[place] ?? 0;
    dot += value * there;
    oneSquared += value * value;
    otherSquared += there * there;
  }
  const lengths = Math.sqrt(oneSquared * otherSquared);
  return lengths === 0 ? 0 : dot / lengths;
}

export function bestFirst<Row>(scored: readonly Scored<Row>[], limit: number): readonly Scored<Row>[] {
  return scored.toSorted((one, other) => other.score - one.score).slice(0, limit);
}
