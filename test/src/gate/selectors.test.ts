/** Plain comparisons are answered without the expression language, and never otherwise than by it. */
import { describe, expect, it } from '@jest/globals';
import { createConditionCompiler, prepareInput } from '../../../src/gate/conditions.ts';
import type { Condition } from '../../../src/gate/conditions.ts';
import { numbersFrom } from '../../builders/seeded-numbers.ts';
import type { Json, JsonObject } from '../../../src/core/json.ts';

/** The same numbers each time: a failure can be looked at again. */
function createDice(seed: number): <T>(of: readonly T[]) => T {
  const next = numbersFrom(seed);
  // The list is not empty, so this is one of its places.
  return <T>(of: readonly T[]): T => of[Math.floor(next() * of.length)] as T;
}

const texts = ['', 'a', 'ab', 'USD', 'ä', 'A'];
const often = ['args.a', 'args.a', 'args.a', 'args.a', 'args.b.c'];
const paths = [...often, 'args.b', 'args.b.c', 'args.toString', 'args.__proto__', 'args.constructor.name'];
const literals = [
  '0',
  '5',
  '5',
  '5.5',
  '5.5',
  '5.0',
  '5.5',
  '9007199254740993',
  '1e300',
  '"a"',
  '"ab"',
  'true',
  'null',
  '-5',
];

function aCondition(dice: ReturnType<typeof createDice>, depth: number, bound?: string): string {
  const path = (): string =>
    bound === undefined ? dice(paths) : dice([...paths, bound, `${bound}.c`, `${bound}.a`]);
  const below = (): string => aCondition(dice, depth - 1, bound);
  const kinds = [
    'compare',
    'compare',
    'compare',
    'has',
    'text',
    'in',
    'fact',
    ...(depth > 0 ? ['and', 'or', 'not'] : []),
  ];
  switch (dice(bound === undefined && depth > 0 ? [...kinds, 'exists', 'exists'] : kinds)) {
    case 'compare': {
      const sides = [path(), dice(literals)];
      const sorted = dice([true, false]) ? sides : sides.toReversed();
      return sorted.join(` ${dice(['==', '!=', '<', '<=', '>', '>='])} `);
    }
    case 'has':
      return `has(${dice(paths)})`;
    case 'text':
      return `${path()}.${dice(['contains', 'startsWith', 'endsWith'])}("${dice(texts)}")`;
    case 'in':
      return `${path()} in ["a", "USD"${dice(['', ', 5'])}]`;
    case 'fact':
      return dice([
        'tainted',
        'channel == "finance"',
        '"finance" in actor.roles',
        'actor.id != "ana"',
        'workflow in ["x"]',
      ]);
    case 'and':
      return `(${below()} && ${below()})`;
    case 'or':
      return `(${below()} || ${below()})`;
    case 'not':
      return `!(${below()})`;
    default: {
      const name = dice(['line', 'args', 'channel', 'tainted']);
      return `${dice(['args.list', 'args.b.list', 'args.a'])}.exists(${name}, ${aCondition(dice, depth - 1, name)})`;
    }
  }
}

function aValue(dice: ReturnType<typeof createDice>, depth: number): Json {
  const plain: Json[] = [0, 5, 5, 5, 5.5, 5.5, 5.5, -5, 9007199254740992, 1e300, true, false, null, ...texts];
  if (depth === 0 || dice([true, false])) return dice(plain);
  return dice([true, false])
    ? Array.from({ length: dice([0, 1, 3]) }, () => aValue(dice, depth - 1))
    : Object.fromEntries(
        ['a', 'c', 'list'].flatMap((key) => (dice([true, false]) ? [[key, aValue(dice, depth - 1)]] : [])),
      );
}

describe('given random conditions and random arguments', () => {
  it('then each comes out as when the expression language alone decides it', () => {
    const dice = createDice(4);
    const compile = createConditionCompiler();
    const seen = { true: 0, false: 0, error: 0 };
    let compiled = 0;
    for (let index = 0; index < 1_200; index += 1) {
      const text = aCondition(dice, dice([0, 1, 2]));
      const plain = compile(text);
      // Held against `true` the whole is no comparison that is answered apart.
      const whole = compile(`(${text}) == true`);
      expect([text, whole.kind]).toEqual([text, plain.kind]);
      if (plain.kind !== 'compiled' || whole.kind !== 'compiled') continue;
      compiled += 1;
      for (let round = 0; round < 6; round += 1) {
        const args: JsonObject = Object.fromEntries(
          ['a', 'b', 'list'].flatMap((key) => (dice([true, true, false]) ? [[key, aValue(dice, 2)]] : [])),
        );
        const kind = kindOf(plain.condition, args, dice);
        expect([text, JSON.stringify(args), kind.answer]).toEqual([
          text,
          JSON.stringify(args),
          kind.of(whole.condition),
        ]);
        seen[kind.answer] += 1;
      }
    }

    expect(compiled).toBeGreaterThan(400);
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(100);
  });
});

function kindOf(condition: Condition, args: JsonObject, dice: ReturnType<typeof createDice>) {
  const input = prepareInput(
    {
      args,
      actor: { id: dice(['ana', 'ben']), roles: dice([['finance'], []]) },
      channel: dice(['finance', 'general']),
      workflow: dice(['x', 'y']),
      isTainted: dice([true, false]),
      budget: { usdSpent: 0, calls: 0 },
    },
    undefined,
  );
  return { answer: condition.evaluate(input).kind, of: (other: Condition) => other.evaluate(input).kind };
}
