import { describe, expect, it } from '@jest/globals';
import { renderItem } from '../../../adapters/slack/render.ts';
import { workflowModal } from '../../../adapters/slack/modals.ts';
import { fitsForm, renderCard, wholeCardBlocks } from '../../../adapters/slack/render-card.ts';
import type { Card, CardAction, CardField } from '../../../src/chat/card.ts';
import { areTooLong, checkBlocks, isViewTooLarge } from '../../fakes/slack/find-block-problems.ts';

/** Numbers that look random and come again in the same order. */
function aDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

const scraps = [
  ...['a', ' ', '\n', '```', '*b*', '_i_', '<!channel>', '@everyone', '<@U2>', '&amp;', '🦊', '⟨U+202E⟩'],
  ...['https://evil.example/x', '2026-11-27T10:43:31Z', '#T01/C1', '| a | b |\n| - | - |\n| 1 | 2 |\n', '- '],
  ...[
    '[x](mailto:)',
    '<mailto:>',
    '[](mailto:?subject=x)',
    '[](https://a.example)',
    '[y](javascript:x)',
    '[](<>)',
  ],
  ...['a@b.example', '[z](//a.example)', `[long](https://a.example/${'x'.repeat(3_000)})`],
];

function aText(dice: (sides: number) => number): string {
  const sizes = [0, 1, 12, 200, 3_000, 14_000];
  const size = sizes[dice(sizes.length)] ?? 0;
  let text = '';
  while (text.length < size) text += scraps[dice(scraps.length)] ?? '';
  return text;
}

function aCard(dice: (sides: number) => number): Card {
  const list = <T>(most: number, make: (index: number) => T): T[] =>
    Array.from({ length: dice(most + 1) }, (_, index) => make(index));
  const forms: readonly CardField['form'][] = ['plain', 'code', 'claim', 'warning'];
  const styles: readonly CardAction['style'][] = ['primary', 'danger', 'plain'];
  return {
    kind: 'approval',
    title: aText(dice),
    badge: aText(dice),
    lines: list(60, () => ({ state: 'done' as const, text: aText(dice), detail: aText(dice) })),
    fields: list(30, () => ({ label: aText(dice), value: aText(dice), form: forms[dice(4)] ?? 'plain' })),
    outcome: aText(dice),
    actions: list(30, (index) => ({
      id: `v1:apr_1:${String(index)}`,
      label: aText(dice),
      style: styles[dice(3)] ?? 'plain',
      ...(dice(2) === 0 && { asks: { kind: 'confirm' as const, question: aText(dice) } }),
    })),
    fallback: aText(dice),
  };
}

describe('given random content', () => {
  it('when it is drawn, then Slack takes every message, and nothing in it is live', () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const dice = aDice(seed);
      const card = aCard(dice);
      const shown = { id: 'i', by: 'bot', at: new Date(0), tell: ['T01/U1', 'T02/U9'] };
      const items = [
        { ...shown, kind: 'card' as const, text: card.fallback, card },
        { ...shown, kind: 'message' as const, text: aText(dice) },
        { ...shown, kind: 'audit' as const, text: aText(dice) },
      ];
      for (const { blocks, text } of items.flatMap((item) => renderItem(item, 'T01'))) {
        const checked = checkBlocks(blocks, 'message');
        expect({ seed, problems: checked.ok ? [] : checked.problems }).toEqual({ seed, problems: [] });
        expect({ seed, isTooLong: checked.ok && areTooLong(checked.value) }).toEqual({
          seed,
          isTooLong: false,
        });
        expect(text.length).toBeLessThanOrEqual(4_000);
        expect(text).not.toMatch(/<[!@](?!date)/u);
        const inText = JSON.stringify(blocks, (key, value: unknown) =>
          key === 'text' && typeof value === 'string' ? '' : value,
        );
        expect(inText).not.toMatch(/broadcast|usergroup|"U9"/u);
      }
      const whole = wholeCardBlocks(card);
      if (whole.length <= 100) expect(checkBlocks(whole, 'modal')).toMatchObject({ ok: true });
    }
  });
});

describe('given a fact of which a stretch leads somewhere', () => {
  const value = 'message by Ana, memory «<!channel> *photo*» (Ben)';
  const start = value.indexOf('memory');
  const links = [{ start, end: value.length, address: 'https://bot.example/t/1' }];
  const elementsOf = (field: CardField): string =>
    JSON.stringify(
      wholeCardBlocks({
        ...{ kind: 'approval', title: 'Pay', lines: [], actions: [], fallback: '' },
        fields: [field],
      }),
    );

  it('then that stretch alone is a link, and its words are words', () => {
    const shown = elementsOf({ label: 'Read', value, form: 'plain', links });

    expect(shown).toContain('{"type":"text","text":"message by Ana, "}');
    expect(shown).toContain(
      '{"type":"link","url":"https://bot.example/t/1","text":"memory «<!channel> *photo*» (Ben)"}',
    );
  });

  it('when the value was cut inside of it, then it is text', () => {
    const shown = elementsOf({ label: 'Read', value: value.slice(0, -3), form: 'plain', links });

    expect(shown).not.toContain('"link"');
    expect(shown).toContain('memory «<!channel>');
  });
});

describe('given a card of letters that take three bytes each', () => {
  const cardOf = (letters: number): Card => ({
    kind: 'approval',
    title: 'Approve: Pay?',
    fallback: '',
    lines: [],
    fields: [{ label: 'memo', value: '漢'.repeat(letters), form: 'code' }],
    actions: [{ id: 'v1:apr_1:approve', label: 'Approve', style: 'primary' }],
  });

  it('when Slack would not take a form with all of it, then nothing approves it there, and a shorter one is read in a form', () => {
    expect(isViewTooLarge(wholeCardBlocks(cardOf(100_000)))).toBe(true);
    expect(fitsForm(cardOf(100_000))).toBe(false);
    expect(JSON.stringify(renderCard(cardOf(100_000)))).toContain('It cannot be approved here');
    expect(fitsForm(cardOf(60_000))).toBe(true);
    expect(isViewTooLarge(wholeCardBlocks(cardOf(60_000)))).toBe(false);
  });
});

describe('given a workflow whose field takes more values than one list of Slack holds', () => {
  it('then its form has them all, in lists that Slack takes', () => {
    const choices = Array.from({ length: 250 }, (_, index) => `value ${String(index)}`);
    const field = { name: 'what', label: 'What', isRequired: true, choices };
    const modal = workflowModal(
      { name: 'pick', title: 'Pick', fields: [field] },
      { subject: 'pick', channel: 'C1' },
    );

    expect(checkBlocks([...modal.blocks], 'modal')).toMatchObject({ ok: true });
    const shown = JSON.stringify(modal.blocks);
    expect(choices.filter((choice) => !shown.includes(`"value":"${choice}"`))).toEqual([]);
  });
});
