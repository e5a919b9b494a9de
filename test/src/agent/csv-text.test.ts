import { expect, it } from '@jest/globals';
import { csvText } from '../../../src/agent/show-file.ts';

it.each([
  ['a comma', 'a,b', '"a,b"'],
  ['a quote', 'a"b', '"a""b"'],
  ['a new line', 'a\nb', '"a\nb"'],
  ['a formula', '=1+1', "'=1+1"],
  ['a name that calls', '@sum(a)', "'@sum(a)"],
  ['a number below zero', '-3', '-3'],
  ['a formula behind a minus', '-cmd', "'-cmd"],
])('when a cell holds %s, then a spreadsheet reads it as it is', (_what, cell, written) => {
  expect(csvText([['n'], [cell]])).toBe(`n\r\n${written}\r\n`);
});
