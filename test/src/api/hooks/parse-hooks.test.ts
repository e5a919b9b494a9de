import { describe, expect, it } from '@jest/globals';
import { parseHooks } from '../../../../src/api/hooks/parse-hooks.ts';
import { demonstrationPeople } from '../../../../src/people/parse-people.ts';

const env = { SHOP_SECRET: 'a-secret-of-thirty-two-characters' };
const parse = (text: string) =>
  parseHooks(text, {
    file: 'hooks.yaml',
    env,
    people: demonstrationPeople(),
    workflows: [
      { name: 'refund', start: { webhook: true } },
      { name: 'assistant', start: {} },
    ],
  });

describe('given hooks.yaml', () => {
  it('when it is right, then each hook knows source, secret, channel and person', () => {
    expect(
      parse('hooks:\n  refund: { source: hmac, secret: "${SHOP_SECRET}", channel: finance, as: ana }\n'),
    ).toEqual([
      { workflow: 'refund', source: 'hmac', secret: env.SHOP_SECRET, channel: 'console:finance', as: 'ana' },
    ]);
  });

  it.each([
    [
      'a workflow without webhooks',
      'assistant: { source: hmac, secret: "${SHOP_SECRET}", channel: ops, as: ana }',
      'use refund',
    ],
    [
      'an unknown source',
      'refund: { source: jenkins, secret: "${SHOP_SECRET}", channel: ops, as: ana }',
      'write one of github',
    ],
    [
      'a secret that is not set',
      'refund: { source: hmac, secret: "${NOT_SET}", channel: ops, as: ana }',
      'set NOT_SET',
    ],
    ['a short secret', 'refund: { source: hmac, secret: hunter2, channel: ops, as: ana }', 'openssl rand'],
    ['nobody', 'refund: { source: hmac, secret: "${SHOP_SECRET}", channel: ops, as: eve }', 'people.yaml'],
    [
      'a channel that the person cannot read',
      'refund: { source: hmac, secret: "${SHOP_SECRET}", channel: board, as: cho }',
      'cannot read',
    ],
    ['a missing key', 'refund: { source: hmac, channel: ops, as: ana }', 'add «secret:»'],
    [
      'an unknown key',
      'refund: { source: hmac, secret: "${SHOP_SECRET}", channel: ops, as: ana, sekret: x }',
      'did you mean secret',
    ],
  ])('when it names %s, then the line and the fix are told, and no secret', (_, line, fix) => {
    let told = '';
    try {
      parse(`hooks:\n  ${line}\n`);
    } catch (error) {
      told = String(error);
    }
    expect(told).toContain('hooks.yaml:2');
    expect(told).toContain(fix);
    expect(told).not.toContain('hunter2');
    expect(told).not.toContain(env.SHOP_SECRET);
  });
});
