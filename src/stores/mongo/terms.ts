/** Stems of a text and how often each is in it: what a row is found by without a text index of the server. */
import { stemsOf } from '../../core/word-roots.ts';

export interface Terms {
  /** Each stem once; `weights` says at the same place how much it counts. */
  readonly terms: readonly string[];
  readonly weights: readonly number[];
  readonly length: number;
}

const aroundWeight = 0.8;

export function termsOf(text: string, around: string): Terms {
  const counts = new Map<string, number>();
  let length = 0;
  const add = (stems: readonly string[], weight: number): void => {
    for (const stem of stems) counts.set(stem, (counts.get(stem) ?? 0) + weight);
    length += stems.length * weight;
  };
  add(stemsOf(text), 1);
  add(stemsOf(around), aroundWeight);
  return { terms: [...counts.keys()], weights: [...counts.values()], length };
}
