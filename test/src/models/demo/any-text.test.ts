import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { createDemoModel } from '../../../../src/models/demo/demo-model.ts';
import type { ModelAnswer, ModelMessage } from '../../../../src/models/model.ts';
import { companyTools } from './company.ts';
import { askOnce, linesOf, play, user } from './talk.ts';

const ajv = new Ajv2020({ strict: false });
const checks = new Map(companyTools.map((tool) => [tool.name, ajv.compile(tool.inputSchema)]));

/** Numbers from 0 to below 1, the same for the same seed. */
function aSequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const pieces = (
  'refund|credit|invoice|1042|#1042|invoice 1042|Acme|Acme GmbH|of|for|120 dollars|$80|-5|0 USD|99999999999999999999|1e9|NaN|half|150 %|in full|because|it broke|' +
  'mail|send|draft|to|that|saying|:|about|the customer|their|it|a@b.example|@@@|note|add a note|change|e-mail|phone|address|to +49 30 1|tickets|open|overdue|' +
  'search mail|payments|owe|stock of|revenue|best customers|select * from x|delete from y|"|«|»|“|\'|`|```|{|}|\n|customer:|amount:|invoice:|reason:|' +
  'do it again|make it 80 instead|yes|no|thanks|and|then|,|.|;|\u0000|\u202E|\uD800|\uE000|😀|ß|İ|__proto__|constructor|<@U1>|<mailto:x@y.example|x>|\\|)|(|['
).split('|');

function aMessage(next: () => number): string {
  const count = Math.floor(next() * 24);
  return Array.from({ length: count }, () => pieces[Math.floor(next() * pieces.length)] ?? '').join(
    next() < 0.9 ? ' ' : '',
  );
}

function expectSound(answer: ModelAnswer, text: string): void {
  const isCalling = answer.stop === 'tool-use';
  expect({
    text,
    sound: isCalling
      ? answer.calls.length > 0
      : answer.calls.length === 0 && answer.text.endsWith('*demonstration model, no AI*'),
  }).toEqual({ text, sound: true });
  for (const [name, args] of linesOf(answer)) {
    const check = checks.get(name);
    expect({ text, name, args, fits: check?.(args) === true }).toEqual({ text, name, args, fits: true });
  }
  expect(new Set(answer.calls.map((call) => call.id)).size).toBe(answer.calls.length);
}

describe('given any text at all', () => {
  it('when it is asked, then it calls offered tools with fitting arguments or answers in words, to the end', async () => {
    const next = aSequence(7);
    for (let round = 0; round < 600; round += 1) {
      const text = aMessage(next);
      const earlier: readonly ModelMessage[] =
        next() < 0.4 ? [user(aMessage(next)), { role: 'assistant', text: aMessage(next), calls: [] }] : [];

      expectSound(await askOnce([...earlier, user(text)]), text);
      const played = await play(text, { earlier });

      expect(played.text).toContain('demonstration model');
    }
  });

  it('when results are garbage, then it still comes to an end', async () => {
    const next = aSequence(11);
    const garbage = [
      '',
      '{',
      '{}',
      '[]',
      'null',
      '{"customers":5}',
      '{"invoice":{"id":{}}}',
      '{"rows":[[{}]],"columns":[null]}',
      'x'.repeat(70_000),
      '{"customer":{"id":-1,"name":"x"}}',
    ];
    for (let round = 0; round < 200; round += 1) {
      const played = await play(aMessage(next), {
        reply: () => ({ content: garbage[Math.floor(next() * garbage.length)] ?? '', isError: next() < 0.3 }),
      });

      expect(played.text).toContain('demonstration model');
    }
  });

  it('when the same request comes twice, then the answers are the same', async () => {
    const text = 'refund invoice 1042 of Acme, 120 dollars, it arrived broken';

    expect(await askOnce([user(text)])).toEqual(await askOnce([user(text)]));
  });
});

describe('given ten thousand hostile characters', () => {
  const filled = (piece: string): string => piece.repeat(Math.ceil(10_000 / piece.length)).slice(0, 10_000);

  it.each([
    'a',
    ' ',
    '"',
    '«',
    "'",
    "' a",
    '1',
    '1.',
    '1,',
    '$',
    '#1',
    'a@',
    'a.a@a.',
    'refund ',
    'and refund ',
    'Acme ',
    "Acme's ",
    'of ',
    '\n',
    'customer: x\n',
    '{"',
    '```',
    'select ',
    '<mailto:',
    '<@',
    'İ',
    '!',
    '-',
    'invoice 1 and ',
  ])('when they repeat «%s», then it answers before the test gives up', async (piece) => {
    const answer = await askOnce([user(filled(piece))]);

    expectSound(answer, piece);
  });
});

describe('given somebody who listens', () => {
  it('when it answers, then the words arrive one by one and make up the text', async () => {
    const heard: string[] = [];

    const answer = await askOnce([user('hello')], companyTools, new AbortController().signal, (delta) =>
      heard.push(delta),
    );

    expect(heard.join('')).toBe(answer.text);
    expect(heard.length).toBeGreaterThan(10);
  });

  it('when it is aborted in the middle, then it rejects with the reason and says no more', async () => {
    const controller = new AbortController();
    const heard: string[] = [];
    const reason = new Error('stopped by Ana');

    const asked = askOnce([user('hello')], companyTools, controller.signal, (delta) => {
      heard.push(delta);
      if (heard.length === 3) controller.abort(reason);
    });

    await expect(asked).rejects.toBe(reason);
    expect(heard).toHaveLength(3);
  });

  it('when it is asked, then name and usage are told and nothing is kept for later', async () => {
    const model = createDemoModel();
    const answer = await askOnce([user('show invoice 1042')]);

    expect(model.name).toBe('demo');
    expect(answer.model).toBe('demo');
    expect(answer.raw).toBeUndefined();
    expect(answer.usage.inputTokens).toBeGreaterThan(answer.usage.outputTokens);
    expect(answer.usage.outputTokens).toBeGreaterThan(0);
    expect(answer.calls[0]?.id).toBe('demo_1_1');
  });
});
