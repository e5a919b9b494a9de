import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../../src/core/logger.ts';
import { createModel } from '../../../src/models/index.ts';
import type { Model, ModelMessage } from '../../../src/models/model.ts';
import { aModelRequest, assistant } from '../../contracts/model.contract.ts';
import { createHurriedClock } from '../../fakes/hurried-clock.ts';
import {
  createFakeOpenAi,
  openAiChunk,
  openAiData,
  openAiDone,
  openAiUsage,
} from '../../fakes/openai/index.ts';
import { say } from '../../fakes/scripted-answer.ts';
import type { FakeModelServer } from '../../fakes/scripted-server.ts';

describe('a server that speaks chat completions', () => {
  let server: FakeModelServer;
  let model: Model;
  beforeEach(async () => {
    server = await createFakeOpenAi({ apiKey: 'none' });
    model = createModel('openai/qwen', {
      clock: createHurriedClock(),
      logger: silentLogger,
      anthropic: {},
      openai: { baseUrl: server.url },
    });
  });
  afterEach(() => server.close());

  const askWith = (...frames: string[]): ReturnType<Model['ask']> => {
    server.next({ kind: 'frames', frames });
    return model.ask(aModelRequest());
  };
  const piece = (fields: object): string => openAiChunk({ tool_calls: [fields] });
  const fn = (name: string, args: unknown): object => ({ function: { name, arguments: args } });
  const parsed = (value: object): object => ({ kind: 'parsed', value });

  it('sends no key when there is none, and the length limit that local servers know', async () => {
    server.next(say('Hello.'));
    await model.ask(aModelRequest());
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(server.requests[0]?.body).toMatchObject({ max_tokens: 1000, model: 'qwen' });
  });

  it('given a failed result, says so in its text', async () => {
    const messages: ModelMessage[] = [
      { role: 'user', text: 'Refund.' },
      {
        role: 'assistant',
        text: '',
        calls: [{ id: 'c1', name: 'refund', input: { kind: 'parsed', value: { b: 1, a: 2 } } }],
      },
      { role: 'tool', results: [{ callId: 'c1', content: 'no such invoice', isError: true }] },
    ];
    server.next(say('Hello.'));
    await model.ask(aModelRequest({ messages }));
    expect(JSON.stringify(server.requests[0]?.body)).toContain('Error: no such invoice');
    expect(JSON.stringify(server.requests[0]?.body)).toContain('{\\"a\\":2,\\"b\\":1}');
  });

  it('given no role, arguments in one piece, and `stop` after calls, still finds the call', async () => {
    const answer = await askWith(
      piece({ index: 0, id: 'c1', ...fn('refund', '{"a":1}') }),
      openAiChunk({}, 'stop'),
      openAiDone,
    );
    expect(answer).toMatchObject({ stop: 'tool-use', calls: [{ id: 'c1', input: parsed({ a: 1 }) }] });
  });

  it('given two calls that share index 0, keeps them apart by their ids', async () => {
    const answer = await askWith(
      piece({ index: 0, id: 'c1', ...fn('refund', '{"a":') }),
      piece({ index: 0, id: 'c1', function: { arguments: '1}' } }),
      piece({ index: 0, id: 'c2', ...fn('refund', '{"a":') }),
      piece({ index: 0, function: { arguments: '2}' } }),
      openAiChunk({}, 'tool_calls'),
    );
    expect(answer.calls.map(({ id, input }) => [id, input])).toEqual([
      ['c1', parsed({ a: 1 })],
      ['c2', parsed({ a: 2 })],
    ]);
  });

  it('given two calls without ids on one index, keeps them apart and mints ids', async () => {
    const answer = await askWith(
      piece({ index: 0, ...fn('refund', '{"a":1}') }),
      piece({ index: 0, ...fn('refund', '{"a":2}') }),
      openAiChunk({}, 'tool_calls'),
    );
    expect(answer.calls.map(({ input }) => input)).toEqual([parsed({ a: 1 }), parsed({ a: 2 })]);
    expect(new Set(answer.calls.map(({ id }) => id)).size).toBe(2);
  });

  it('given calls without index, name repeated in each piece, or interleaved, puts each together', async () => {
    const interleaved = await askWith(
      piece({ index: 0, id: 'c1', ...fn('refund', '{"a"') }),
      piece({ index: 1, id: 'c2', ...fn('refund', '{"b"') }),
      piece({ index: 0, ...fn('refund', ':1}') }),
      piece({ index: 1, ...fn('refund', ':2}') }),
      openAiChunk({}, 'tool_calls'),
    );
    expect(interleaved.calls.map(({ input }) => input)).toEqual([parsed({ a: 1 }), parsed({ b: 2 })]);
    const unnumbered = await askWith(
      piece({ id: 'c1', ...fn('refund', '{"a":1}') }),
      piece({ id: 'c2', ...fn('refund', { b: 2 }) }),
      openAiChunk({}, 'tool_calls'),
    );
    expect(unnumbered.calls.map(({ input }) => input)).toEqual([parsed({ a: 1 }), parsed({ b: 2 })]);
  });

  it('given empty or missing arguments, takes them as none', async () => {
    const answer = await askWith(
      piece({ index: 0, id: 'c1', ...fn('refund', '') }),
      piece({ index: 1, id: 'c2', function: { name: 'refund' } }),
      openAiChunk({}, 'tool_calls'),
    );
    expect(answer.calls.map(({ input }) => input)).toEqual([parsed({}), parsed({})]);
  });

  it('given reasoning and content in parts, returns only the text for people', async () => {
    const answer = await askWith(
      openAiChunk({ reasoning_content: 'secretly' }),
      openAiChunk({ reasoning: 'thinking', content: null }),
      openAiChunk({
        content: [
          { type: 'thinking', thinking: [] },
          { type: 'text', text: 'Hello.' },
        ],
      }),
      openAiChunk({}, 'stop'),
      openAiUsage,
    );
    expect(answer).toMatchObject({ text: 'Hello.', stop: 'end' });
  });

  it('given fields of its own on a call, sends them back with it', async () => {
    const first = await askWith(
      piece({ index: 0, id: 'c1', extra_content: { signature: 'S1' }, ...fn('refund', '{"z":1, "a":2}') }),
      openAiChunk({}, 'tool_calls'),
    );
    server.next(say('Done.'));
    const results = [{ callId: 'c1', content: 'ok', isError: false }];
    await model.ask(
      aModelRequest({ messages: [{ role: 'user', text: 'x' }, assistant(first), { role: 'tool', results }] }),
    );
    const sent = JSON.stringify(server.requests[1]?.body['messages']);
    expect(sent).toContain('"extra_content":{"signature":"S1"}');
    expect(sent).toContain('{\\"z\\":1, \\"a\\":2}');
  });

  it('given a server that counts no tokens, estimates and says so', async () => {
    const { usage } = await askWith(openAiChunk({ content: 'x'.repeat(400) }), openAiChunk({}, 'stop'));
    expect(usage).toMatchObject({ isEstimated: true, outputTokens: 100 });
    expect(usage.inputTokens).toBeGreaterThan(10);
  });

  it('given a refusal or a filter, stops with refusal', async () => {
    const refused = await askWith(openAiChunk({ refusal: 'I will not.' }), openAiChunk({}, 'stop'));
    expect(refused).toMatchObject({ stop: 'refusal', stopDetail: 'I will not.' });
    expect(await askWith(openAiChunk({ content: 'a' }, 'content_filter'))).toMatchObject({ stop: 'refusal' });
  });

  it('given an unknown finish reason, offers no call', async () => {
    const answer = await askWith(
      piece({ index: 0, id: 'c1', ...fn('refund', '{}') }),
      openAiChunk({}, 'eos'),
    );
    expect(answer).toMatchObject({ stop: 'other', calls: [] });
  });

  it('given the last event without its empty line, reads it', async () => {
    expect((await askWith(openAiChunk({ content: 'Hi' }), openAiChunk({}, 'stop').trimEnd())).text).toBe(
      'Hi',
    );
  });

  it('given characters cut in the middle of their bytes, joins them', async () => {
    expect((await askWith(openAiChunk({ content: 'Grüße 🙂' }), openAiChunk({}, 'stop'))).text).toBe(
      'Grüße 🙂',
    );
  });

  it('given an event that is no JSON, starts again', async () => {
    server.next({ kind: 'frames', frames: ['data: {oops\n\n'] }, say('Ok.'));
    expect((await model.ask(aModelRequest())).text).toBe('Ok.');
  });

  it('given a prompt that does not fit, stops with context-full', async () => {
    server.next({ kind: 'status', status: 400, code: 'context_length_exceeded' });
    expect(await model.ask(aModelRequest())).toMatchObject({ stop: 'context-full', calls: [] });
  });

  it('given a used-up quota, does not try again though the status says so', async () => {
    server.next({ kind: 'status', status: 429, code: 'insufficient_quota' });
    await expect(model.ask(aModelRequest())).rejects.toMatchObject({ code: 'model.unavailable' });
    expect(server.requests).toHaveLength(1);
  });

  it('given an error inside the stream with a status as its code, goes by that', async () => {
    server.next(
      { kind: 'frames', frames: [openAiData({ error: { message: 'slow down', code: 429 } })] },
      say('Ok.'),
    );
    expect((await model.ask(aModelRequest())).text).toBe('Ok.');
    server.next({ kind: 'frames', frames: [openAiData({ error: { message: 'bad', code: 400 } })] });
    await expect(model.ask(aModelRequest())).rejects.toMatchObject({ code: 'model.rejected' });
  });
});
