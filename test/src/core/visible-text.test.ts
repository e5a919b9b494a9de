import { describe, expect, it } from '@jest/globals';
import { findSuspicious, makeVisible } from '../../../src/core/visible-text.ts';

const code = (...points: readonly number[]): string => String.fromCodePoint(...points);

describe('given text that hides something', () => {
  it.each([
    ['a right-to-left override', `invoice${code(0x202e)}fdp.exe`, 'invoice⟨U+202E⟩fdp.exe'],
    ['an isolate', `a${code(0x2066)}b${code(0x2069)}`, 'a⟨U+2066⟩b⟨U+2069⟩'],
    ['a zero-width space', `pay${code(0x200b)}pal`, 'pay⟨U+200B⟩pal'],
    ['a joiner', `a${code(0x200d)}b`, 'a⟨U+200D⟩b'],
    ['a byte order mark', `a${code(0xfeff)}b`, 'a⟨U+FEFF⟩b'],
    ['tag letters', `ok${code(0xe0061, 0xe007f)}`, 'ok⟨U+E0061⟩⟨U+E007F⟩'],
    ['a variation selector', `a${code(0xfe0f)}b${code(0xe0101)}c`, 'a⟨U+FE0F⟩b⟨U+E0101⟩c'],
    ['a terminal escape', `a${code(0x1b)}[2Kb`, 'a⟨U+001B⟩[2Kb'],
    ['a zero byte', `a${code(0)}b`, 'a⟨U+0000⟩b'],
    ['a carriage return', 'a\rb', 'a⟨U+000D⟩b'],
    ['a C1 control', `a${code(0x9b)}b`, 'a⟨U+009B⟩b'],
    ['a line separator', `a${code(0x2028)}b`, 'a⟨U+2028⟩b'],
    ['a space that does not break', `a${code(0xa0)}b`, 'a⟨U+00A0⟩b'],
    ['an empty braille cell', `a${code(0x2800)}b`, 'a⟨U+2800⟩b'],
    ['a filler', `a${code(0x3164)}b${code(0xffa0)}c`, 'a⟨U+3164⟩b⟨U+FFA0⟩c'],
    ['a soft hyphen', `a${code(0xad)}b`, 'a⟨U+00AD⟩b'],
    ['half a character', 'a\uD800b', 'a⟨U+D800⟩b'],
    ['a private character', `a${code(0xe000)}b`, 'a⟨U+E000⟩b'],
    ['a mark that was made elsewhere', 'a⟨U+202E⟩b', 'a⟨U+27E8⟩U+202E⟩b'],
    ['a space in front', ' a', '⟨U+0020⟩a'],
    ['spaces behind', 'a   ', 'a⟨U+0020 ×3⟩'],
    ['only white space', ' \t\t', '⟨U+0020⟩⟨U+0009 ×2⟩'],
    ['a line break behind', 'a\n', 'a⟨U+000A⟩'],
    ['an accent in front', `${code(0x301)}a`, '⟨U+0301⟩a'],
    ['a tower of accents', `a${code(0x301).repeat(6)}b`, `a${code(0x301).repeat(3)}${'⟨U+0301⟩'.repeat(3)}b`],
  ])('when it has %s, then a mark shows it', (_what, text, expected) => {
    expect(makeVisible(text)).toBe(expected);
  });

  it('when it is shown as a block, then inner line breaks stay and all else is marked', () => {
    expect(makeVisible(`a\n  b\tc\n${code(0x200b)}d`, { keepLineBreaks: true })).toBe(
      'a\n  b⟨U+0009⟩c\n⟨U+200B⟩d',
    );
    expect(makeVisible('a\nb')).toBe('a⟨U+000A⟩b');
  });
});

describe('given honest text of any language', () => {
  it.each([
    '',
    'Refund 120.00 USD on invoice 1042',
    'José Müller, Straße 5',
    '東京都',
    'Москва, улица Мира 5',
    'Посеять рос и сор, Acme',
    'Αθήνα',
    'שלום',
    'price ≤ 5 €',
    '👍',
    `n${code(0x303)}`,
  ])('when it is %p, then it stays as it is and raises no doubt', (text) => {
    expect(makeVisible(text)).toBe(text);
    expect(findSuspicious(text)).toEqual([]);
  });
});

describe('given text that looks like other text', () => {
  it.each([
    ['a Cyrillic letter within a Latin word', 'pаypal', 'mixes Latin and Cyrillic letters in «pаypal»'],
    ['a Greek letter within a Latin word', 'gοοgle', 'mixes Latin and Greek letters'],
    [
      'a word of Cyrillic twins in Latin text',
      'send to раура at Acme',
      'Cyrillic letters that look like Latin ones in «раура»',
    ],
    ['styled letters', 'pay 𝐀𝐜𝐦𝐞', 'styled letters'],
    ['wide letters', 'ａcme', 'styled letters'],
    ['digits of two kinds', 'account 12٣4', 'mixes kinds of digits in «12٣4»'],
    ['a false slash', 'acme.example⁄login', 'punctuation that only looks like'],
    ['an override', `a${code(0x202e)}b`, 'direction of reading'],
    ['no width', `a${code(0x200b)}b`, 'no width'],
    ['tags', `a${code(0xe0041)}b`, 'tag characters'],
    ['an escape', `a${code(0x1b)}b`, 'control characters'],
    ['an empty stretch', `pay 5${' '.repeat(40)}or 5000`, 'long runs of spaces'],
    ['empty lines', `pay 5${'\n'.repeat(20)}or 5000`, 'long runs of empty lines'],
    ['a space behind', 'acme ', 'starts or ends with white space'],
  ])('when it has %s, then it says so', (_what, text, warning) => {
    expect(findSuspicious(text).join('; ')).toContain(warning);
  });

  it('when there is no end of it, then the warnings have one', () => {
    expect(findSuspicious('pаypal '.repeat(1000)).length).toBeLessThanOrEqual(8);
  });
});

describe('given every character there is', () => {
  it('when each is made visible, then none that hides is left over', () => {
    const left: string[] = [];
    const atOnce = 0x100;
    for (let first = 0; first <= 0x10ffff; first += atOnce) {
      // Each stands between letters, as if alone.
      const points = Array.from({ length: atOnce }, (_, index) => first + index);
      const shown = makeVisible(`a${points.map((point) => String.fromCodePoint(point)).join('b')}b`);
      if (/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u.test(shown))
        left.push(`in ${first.toString(16)} and after`);
    }

    expect(left).toEqual([]);
  });

  it('when text is a million characters of what is worst, then it is still done in one pass', () => {
    const worst = [' ', '\n', code(0x301), code(0x202e), 'а', '⟨', '\uD800', '12٣'].map((part) =>
      part.repeat(100_000),
    );

    for (const text of worst) {
      expect(makeVisible(`a${text}b`).length).toBeGreaterThanOrEqual(text.length);
      expect(findSuspicious(`a${text}b`).length).toBeLessThanOrEqual(8);
    }
  });
});
