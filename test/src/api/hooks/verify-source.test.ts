import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { verifySource } from '../../../../src/api/hooks/verify-source.ts';
import type { HookSource } from '../../../../src/api/hooks/parse-hooks.ts';

const secret = 'a-secret-of-thirty-two-characters';
const now = new Date('2026-11-27T12:00:00.000Z');
const seconds = (offset: number): string => String(now.getTime() / 1_000 + offset);
const sign = (bytes: string, key = secret): string =>
  `sha256=${createHmac('sha256', key).update(bytes).digest('hex')}`;
const body = '{"a":"ü"}';

type Headers = Readonly<Record<string, string | string[]>>;

const verified = (source: HookSource, headers: Headers, raw = body): string => {
  const found = verifySource({ source, secret }, { headers, rawBody: Buffer.from(raw) }, now);
  return found.kind === 'genuine' ? found.delivery : found.kind;
};

const hmac = (changes: Headers = {}, at = seconds(0), delivery = 'd-1'): Headers => ({
  'x-countersign-timestamp': at,
  'x-countersign-delivery': delivery,
  'x-countersign-signature': sign(`${at}.${delivery}.${body}`),
  ...changes,
});

describe('given a webhook that is signed by time and delivery', () => {
  it.each([
    ['now', hmac()],
    ['almost five minutes ago', hmac({}, seconds(-300))],
    ['by a clock that is ahead', hmac({}, seconds(300))],
  ])('when it is signed %s, then it is genuine', (_, headers) => {
    expect(verified('hmac', headers)).toBe('d-1');
  });

  it.each([
    ['of something else', hmac({ 'x-countersign-signature': sign(`${seconds(0)}.d-1.{}`) })],
    ['with another key', hmac({ 'x-countersign-signature': sign(`${seconds(0)}.d-1.${body}`, 'other') })],
    ['too long ago', hmac({}, seconds(-301))],
    ['too far ahead', hmac({}, seconds(301))],
    ['for another delivery', hmac({ 'x-countersign-delivery': 'd-2' })],
    ['for another moment', hmac({ 'x-countersign-timestamp': seconds(1) })],
    ['without a moment', hmac({ 'x-countersign-timestamp': '' })],
    ['with a moment that is no number', hmac({}, 'now')],
    ['without a name', hmac({}, seconds(0), '')],
    ['with a name of odd letters', hmac({}, seconds(0), 'a/../b')],
    ['not at all', { 'x-countersign-timestamp': seconds(0), 'x-countersign-delivery': 'd-1' }],
    ['in capitals', hmac({ 'x-countersign-signature': sign(`${seconds(0)}.d-1.${body}`).toUpperCase() })],
    ['by two signatures', hmac({ 'x-countersign-signature': [sign('a'), sign('b')] })],
    [
      'by joined signatures',
      hmac({ 'x-countersign-signature': `${sign('a')}, ${sign(`${seconds(0)}.d-1.${body}`)}` }),
    ],
    ['in SHA-1', hmac({ 'x-countersign-signature': 'sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709' })],
  ])('when it is signed %s, then it is refused', (_, headers) => {
    expect(verified('hmac', headers)).toBe('refused');
  });
});

describe('given a webhook of GitHub', () => {
  it('when its bytes are signed, then a copy under another name is the same delivery', () => {
    const headers = { 'x-hub-signature-256': sign(body), 'x-github-event': 'issues' };

    const first = verified('github', { ...headers, 'x-github-delivery': 'one' });
    expect(first).toMatch(/^[0-9a-f]{64}$/u);
    expect(verified('github', { ...headers, 'x-github-delivery': 'two' })).toBe(first);
    expect(verified('github', { 'x-hub-signature-256': sign('{"b":1}') }, '{"b":1}')).not.toBe(first);
  });

  it.each([
    ['are others', { 'x-hub-signature-256': sign('{}') }],
    ['are signed with another key', { 'x-hub-signature-256': sign(body, 'other') }],
    ['are not signed', {}],
  ])('when its bytes %s, then it is refused', (_, headers) => {
    expect(verified('github', headers)).toBe('refused');
  });
});

describe('given a webhook of Alertmanager', () => {
  it('when it brings the token, then it is genuine', () => {
    expect(verified('alertmanager', { authorization: `Bearer ${secret}` })).toMatch(/^[0-9a-f]{64}$/u);
  });

  it.each([
    ['a part of the token', `Bearer ${secret.slice(1)}`],
    ['the token and more', `Bearer ${secret}x`],
    ['nothing', ''],
    ['the token without its scheme', secret],
    ['an empty token', 'Bearer '],
  ])('when it brings %s, then it is refused', (_, authorization) => {
    expect(verified('alertmanager', { authorization })).toBe('refused');
  });
});
