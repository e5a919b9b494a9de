import { describe, expect, it } from '@jest/globals';
import { renderMarkdown } from '../../../adapters/discord/markdown.ts';
import { composeCard } from '../../../adapters/discord/render-card.ts';
import type { Card } from '../../../src/chat/card.ts';
import { ownMarks, ownVoice } from '../../fakes/discord/own-voice.ts';

const forged = ['### FORGED', '-# FORGED', '**FORGED**  x', 'FORGED', '> FORGED'];
/** In front of it: nothing, what ends a line in some reader, what opens or ends a fence, a quote, a list. */
const before = [
  '',
  '\n',
  '\r',
  '\v',
  '\f',
  '\u0085',
  '\u2028',
  '\u2029',
  '```\n',
  'a```\n',
  '`\n',
  '> a\n\n',
  '- a\n',
  '\\',
];
const values = forged.flatMap((words) =>
  before.flatMap((start) => [`${start}${words}`, `a${start}${words}\nb`]),
);

describe.each(['components', 'classic'] as const)('given a card in %s', (form) => {
  it('when whatever stands on it tries to begin a line of the card, then it stands in code or quoted', () => {
    for (const value of values) {
      const card: Card = {
        ...{ kind: 'approval', title: `a${value}`, badge: `a${value}`, outcome: `a${value}`, fallback: '' },
        lines: [{ state: 'done', text: `a${value}`, detail: `a${value}` }],
        fields: (['plain', 'code', 'claim', 'warning'] as const).map((sort) => ({
          ...{ label: `a${value}`, form: sort, value },
        })),
        actions: [],
      };
      const { text } = composeCard(card, form, 4_000);

      const begun = ownVoice(text).filter((line) => /^[^\p{L}]*FORGED/u.test(line));
      expect([value, begun]).toEqual([value, []]);
      expect([value, ownMarks(text).length]).toEqual([value, 2]);
    }
  });
});

describe('given a fact of which a stretch leads somewhere', () => {
  it('then the host of the place stands behind it as a link, and nothing of it is unfurled', () => {
    const value = 'message by Ana, memory «[x](https://evil.example)» (Ben)';
    const links = [{ start: 16, end: value.length, address: 'https://bot.example/t/(1)' }];
    const { text } = composeCard(
      {
        ...{ kind: 'approval', title: 'Pay', lines: [], actions: [], fallback: '' },
        fields: [{ label: 'Read', value, form: 'plain', links }],
      },
      'components',
      4_000,
    );

    expect(text).toContain(
      '\\[x\\]\\(https\\://evil.example\\)» \\(Ben\\) ([bot.example](<https://bot.example/t/%281%29>))',
    );
    expect(text.split('](<')).toHaveLength(2);
  });
});

describe('given Markdown of a model', () => {
  it('when it writes headings of cards and small print, then neither is drawn', () => {
    for (const value of values)
      expect([value, renderMarkdown(value).flatMap(({ shown }) => ownMarks(shown))]).toEqual([value, []]);
  });
});
