import { describe, expect, it } from '@jest/globals';
import { argumentForm, readArgumentForm } from '../../../src/chat/argument-form.ts';
import type { JsonObject } from '../../../src/core/json.ts';

const schema: JsonObject = {
  type: 'object',
  properties: {
    invoice: { type: 'integer', description: 'Which invoice' },
    amount: { type: 'number' },
    currency: { enum: ['EUR', 'USD'] },
    isUrgent: { type: 'boolean' },
    due: { type: 'string', format: 'date' },
    to: { type: 'array', items: { type: 'string' } },
    address: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    extra: { type: 'object' },
    note: { type: 'string' },
  },
  required: ['invoice', 'amount', 'currency'],
};
const args: JsonObject = {
  invoice: 1042,
  amount: 120.5,
  currency: 'EUR',
  to: ['a@x.org', 'b@x.org'],
  address: { city: 'Ulm' },
};

describe('given a form over arguments', () => {
  it('then each field is what the schema says, filled with what stands there', () => {
    const fields = argumentForm(schema, args).map(({ kind, id, value, isRequired }) => [
      kind,
      id,
      value,
      isRequired,
    ]);

    expect(fields).toEqual([
      ['number', '/invoice', '1042', true],
      ['number', '/amount', '120.5', true],
      ['choice', '/currency', '"EUR"', true],
      ['choice', '/isUrgent', '', false],
      ['date', '/due', '', false],
      ['list', '/to', 'a@x.org\nb@x.org', false],
      ['text', '/address/city', 'Ulm', true],
      ['json', '/extra', '', false],
      ['text', '/note', '', false],
    ]);
  });

  it('when nothing is touched, then nothing changes, though a platform cuts and turns line ends', () => {
    const values = Object.fromEntries(
      argumentForm(schema, args).map(({ id, value }) => [id, ` ${value.replaceAll('\n', '\r\n')} `]),
    );

    expect(readArgumentForm(schema, args, values)).toEqual({ kind: 'read', args });
    expect(readArgumentForm(schema, args, {})).toEqual({ kind: 'read', args });
  });

  it('when a field is called what every object has, then it is a field like any other', () => {
    const text = { type: 'string' };
    const odd: JsonObject = { properties: { constructor: text, valueOf: { type: 'number' }, note: text } };

    expect(argumentForm(odd, {}).map(({ kind, value }) => [kind, value])).toEqual([
      ['text', ''],
      ['number', ''],
      ['text', ''],
    ]);
    const read = readArgumentForm(odd, {}, { '/constructor': 'Ana', '/valueOf': '3' });
    expect(read.kind === 'read' && Object.entries(read.args)).toEqual([
      ['constructor', 'Ana'],
      ['valueOf', 3],
    ]);
  });

  it('when fields are filled in, then they become values of their own kind', () => {
    const read = readArgumentForm(schema, args, {
      '/amount': '80',
      '/currency': 'USD',
      '/isUrgent': 'yes',
      '/due': '2026-12-01',
      '/to': 'c@x.org',
      '/address/city': 'Bonn',
      '/extra': '{"a": [1]}',
    });

    expect(read).toEqual({
      kind: 'read',
      args: {
        invoice: 1042,
        amount: 80,
        currency: 'USD',
        isUrgent: true,
        due: '2026-12-01',
        to: ['c@x.org'],
        address: { city: 'Bonn' },
        extra: { a: [1] },
      },
    });
  });

  it('when an optional field is emptied, then the argument is left out', () => {
    const read = readArgumentForm(schema, { ...args, note: 'x' }, { '/note': '', '/to': '' });

    expect(read).toMatchObject({ kind: 'read', args: { invoice: 1042, address: { city: 'Ulm' } } });
    expect(read.kind === 'read' && ('note' in read.args || 'to' in read.args)).toBe(false);
  });

  it.each([
    ['/amount', '80,50', 'amount: write a number, with a point for decimals'],
    ['/amount', '1e400', 'amount: write a number, with a point for decimals'],
    ['/amount', '9007199254740993', 'amount: write a number, with a point for decimals'],
    ['/currency', 'GBP', 'currency: choose EUR, USD'],
    ['/extra', '{a: 1}', 'extra: this is not JSON'],
  ])('when %s is %s, then it says what to write', (id, typed, problem) => {
    expect(readArgumentForm(schema, args, { [id]: typed })).toEqual({ kind: 'wrong', problems: [problem] });
  });

  it('when a value hides characters, then it is offered as JSON with escapes and stays exact if untouched', () => {
    const hidden = { ...args, note: 'pay\u202Eeruces' };
    const field = argumentForm(schema, hidden).find((entry) => entry.id === '/note');

    expect(field).toMatchObject({ kind: 'json', value: '"pay\\u202eeruces"' });
    expect(readArgumentForm(schema, hidden, { '/note': field?.value ?? '' })).toEqual({
      kind: 'read',
      args: hidden,
    });
    expect(readArgumentForm(schema, hidden, { '/note': '"pay"' })).toMatchObject({ args: { note: 'pay' } });
  });

  it.each([
    [25, 'o7', 'choice'],
    [100, 'o77', 'choice'],
    [124, 'another', 'choice'],
    [125, 'another', 'text'],
    [126, 'o77', 'text'],
  ])(
    'when one of %s is wanted and %s stands there, then it is a %s and stays if untouched',
    (count, now, kind) => {
      const options = Array.from({ length: count }, (_, index) => `o${String(index)}`);
      const schema = { type: 'object', properties: { one: { type: 'string', enum: options } } };
      const [field] = argumentForm(schema, { one: now });

      expect(field?.kind).toBe(kind);
      expect(readArgumentForm(schema, { one: now }, { '/one': field?.value ?? '' })).toEqual({
        kind: 'read',
        args: { one: now },
      });
    },
  );

  it('when there is no schema or there are too many fields, then everything is one JSON text', () => {
    const many = Object.fromEntries([...Array(30).keys()].map((index) => [`a${String(index)}`, index]));

    expect(argumentForm({}, many)).toHaveLength(1);
    expect(readArgumentForm({}, many, { '': '{"b":1}' })).toEqual({ kind: 'read', args: { b: 1 } });
    expect(readArgumentForm({}, many, { '': '[1]' })).toMatchObject({ kind: 'wrong' });
  });

  it('when a key is named like part of every object, then it stays a plain key', () => {
    // The text is an object.
    const odd: JsonObject = JSON.parse('{"a/b":1,"~":2,"constructor":"x"}') as JsonObject;

    expect(readArgumentForm({}, odd, { '/a~1b': '5', '/~0': '6', '/constructor': '"y"' })).toEqual({
      kind: 'read',
      args: { 'a/b': 5, '~': 6, constructor: 'y' },
    });
  });
});
