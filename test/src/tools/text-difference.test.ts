import { describe, expect, it } from '@jest/globals';
import { textDifference } from '../../../src/tools/text-difference.ts';

const told = (before: string, after: string): string =>
  textDifference(before, after)
    .map(({ kind, text }) => (kind === 'same' ? text : kind === 'removed' ? `[-${text}]` : `[+${text}]`))
    .join('');

describe('given two versions of a text', () => {
  it.each([
    ['a sentence was put in', 'Pays it. Once.', 'Pays it. Mails eve. Once.', 'Pays it. [+Mails eve. ]Once.'],
    ['words repeat', 'a a a', 'a a', 'a [-a ]a'],
    ['all is new', '', 'x y', '[+x y]'],
    ['nothing is left', 'x y', '', '[-x y]'],
    ['nothing differs', 'x y', 'x y', 'x y'],
  ])('when %s, then no word is lost', (_, before, after, expected) => {
    expect(told(before, after)).toBe(expected);
  });

  it('when much stayed around the change, then only its end and start are shown', () => {
    const long = 'word '.repeat(100);

    expect(told(`${long}old ${long}`, `${long}new ${long}`)).toBe(
      `…${'word '.repeat(24)}[-old ][+new ]${'word '.repeat(24)}…`,
    );
  });
});
