import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../src/core/json.ts';
import { createLocalTime, domainOf, glob } from '../../../src/gate/condition-functions.ts';
import { inspectCondition, isWithinWork } from '../../../src/gate/condition-shape.ts';
import { compileCondition, prepareInput } from '../../../src/gate/conditions.ts';
import { evaluate, parse } from '@marcbachmann/cel-js';

const question = {
  args: { amount: 600, to: 'greta@acme.example', tags: ['a', 'b'], note: null, lines: { x: 1 } },
  actor: { id: 'ana', roles: ['finance'] },
  channel: 'finance',
  workflow: 'refund',
  isTainted: true,
  budget: { usdSpent: 0.5, calls: 3 },
};
const monday = { hour: 9, minute: 30, weekday: 1 };

function judge(text: string, args: JsonObject = question.args): string {
  const compiled = compileCondition(text);
  if (compiled.kind === 'refused') return `refused: ${compiled.problem}`;
  const answer = compiled.condition.evaluate(prepareInput({ ...question, args }, monday));
  return answer.kind === 'error' ? `error: ${answer.problem}` : answer.kind;
}

describe('given a condition', () => {
  it.each([
    ['args.amount > 500', 'true'],
    ['args.amount + 1 > 601.5', 'false'],
    ['args.amount * 2 == 1200', 'true'],
    ['"finance" in actor.roles && actor.id == "ana"', 'true'],
    ['channel == "ops" || workflow == "refund"', 'true'],
    ['tainted && budget.usdSpent > 0.4 && budget.calls >= 3', 'true'],
    ['time.weekday > 5 || time.hour < 8', 'false'],
    ['domainOf(args.to) != "larkspur.example"', 'true'],
    ['glob(args.to, "greta@*.example")', 'true'],
    ['args.tags.all(x, x in ["a", "b", "c"])', 'true'],
    ['has(args.reason) && args.reason == ""', 'false'],
    ['args.note == null', 'true'],
  ])('when it is %s, then it is %s', (text, expected) => {
    expect(judge(text)).toBe(expected);
  });

  it.each([
    ['a missing argument', 'args.amout > 500', 'No such key: amout'],
    ['text where a number belongs', 'args.to > 500', 'no such overload'],
    ['an empty value', 'args.note > 1', 'no such overload'],
    ['an inherited name', 'args.constructor == null', 'No such key: constructor'],
    ['a prototype', 'args.__proto__ == null', 'No such key: __proto__'],
    ['a division by nothing', 'args.amount / 0 > 1', 'no finite result'],
    [
      'no plain address',
      'domainOf("Greta <greta@acme.example>") == "acme.example"',
      'one plain mail address',
    ],
  ])('when it meets %s, then it is an error, neither true nor false', (_what, text, problem) => {
    expect(judge(text)).toContain('error: ');
    expect(judge(text)).toContain(problem);
  });

  it('when the time is not known, then a condition on it is an error', () => {
    const compiled = compileCondition('time.hour < 8');

    expect(
      compiled.kind === 'compiled' && compiled.condition.evaluate(prepareInput(question, undefined)).kind,
    ).toBe('error');
    expect(compiled.kind === 'compiled' && [...compiled.condition.reads]).toEqual(['time']);
  });
});

describe('given a condition that asks who, where and in which workflow', () => {
  const sides = [
    'channel == "finance"',
    '"ops" != channel',
    'channel in ["ops", "finance"]',
    'workflow == "payout"',
    'actor.id == "ana"',
    'actor.id in ["ben"]',
    '"finance" in actor.roles',
    '"ops" in actor.roles',
    'tainted',
    'args.amount > 500',
    'args.missing > 500',
  ];
  const texts = sides.flatMap((left) =>
    sides.flatMap((right) => [`${left} && !(${right})`, `!(${left}) || ${right}`, `!(${left} && ${right})`]),
  );

  it.each([
    question,
    { ...question, isTainted: false, channel: 'ops', actor: { id: 'ben', roles: ['ops'] } },
  ])(
    'when it is joined with others, some of which fail, then the answer is the language’s own (%#)',
    (asked) => {
      const input = prepareInput(asked, monday);

      const answers = texts.map((text) => {
        const compiled = compileCondition(text);
        return `${text}: ${compiled.kind === 'compiled' ? compiled.condition.evaluate(input).kind : 'refused'}`;
      });

      expect(answers).toEqual(texts.map((text) => `${text}: ${plain(text, input.variables)}`));
      expect(new Set(answers.map((answer) => answer.split(': ')[1]))).toEqual(
        new Set(['true', 'false', 'error']),
      );
    },
  );
});

function plain(text: string, variables: Readonly<Record<string, unknown>>): string {
  try {
    return String(evaluate(text, variables));
  } catch {
    return 'error';
  }
}

describe('given a condition that could run for ever', () => {
  it.each([
    ['matches', 'args.to.matches("^(a+)+$")', 'regular expressions can take for ever'],
    ['matches deep inside', '[1].all(x, {"a": [args.to.matches("a")]}.a[0])', 'uses matches()'],
    ['lists within lists', 'args.tags.all(x, args.tags.exists(y, x == y))', 'exists() inside another'],
    [
      'a filter within a map',
      'args.tags.map(x, args.tags.filter(y, true)).size() > 1',
      'filter() inside another',
    ],
    ['split', 'args.to.split("").size() > 1', 'uses split()'],
    ['bind', 'cel.bind(a, args.to, a == a)', 'uses bind()'],
    ['a pattern of strangers', 'glob(args.to, args.to)', 'pattern written out'],
    ['a large tree', Array.from({ length: 150 }, () => 'tainted').join(' || '), 'maxAstNodes'],
    ['a deep tree', `${'('.repeat(40)}tainted${')'.repeat(40)}`, 'maxDepth'],
    ['a long text', `channel == "${'x'.repeat(2000)}"`, 'longer than 2000'],
  ])('when it has %s, then it is refused before it ever runs', (_what, text, problem) => {
    expect(judge(text)).toContain('refused: ');
    expect(judge(text)).toContain(problem);
  });

  it('when a list has more than 1,000 entries, then the condition fails instead of running', () => {
    const list = (length: number): JsonObject => ({ tags: Array.from({ length }, () => 'a') });

    expect(judge('args.tags.all(x, x == "a")', list(1000))).toBe('true');
    expect(judge('args.tags.all(x, x == "a")', list(1001))).toContain('more than 1000 entries');
    expect(judge('has(args.deep)', { deep: [{ tags: list(1001) }] })).toContain('more than 1000 entries');
  });

  it('when each entry would be held against all arguments, then large arguments fail and small ones run', () => {
    const args = (length: number): JsonObject => ({
      to: Array.from({ length }, (_, i) => `p${String(i)}@acme.example`),
      body: 'x'.repeat(length * 100),
    });

    expect(judge('args.to.all(x, args.body.contains(x))', args(50))).toBe('false');
    expect(judge('args.to.all(x, args.body.contains(x))', args(1000))).toContain(
      'too large for this condition',
    );
    expect(judge('args.to.all(x, domainOf(x) == "acme.example")', args(1000))).toBe('true');
  });

  it('when entries are made larger on the way, then the bound grows with them', () => {
    const size = { total: 20_000, longest: 1000 };
    const fits = (text: string): boolean => {
      const shape = inspectCondition(parse(text).ast);
      return !('problem' in shape) && isWithinWork(shape, size);
    };

    expect(fits('args.l.all(x, x.contains("a"))')).toBe(true);
    expect(fits('args.l.map(x, args.s).all(y, y.contains("a"))')).toBe(false);
    expect(fits('args.l.map(x, x).all(y, y.contains("a"))')).toBe(false);
  });
});

describe('given the functions of conditions', () => {
  it.each([
    ['billing', 'billing', true],
    ['billing', 'bill', false],
    ['billing', '*', true],
    ['', '*', true],
    ['a.b.c', 'a*c', true],
    ['a.b.c', 'a*b*c', true],
    ['aba', 'ab*ba', false],
    ['a(+', 'a(+', true],
    ['xaXbx', '*a*b', false],
  ])('when %p is held against %p, then the answer is %p', (text, pattern, expected) => {
    expect(glob(text, pattern)).toBe(expected);
  });

  it('when an address is plain, then its domain is found in lower case', () => {
    expect(domainOf('Greta.Vogel+x@ACME.Example')).toBe('acme.example');
  });

  it.each([
    '',
    'greta',
    'a@b@c.example',
    '"a@b"@c.example',
    'a@b.example, c@evil.example',
    'a@b.example.',
    'a@аcme.example',
    ' a@b.example',
    'a@b.example\n',
  ])('when an address is %p, then it is refused', (address) => {
    expect(() => domainOf(address)).toThrow('one plain mail address');
  });

  it('when a moment is looked at, then hour and weekday are those of the zone', () => {
    const moment = new Date('2026-11-22T23:30:00Z');

    expect(createLocalTime('UTC')(moment)).toEqual({ hour: 23, minute: 30, weekday: 7 });
    expect(createLocalTime('Europe/Berlin')(moment)).toEqual({ hour: 0, minute: 30, weekday: 1 });
  });
});
