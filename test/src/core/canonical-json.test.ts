import { describe, expect, it } from '@jest/globals';
import canonicalize from 'canonicalize';
import { canonicalJson, parseStrictJson } from '../../../src/core/canonical-json.ts';

/** Deterministic values of every sort, nested. */
function aValue(seed: number, depth = 0): unknown {
  const next = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  const scalars = [
    next,
    -next / 7,
    next * 1e290,
    1 / (next + 1),
    'plain',
    `"quoted\\${String(next)}\n`,
    '€ 🙂 \u0000 \u007f',
    '',
    true,
    false,
    null,
    -0,
  ];
  if (depth > 3 || next % 3 === 0) return scalars[next % scalars.length];
  if (next % 3 === 1) return Array.from({ length: next % 5 }, (_, index) => aValue(next + index, depth + 1));
  return Object.fromEntries(
    Array.from({ length: next % 6 }, (_, index) => [
      `${String.fromCodePoint(33 + ((next >> index) % 900))}${String(index)}`,
      aValue(next + index, depth + 1),
    ]),
  );
}

describe('canonical JSON', () => {
  it('given 3,000 values, then it spells each as the reference library for RFC 8785 does', () => {
    for (let seed = 1; seed <= 3_000; seed += 1) {
      const value = aValue(seed);

      expect(canonicalJson(value)).toBe(canonicalize(value));
    }
  });

  it('given what has no exact form, then it refuses', () => {
    for (const value of [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '\ud800',
      { a: '\udc00' },
      undefined,
      1n,
      Symbol('s'),
    ]) {
      expect(() => canonicalJson(value)).toThrow('canonical');
    }
  });

  it('given a key twice, however far its colon stands, then it is refused', () => {
    expect(() => parseStrictJson('{"a":1,"b":{"a":2},"a":3}')).toThrow('"a" is given twice');
    expect(() => parseStrictJson(`{"a":1,"a"${' '.repeat(200)}:3}`)).toThrow('"a" is given twice');
    expect(parseStrictJson('{"a":"a","b":["a","a"],"c":{"a":1}}')).toEqual({
      a: 'a',
      b: ['a', 'a'],
      c: { a: 1 },
    });
  });
});
