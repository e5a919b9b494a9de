import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, it } from '@jest/globals';
import { createAnthropicAccumulator } from '../../../src/models/anthropic-accumulator.ts';
import type { ModelAnswer } from '../../../src/models/model.ts';
import {
  anthropicBlock,
  anthropicEnd,
  anthropicFrame,
  anthropicStart,
  createFakeAnthropic,
  fakeAnthropicKey,
  inPieces,
} from '../../fakes/anthropic/index.ts';

function accumulate(frames: readonly string[]): ModelAnswer {
  const accumulator = createAnthropicAccumulator();
  for (const frame of frames) accumulator.add(JSON.parse(frame.slice(frame.indexOf('data: ') + 6)));
  return accumulator.answer('anthropic/x');
}

const json = (text: string): Record<string, unknown> => ({ type: 'input_json_delta', partial_json: text });
const tool = (id: string): Record<string, unknown> => ({ type: 'tool_use', id, name: 'refund', input: {} });

/** Every kind of block and delta in one answer, as the service sends them. */
const richFrames = [
  anthropicStart('claude-sonnet-5-5'),
  anthropicFrame({ type: 'ping' }),
  ...anthropicBlock(0, { type: 'thinking', thinking: '', signature: '' }, [
    { type: 'thinking_delta', thinking: 'I should ' },
    { type: 'thinking_delta', thinking: 'look.' },
    { type: 'signature_delta', signature: 'sig-1' },
  ]),
  ...anthropicBlock(1, { type: 'redacted_thinking', data: 'ENCRYPTED' }, []),
  ...anthropicBlock(2, { type: 'text', text: '' }, [
    ...inPieces('Grüße, 🙂 all.').map((text) => ({ type: 'text_delta', text })),
    { type: 'unheard_of_delta', text: 'ignored' },
  ]),
  anthropicFrame({ type: 'unheard_of_event', data: 1 }),
  ...anthropicBlock(3, { type: 'future_block', payload: { keep: ['me', 1, null] } }, []),
  ...anthropicBlock(
    4,
    tool('toolu_1'),
    ['', '{"amount": 12.50, "to"', ': "b\\u00f6b", "lines": [{"n":1}]}'].map(json),
  ),
  ...anthropicBlock(5, tool('toolu_2'), []),
  ...anthropicEnd('tool_use'),
];

describe('the accumulator of Messages streams', () => {
  it('builds the same blocks, stop reason and counts as the stream helper of the SDK', async () => {
    const server = await createFakeAnthropic({ script: [{ kind: 'frames', frames: richFrames }] });
    const client = new Anthropic({
      apiKey: fakeAnthropicKey,
      baseURL: server.url,
      defaultHeaders: { 'x-api-key': fakeAnthropicKey },
      maxRetries: 0,
    });
    const theirs = await client.messages
      .stream({ model: 'claude-sonnet-5-5', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] })
      .finalMessage();
    await server.close();
    const ours = accumulate(richFrames);
    // Through JSON, because the helper leaves marks of its own that never go over the wire.
    expect(ours.raw?.blocks).toEqual(JSON.parse(JSON.stringify(theirs.content)));
    expect(theirs.stop_reason).toBe('tool_use');
    expect(ours.usage.outputTokens).toBe(theirs.usage.output_tokens);
    expect(ours.usage.inputTokens).toBe(
      theirs.usage.input_tokens +
        (theirs.usage.cache_read_input_tokens ?? 0) +
        (theirs.usage.cache_creation_input_tokens ?? 0),
    );
    expect(ours.calls).toEqual(
      theirs.content
        .filter((block) => block.type === 'tool_use')
        .map(({ id, name, input }) => ({ id, name, input: { kind: 'parsed', value: input } })),
    );
  });

  it('given an answer cut inside arguments, has no call where the SDK has a shortened one', async () => {
    const frames = [
      anthropicStart('m'),
      ...anthropicBlock(0, tool('toolu_1'), [json('{"to":"bob","amount":12')]),
      ...anthropicEnd('max_tokens'),
    ];
    expect(accumulate(frames)).toMatchObject({ stop: 'length', calls: [] });
  });

  it.each([
    ['end_turn', 'end'],
    ['stop_sequence', 'end'],
    ['max_tokens', 'length'],
    ['pause_turn', 'paused'],
    ['refusal', 'refusal'],
    ['model_context_window_exceeded', 'context-full'],
    ['compaction', 'other'],
  ])('given the stop reason %s, stops with %s and without calls', (reason, stop) => {
    const frames = [
      anthropicStart('m'),
      ...anthropicBlock(0, tool('t'), [json('{}')]),
      ...anthropicEnd(reason),
    ];
    expect(accumulate(frames)).toMatchObject({ stop, calls: [] });
  });

  it('given a refusal with details, says which', () => {
    const frames = [
      anthropicStart('m'),
      ...anthropicEnd('refusal', { category: 'cyber', explanation: 'No.' }),
    ];
    expect(accumulate(frames).stopDetail).toBe('cyber: No.');
  });

  it('given no message_stop, no stop reason, or a call left open, throws model.garbled', () => {
    const start = anthropicStart('m');
    const block = anthropicBlock(0, tool('t'), [json('{}')]);
    const [delta = '', stop = ''] = anthropicEnd('tool_use');
    const garbled = expect.objectContaining({ code: 'model.garbled' });
    expect(() => accumulate([start, ...block, delta])).toThrow(garbled);
    expect(() => accumulate([start, ...block, stop])).toThrow(garbled);
    expect(() => accumulate([start, ...block.slice(0, -1), delta, stop])).toThrow(garbled);
    expect(() => accumulate([start, delta, stop])).toThrow(garbled);
  });

  it('given a call that code and not the model made, refuses its arguments', () => {
    const caller = { type: 'code_execution_20260521', tool_id: 's1' };
    const frames = [
      anthropicStart('m'),
      ...anthropicBlock(0, { ...tool('t'), caller }, [json('{"a":1}')]),
      ...anthropicEnd('tool_use'),
    ];
    expect(accumulate(frames).calls[0]?.input).toMatchObject({ kind: 'malformed' });
  });

  it('given a repeated id, gives the second call another one, in the kept block too', () => {
    const block = (index: number): string[] => anthropicBlock(index, tool('same'), []);
    const answer = accumulate([anthropicStart('m'), ...block(0), ...block(1), ...anthropicEnd('tool_use')]);
    const blocks = answer.raw?.blocks;
    expect(answer.calls[1]?.id).not.toBe('same');
    expect(Array.isArray(blocks) ? blocks[1] : undefined).toMatchObject({ id: answer.calls[1]?.id });
  });
});
