import { describe, expect, it } from '@jest/globals';
import { createToolNames } from '../../../src/tools/tool-names.ts';

const long = 'x'.repeat(100);
const awkward = [
  'crm/find_customer',
  'a/b__c',
  'a__b/c',
  'a/b.c',
  'a/b_c',
  `server/${long}`,
  `server/y${long}`,
  `${'s'.repeat(40)}/${'t'.repeat(40)}`,
  'a/A',
  'a/a',
];

describe('given tool names for a model', () => {
  it('when they are encoded, then each is legal, different, and leads back', () => {
    const names = createToolNames(awkward);
    const encoded = awkward.map((name) => names.encode(name));

    expect(encoded[0]).toBe('crm__find_customer');
    expect(new Set(encoded).size).toBe(awkward.length);
    for (const name of encoded) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/u);
    expect(encoded.map((name) => names.decode(name))).toEqual(awkward);
    expect(names.decode('crm__delete_everything')).toBeUndefined();
    expect(() => names.encode('other/tool')).toThrow(RangeError);
  });

  it('when the tool name is legal, then the encoded name still ends with it', () => {
    const names = createToolNames(awkward);

    for (const name of awkward.filter((each) => /^[^/]+\/[\w-]{1,50}$/u.test(each))) {
      expect(names.encode(name).endsWith(`__${name.split('/')[1] ?? ''}`)).toBe(true);
    }
  });

  it('when the order differs, then the names do not', () => {
    const forward = createToolNames(awkward);
    const backward = createToolNames([...awkward].reverse());

    expect(awkward.map((name) => backward.encode(name))).toEqual(awkward.map((name) => forward.encode(name)));
  });
});
