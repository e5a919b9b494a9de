/** The development set of `npm run eval:recall`: large enough, the same in every run, each question with its answer. */
import { expect, it } from '@jest/globals';
import { readSet } from '../../bench/recall-set/read-set.ts';

it('the set for recall: every question is answered by one of its texts, and it is the same in every run', () => {
  const { texts, questions } = readSet();
  const ids = new Set(texts.map(({ id }) => id));
  const passages = texts.filter(({ title }) => title !== undefined).length;

  expect(questions.length).toBeGreaterThanOrEqual(300);
  expect(questions.filter(({ isByHand }) => isByHand).length).toBeGreaterThanOrEqual(100);
  expect(texts.length - passages).toBeGreaterThanOrEqual(3_000);
  expect(passages).toBeGreaterThanOrEqual(300);
  expect(ids.size).toBe(texts.length);
  expect(
    questions.filter(({ answers }) => answers.length === 0 || !answers.every((id) => ids.has(id))),
  ).toEqual([]);
  expect(readSet()).toEqual({ texts, questions });
});
