import { expect, it } from '@jest/globals';
import { literalWithMoments } from '../../../adapters/discord/literal.ts';

it.each([
  ['in #112233445566778899/998877665544332211, now', 'in <#998877665544332211>, now'],
  ['in #dm/998877665544332211, now', 'in a direct message, now'],
  ['order #2024/1100 of #finance', String.raw`order \#2024/1100 of \#finance`],
])('«%s» is shown as «%s»: channels have their names, and nothing else does', (text, shown) => {
  expect(literalWithMoments(text)).toBe(shown);
});
