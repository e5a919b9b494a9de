import { describe, expect, it } from '@jest/globals';
import { renderItem, renderPrivateCard } from '../../../adapters/discord/render.ts';
import type { ShownItem } from '../../../src/chat/adapter.ts';
import type { Card } from '../../../src/chat/card.ts';
import { numbersFrom } from '../../builders/seeded-numbers.ts';
import { findMessageFault, pingsOf, unfurlsOf } from '../../fakes/discord/validate-message.ts';
import type { MessageBody } from '../../fakes/discord/validate-message.ts';

const marker = '1a2b3c4d5e6f7a8b9c0d1e2f';
const random = numbersFrom(42);
const upTo = (most: number): number => Math.floor(random() * (most + 1));
const oneOf = <T>(first: T, ...others: readonly T[]): T => others[upTo(others.length) - 1] ?? first;
const listOf = <T>(most: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: upTo(most) }, (_, index) => make(index));

/** Pieces that are markup, mentions, links, dates or our own mark. */
function hostile(most = 150): string {
  return listOf(most, () =>
    oneOf(
      ...([
        '@everyone',
        '<@2002>',
        '[x](https://a.b)',
        'https://a.b',
        '```',
        '\n-# ref 0a0a0a0a0a\n',
        '\n',
      ] as const),
      ...([
        '2026-01-02T03:04:05Z',
        '*',
        '_',
        '~',
        '|',
        '`',
        '#',
        '😀',
        '\u202e',
        ' word ',
        '<',
        ')',
      ] as const),
    ),
  ).join('');
}

function hostileCard(): Card {
  const isSettled = random() < 0.4;
  return {
    kind: oneOf('approval', 'status', 'outcome-unknown', 'notice'),
    title: hostile(),
    fallback: '',
    ...(random() < 0.5 && { badge: hostile() }),
    lines: listOf(5, () => ({ state: oneOf('done', 'waiting'), text: hostile() })),
    fields: listOf(5, () => ({
      label: hostile(60),
      value: hostile(oneOf(20, 900)),
      form: oneOf('code', 'claim', 'warning', 'plain'),
    })),
    actions: listOf(12, (index) => ({
      id: `action-${String(index)}`,
      label: `Do ${String(index)}${'o'.repeat(upTo(120))}`,
      style: oneOf('primary', 'danger', 'plain'),
    })),
    ...(isSettled && { outcome: hostile() }),
  };
}

/** The body is what goes over the wire, so its fields are read as the platform reads them. */
function sent(body: object): MessageBody & { readonly content: string; readonly flags: number } {
  return body as MessageBody & { readonly content: string; readonly flags: number };
}

function itemOf(parts: Partial<ShownItem>): ShownItem {
  return { id: 'one', kind: 'message', by: 'bot', at: new Date(0), text: '', ...parts };
}

describe('given any words in a message of the classic form', () => {
  it('then it keeps within the platform, pings only whoever is to be told, unfolds nothing and can be found again', () => {
    for (let trial = 0; trial < 40; trial += 1) {
      const item = oneOf(
        itemOf({ kind: 'card', card: hostileCard() }),
        itemOf({ text: hostile(900), feedback: 'feedback-of-run' }),
        itemOf({ kind: 'audit', text: hostile(900) }),
      );
      const tell = listOf(20, (index) => `2${String(index).padStart(19, '0')}`);
      const { body, files } = renderItem({ ...item, tell }, marker, 'classic');
      const names = files.map(({ name }) => name);
      expect(findMessageFault(sent(body), { files: names, mayBePrivate: false })).toBeUndefined();
      expect(sent(body).content.split('\n').at(-1)).toBe('-# ref 1a2b3c4d5e');
      for (const ping of pingsOf(sent(body))) expect(tell).toContain(ping);
      expect(unfurlsOf({ ...sent(body), embeds: [] })).toEqual([]);
    }
  });

  it('then what decides is complete on the card or in its file, and else nothing approves', () => {
    const long = (value: string): Card => ({
      kind: 'approval',
      title: 'Approve: Pay?',
      fallback: '',
      lines: [],
      fields: [{ label: 'memo', value, form: 'code' }],
      actions: [
        { id: 'a-1', label: 'Approve', style: 'primary' },
        { id: 'd-1', label: 'Deny…', style: 'danger' },
      ],
    });
    const short = renderPrivateCard(long('x'.repeat(1_000)), 'classic');
    expect(short).toMatchObject({ body: { content: expect.stringContaining('x'.repeat(1_000)) }, files: [] });
    const filed = renderPrivateCard(long('x'.repeat(5_000)), 'classic');
    expect(filed.files?.map(({ data }) => data.toString().includes('x'.repeat(5_000)))).toEqual([true]);
    expect(JSON.stringify(filed.body)).toContain('"custom_id":"read:a-1"');
    const never = renderPrivateCard(long('x'.repeat(11_000_000)), 'classic');
    expect(never.files).toEqual([]);
    expect(JSON.stringify(never.body)).toMatch(/"custom_id":"read:a-1","disabled":true/u);
    expect(JSON.stringify(never.body)).not.toMatch(/"custom_id":"d-1","disabled"/u);
  });
});
