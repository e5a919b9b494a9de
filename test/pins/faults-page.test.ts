/** The page of faults names a test for every row and what holds against it, and each file that it names exists. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const root = new URL('../../', import.meta.url).pathname;
const page = readFileSync(`${root}docs/faults.md`, 'utf8');
const rows = page
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => /^\d+$/u.test(cells[1] ?? ''))
  .map(([, number = '', fault = '', held = '', test = '', red = '']) => ({
    number: Number(number),
    fault,
    held,
    test,
    red,
  }));
const wanted = [...Array.from({ length: 30 }, (_, index) => index + 1), 56, 57, 69, 70, 71, 72, 73, 74];

const namedIn = (text: string): readonly string[] =>
  [...text.matchAll(/`((?:[a-z-]+\/)+[a-z0-9-]+)`/gu)].flatMap(([, name]) => name ?? []);
const endings = ['.test.ts', '.contract.ts', '.long.ts'];

describe('given the page of faults', () => {
  it('when it is read, then every fault of the engine has its row, once', () => {
    expect(rows.map(({ number }) => number)).toEqual(wanted);
  });

  it.each(rows)('when row $number names its tests, then each of them is there', ({ test }) => {
    const named = namedIn(test);
    if (!test.includes('**none**')) expect(named).not.toEqual([]);
    expect(
      named.filter((name) => !endings.some((ending) => existsSync(`${root}test/${name}${ending}`))),
    ).toEqual([]);
  });

  it.each(rows)(
    'when row $number says what holds against it, then that is there, and whether it was taken out',
    ({ held, red }) => {
      expect(held).not.toBe('');
      expect(namedIn(held).filter((name) => !existsSync(`${root}${name}.ts`))).toEqual([]);
      expect(red).toMatch(/^(?:yes|no)$/u);
    },
  );
});
