import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../src/core/json.ts';
import type { LocalTool } from '../../../src/tools/local-tools.ts';
import { createLocalTools } from '../../../src/tools/local-tools.ts';

async function misfit(inputSchema: JsonObject, args: JsonObject): Promise<string | undefined> {
  const local: LocalTool = { name: 'a/b', description: '', inputSchema, run: () => 'ran' };
  const { registry } = createLocalTools([local]);
  const state = await registry.find('a/b');
  if (state.kind !== 'ready') throw new Error(state.kind);
  return registry.findMisfit(state.tool, args);
}

const amount = {
  type: 'object',
  properties: { amount: { type: 'number' }, mail: { type: 'string', format: 'email' } },
  required: ['amount'],
};

describe('given arguments and a schema', () => {
  it.each<[string, JsonObject, JsonObject, string | undefined]>([
    ['they fit', amount, { amount: 1 }, undefined],
    ['one is missing', amount, {}, "$: must have required property 'amount'"],
    ['one has another type', amount, { amount: '1' }, '$.amount: must be number'],
    ['a format is broken', amount, { amount: 1, mail: 'no' }, '$.mail: must match format "email"'],
    [
      'one is unknown',
      amount,
      { amount: 1, amuont: 2 },
      '$.amuont: not known to the tool, which takes amount, mail',
    ],
    [
      'the schema forbids more',
      { ...amount, additionalProperties: false },
      { amount: 1, more: 2 },
      '$.more: not known to the tool',
    ],
    [
      'the schema welcomes more',
      { ...amount, additionalProperties: true },
      { amount: 1, more: 2 },
      undefined,
    ],
    ['the schema says nothing', { type: 'object' }, { any: 1 }, undefined],
    [
      'a pattern names it',
      { ...amount, patternProperties: { '^x-': {} } },
      { amount: 1, 'x-y': 2 },
      undefined,
    ],
    [
      'a branch names it',
      { ...amount, anyOf: [{ properties: { more: {} } }] },
      { amount: 1, more: 2 },
      undefined,
    ],
    [
      'a reference names it',
      { $ref: '#/$defs/a', $defs: { a: amount } },
      { amount: 1, more: 2 },
      '$.more: not known to the tool, which takes amount, mail',
    ],
    [
      'the format is unheard of',
      { type: 'object', properties: { a: { type: 'string', format: 'zip' } } },
      { a: 'x' },
      undefined,
    ],
    [
      "a key is named like an object's own",
      amount,
      { amount: 1, constructor: 1 },
      '$.constructor: not known to the tool, which takes amount, mail',
    ],
    [
      'draft-07 tuples',
      {
        $schema: 'http://json-schema.org/draft-07/schema#',
        type: 'object',
        properties: { p: { type: 'array', items: [{ type: 'number' }] } },
      },
      { p: ['x'] },
      '$.p.0: must be number',
    ],
    [
      '2020-12 tuples',
      {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        properties: { p: { type: 'array', prefixItems: [{ type: 'number' }] } },
      },
      { p: ['x'] },
      '$.p.0: must be number',
    ],
    [
      'a choice',
      { type: 'object', properties: { c: { enum: ['a', 'b'] } } },
      { c: 'z' },
      '$.c: must be equal to one of the allowed values "a", "b"',
    ],
  ])('when %s, then the answer says so', async (_, schema, args, expected) => {
    expect(await misfit(schema, args)).toBe(expected);
  });

  it('when the schema cannot be used, then nothing fits', async () => {
    expect(await misfit({ type: 'object', $ref: 'https://elsewhere.example/schema' }, {})).toContain(
      'cannot be used',
    );
    expect(await misfit({ type: 'object', properties: { a: { pattern: '(' } } }, {})).toContain(
      'cannot be used',
    );
  });
});

describe('given tools of this process', () => {
  it('when one is called, then it runs; when it throws, then that is its answer', async () => {
    const { registry, caller } = createLocalTools([
      {
        name: 'a/ok',
        description: '',
        inputSchema: { type: 'object' },
        run: (args) => `got ${JSON.stringify(args)}`,
      },
      {
        name: 'a/bad',
        description: '',
        inputSchema: { type: 'object' },
        run: () => {
          throw new Error('no');
        },
      },
    ]);
    const [ok, bad] = await registry.list();
    if (ok === undefined || bad === undefined) throw new Error('two tools were given');
    const call = { argsJson: '{"n":1}', timeoutMs: 1000, signal: new AbortController().signal };

    expect(await caller.call({ ...call, tool: ok })).toEqual({
      kind: 'answered',
      content: 'got {"n":1}',
      isError: false,
    });
    expect(await caller.call({ ...call, tool: bad })).toEqual({
      kind: 'answered',
      content: 'no',
      isError: true,
    });
    expect((await caller.call({ ...call, tool: { ...ok, definitionHash: 'other' } })).kind).toBe('not-sent');
  });
});
