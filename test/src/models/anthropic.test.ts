import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../../src/core/logger.ts';
import { createModel } from '../../../src/models/index.ts';
import type { Model, ModelMessage } from '../../../src/models/model.ts';
import { aModelRequest, assistant } from '../../contracts/model.contract.ts';
import {
  anthropicBlock,
  anthropicEnd,
  anthropicFrame,
  anthropicStart,
  createFakeAnthropic,
  fakeAnthropicKey,
} from '../../fakes/anthropic/index.ts';
import { createHurriedClock } from '../../fakes/hurried-clock.ts';
import { say } from '../../fakes/scripted-answer.ts';
import type { FakeModelServer } from '../../fakes/scripted-server.ts';

describe('a model of Anthropic', () => {
  let server: FakeModelServer;
  let model: Model;
  const create = (thinking?: 'adaptive', clock = createHurriedClock()): Model => {
    const options = { apiKey: fakeAnthropicKey, baseUrl: `${server.url}/` };
    return createModel('anthropic/claude-sonnet-5-5', {
      clock,
      logger: silentLogger,
      anthropic: thinking === undefined ? options : { ...options, thinking },
      openai: {},
    });
  };
  beforeEach(async () => {
    server = await createFakeAnthropic();
    model = create();
  });
  afterEach(() => server.close());

  it('sends the key in both headers, asks for caching, and says nothing of thinking or temperature', async () => {
    server.next(say('Hello.'));
    await model.ask(aModelRequest());
    const { headers, body } = server.requests[0] ?? {};
    expect(headers).toMatchObject({
      authorization: `Bearer ${fakeAnthropicKey}`,
      'x-api-key': fakeAnthropicKey,
    });
    expect(headers).not.toHaveProperty('traceparent');
    expect(body).toMatchObject({ cache_control: { type: 'ephemeral' }, max_tokens: 1000 });
    expect(body).not.toHaveProperty('thinking');
    expect(body).not.toHaveProperty('temperature');
  });

  it('given adaptive thinking in the options, asks for it', async () => {
    server.next(say('Hello.'));
    await create('adaptive').ask(aModelRequest());
    expect(server.requests[0]?.body).toMatchObject({ thinking: { type: 'adaptive' } });
  });

  it('sends redacted and unknown blocks back as they came', async () => {
    const kept = [
      { type: 'redacted_thinking', data: 'ENCRYPTED' },
      { type: 'future_block', payload: [1, { deep: null }] },
    ];
    const call = { type: 'tool_use', id: 'toolu_1', name: 'billing__refund', input: {} };
    const blocks = [...kept, call].flatMap((block, index) => anthropicBlock(index, block, []));
    server.next(
      { kind: 'frames', frames: [anthropicStart('m'), ...blocks, ...anthropicEnd('tool_use')] },
      say('Done.'),
    );
    const answer = await model.ask(aModelRequest());
    const results = [{ callId: 'toolu_1', content: 'ok', isError: false }];
    const messages: ModelMessage[] = [
      { role: 'user', text: 'Hi' },
      assistant(answer),
      { role: 'tool', results },
    ];
    await model.ask(aModelRequest({ messages }));
    expect(server.requests[1]?.body['messages']).toMatchObject([
      {},
      { role: 'assistant', content: [...kept, call] },
      {},
    ]);
  });

  it('given an answer cut while thinking, drops the unsigned thought when it goes on', async () => {
    const thought = anthropicBlock(0, { type: 'thinking', thinking: '', signature: '' }, [
      { type: 'thinking_delta', thinking: 'Hm' },
    ]);
    server.next(
      { kind: 'frames', frames: [anthropicStart('m'), ...thought, ...anthropicEnd('max_tokens')] },
      say('Done.'),
    );
    const answer = await model.ask(aModelRequest());
    const messages: ModelMessage[] = [
      { role: 'user', text: 'Hi' },
      assistant(answer),
      { role: 'user', text: 'Go on.' },
    ];
    expect((await model.ask(aModelRequest({ messages }))).text).toBe('Done.');
  });

  it('given a paused turn, can be asked to go on with it as it is', async () => {
    server.next({ kind: 'answer', text: 'Wait.', stop: 'paused' }, (body) => {
      const messages = body['messages'];
      return say(`I got ${String(Array.isArray(messages) ? messages.length : 0)} messages.`);
    });
    const paused = await model.ask(aModelRequest());
    expect(paused.stop).toBe('paused');
    const messages: ModelMessage[] = [{ role: 'user', text: 'Hi' }, assistant(paused)];
    expect((await model.ask(aModelRequest({ messages }))).text).toBe('I got 2 messages.');
  });

  it.each([
    [401, 'model.rejected'],
    [402, 'model.unavailable'],
    [403, 'model.rejected'],
    [404, 'model.rejected'],
    [413, 'model.rejected'],
  ])('given status %i, gives up at once with %s', async (status, code) => {
    server.next({ kind: 'status', status });
    await expect(model.ask(aModelRequest())).rejects.toMatchObject({ code });
    expect(server.requests).toHaveLength(1);
  });

  it('given a server error marked as not worth another try, gives up at once', async () => {
    server.next({ kind: 'status', status: 500, headers: { 'x-should-retry': 'false' } });
    await expect(model.ask(aModelRequest())).rejects.toMatchObject({ code: 'model.unavailable' });
    expect(server.requests).toHaveLength(1);
  });

  it('given an event that is no JSON, starts again', async () => {
    server.next(
      { kind: 'frames', frames: [anthropicStart('m'), 'event: message_delta\ndata: {oops\n\n'] },
      say('Ok.'),
    );
    expect((await model.ask(aModelRequest())).text).toBe('Ok.');
  });

  it('given a connection that breaks after the last event, keeps the answer', async () => {
    const text = anthropicBlock(0, { type: 'text', text: 'Whole.' }, []);
    const frames = [
      anthropicStart('m'),
      ...text,
      ...anthropicEnd('end_turn'),
      anthropicFrame({ type: 'error', error: {} }),
    ];
    server.next({ kind: 'frames', frames });
    // Waits for the end of the stream instead of hurrying past it.
    const patient = create(undefined, createHurriedClock(1_000));
    expect((await patient.ask(aModelRequest())).text).toBe('Whole.');
    expect(server.requests).toHaveLength(1);
  });

  it('given past calls and no tools, names the tools without letting the model call them', async () => {
    const call = { id: 'c1', name: 'refund', input: { kind: 'parsed', value: {} } } as const;
    const messages: ModelMessage[] = [
      { role: 'user', text: 'Refund.' },
      { role: 'assistant', text: '', calls: [call] },
      { role: 'tool', results: [{ callId: 'c1', content: 'ok', isError: false }] },
    ];
    server.next(say('Done.'));
    await model.ask(aModelRequest({ messages, tools: [] }));
    expect(server.requests[0]?.body).toMatchObject({
      tools: [{ name: 'refund' }],
      tool_choice: { type: 'none' },
    });
  });

  it('given nobody at the address, says which setting to check', async () => {
    await server.close();
    const message = expect.stringContaining('ANTHROPIC_BASE_URL');
    await expect(model.ask(aModelRequest())).rejects.toMatchObject({ code: 'model.unavailable', message });
  });
});
