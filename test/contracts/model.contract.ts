/**
 * What every implementation of the Model port promises.
 *
 * The first part needs nothing but a model. The second drives a stand-in for the provider and runs where there
 * is one.
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AppError } from '../../src/core/errors.ts';
import type { Model, ModelMessage, ModelRequest, ModelTool } from '../../src/models/model.ts';
import type { HurriedClock } from '../fakes/hurried-clock.ts';
import { call, say } from '../fakes/scripted-answer.ts';
import type { FakeModelServer } from '../fakes/scripted-server.ts';

export interface ModelSubject {
  readonly name: string;
  open(): Promise<OpenedModel>;
}

export interface OpenedModel {
  readonly model: Model;
  close(): Promise<void>;
  readonly provider?: ScriptableProvider;
}

export interface ScriptableProvider {
  readonly server: FakeModelServer;
  readonly clock: HurriedClock;
  readonly secret: string;
  /** What the model logged about tries that failed. */
  readonly retries: readonly { readonly code: string; readonly waitMs: number }[];
  /** The provider's word for «too busy» inside a stream. */
  readonly busyType: string;
}

export const refundTool: ModelTool = {
  name: 'billing__refund',
  description: 'Refunds an invoice.',
  inputSchema: { type: 'object', properties: { amount: { type: 'number' } } },
};

export function aModelRequest(fields: Partial<ModelRequest> = {}): ModelRequest {
  return {
    system: 'You help the company.',
    messages: [{ role: 'user', text: 'Refund invoice 7, please.' }],
    tools: [refundTool],
    maxOutputTokens: 1000,
    signal: new AbortController().signal,
    ...fields,
  };
}

async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

/** Everything an error shows to somebody who prints it. */
function printed(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error);
  const fields = JSON.stringify(error, Object.getOwnPropertyNames(error));
  return `${error.message} ${error.stack ?? ''} ${fields} ${error.cause === undefined ? '' : printed(error.cause)}`;
}

export function describeModelContract(subjects: readonly ModelSubject[]): void {
  describe.each(subjects)('$name', (subject) => {
    let opened: OpenedModel;
    beforeEach(async () => {
      opened = await subject.open();
    });
    afterEach(async () => {
      await opened.close();
    });

    it('answers a question with text or calls, its own name, and what it used', async () => {
      opened.provider?.server.next(say('It is done.'));
      const answer = await opened.model.ask(aModelRequest());
      expect(answer.model).toBe(opened.model.name);
      expect(answer.text !== '' || answer.calls.length > 0).toBe(true);
      expect(answer.calls.length > 0).toBe(answer.stop === 'tool-use');
      expect(answer.usage.inputTokens).toBeGreaterThanOrEqual(answer.usage.cachedInputTokens);
      expect(answer.usage.outputTokens).toBeGreaterThanOrEqual(0);
    });

    it('sends as parts exactly the text of the answer', async () => {
      opened.provider?.server.next(say('It is done.'));
      let seen = '';
      const onText = (delta: string): void => {
        seen += delta;
      };
      const answer = await opened.model.ask(aModelRequest({ onText }));
      expect(seen).toBe(answer.text);
    });

    it('given a signal that is aborted already, rejects with its reason and asks nobody', async () => {
      const reason = new Error('stopped by Ana');
      const error = await thrownBy(opened.model.ask(aModelRequest({ signal: AbortSignal.abort(reason) })));
      expect(error).toBe(reason);
      expect(opened.provider?.server.requests ?? []).toHaveLength(0);
    });
  });

  describe.each(subjects)('$name, with its provider played', (subject) => {
    let opened: OpenedModel;
    let provider: ScriptableProvider | undefined;
    beforeEach(async () => {
      opened = await subject.open();
      provider = opened.provider;
    });
    afterEach(async () => {
      await opened.close();
    });

    /** A fact that needs a played provider; models without one keep it trivially. */
    const given = (
      fact: string,
      check: (model: Model, provider: ScriptableProvider) => Promise<void>,
    ): void => {
      it(fact, async () => {
        if (provider !== undefined) await check(opened.model, provider);
      });
    };

    given('given parallel calls, returns them in order with their arguments', async (model, { server }) => {
      const calls = [
        { name: 'billing__refund', input: { amount: 5, note: 'a "quoted" ü' } },
        { name: 'billing__refund', input: {} },
      ];
      server.next({ kind: 'answer', text: 'Two calls.', calls });
      const answer = await model.ask(aModelRequest());
      expect(answer.stop).toBe('tool-use');
      expect(answer.text).toBe('Two calls.');
      expect(answer.calls.map(({ name, input }) => ({ name, input }))).toEqual(
        calls.map(({ name, input }) => ({ name, input: { kind: 'parsed', value: input } })),
      );
    });

    given('counts all input tokens, cached ones included', async (model, { server }) => {
      server.next(say('Hello.'));
      const { usage } = await model.ask(aModelRequest());
      expect(usage).toMatchObject({ inputTokens: 142, cachedInputTokens: 100, outputTokens: 42 });
    });

    given('given calls with missing or repeated ids, makes them unique', async (model, { server }) => {
      const calls = ['', 'same', ''].map((id) => ({ name: 'billing__refund', input: { id }, id }));
      server.next({ kind: 'answer', calls });
      const ids = (await model.ask(aModelRequest())).calls.map(({ id }) => id);
      expect(ids).toHaveLength(3);
      expect(new Set(ids).size).toBe(3);
      expect(ids).not.toContain('');
    });

    given('given arguments cut at the length limit, offers no call', async (model, { server }) => {
      server.next({
        kind: 'raw-call',
        name: 'billing__refund',
        argumentsText: '{"to":"bob","amount":12',
        isCut: true,
      });
      const answer = await model.ask(aModelRequest());
      expect(answer).toMatchObject({ stop: 'length', calls: [] });
    });

    given(
      'given a whole call in an answer cut at its length, offers no call either',
      async (model, { server }) => {
        server.next({
          kind: 'raw-call',
          name: 'billing__refund',
          argumentsText: '{"to":"bob"}',
          isCut: true,
        });
        const answer = await model.ask(aModelRequest());
        expect(answer).toMatchObject({ stop: 'length', calls: [] });
      },
    );

    given('given an answer cut at its length, can be asked again with it', async (model, { server }) => {
      server.next(
        { kind: 'raw-call', name: 'billing__refund', argumentsText: '{"to":"b', isCut: true },
        say('Shorter.'),
      );
      const cut = await model.ask(aModelRequest());
      const messages: ModelMessage[] = [
        { role: 'user', text: 'Refund.' },
        assistant(cut),
        { role: 'user', text: 'Be brief.' },
      ];
      expect((await model.ask(aModelRequest({ messages }))).text).toBe('Shorter.');
    });

    given(
      'given arguments that are no exact JSON, keeps their text and the problem',
      async (model, { server }) => {
        for (const argumentsText of ['{"amount": 12', '{"a":1,"a":2}', '{"n":9007199254740993}', '[1]']) {
          server.next({ kind: 'raw-call', name: 'billing__refund', argumentsText });
          const { calls, stop } = await model.ask(aModelRequest());
          expect(stop).toBe('tool-use');
          expect(calls[0]?.input).toEqual({
            kind: 'malformed',
            text: argumentsText,
            problem: expect.any(String),
          });
        }
      },
    );

    given('given a malformed call that was answered, the conversation goes on', async (model, { server }) => {
      server.next(
        { kind: 'raw-call', name: 'billing__refund', argumentsText: '{"amount": 12' },
        say('I see.'),
      );
      const answer = await model.ask(aModelRequest());
      const results = answer.calls.map(({ id }) => ({ callId: id, content: 'Not JSON.', isError: true }));
      const messages: ModelMessage[] = [
        { role: 'user', text: 'Refund.' },
        assistant(answer),
        { role: 'tool', results },
      ];
      expect((await model.ask(aModelRequest({ messages }))).text).toBe('I see.');
    });

    given(
      'given calls, results and people talking in between, sends what the service accepts',
      async (model, { server }) => {
        server.next(
          {
            kind: 'answer',
            text: 'Looking.',
            calls: [1, 2].map((amount) => ({ name: 'billing__refund', input: { amount } })),
          },
          say('Done.'),
        );
        const answer = await model.ask(aModelRequest());
        const [first, second] = answer.calls;
        const messages: ModelMessage[] = [
          { role: 'user', text: 'Refund.' },
          { role: 'user', text: 'Quickly.' },
          assistant(answer),
          { role: 'user', text: 'And hurry.' },
          { role: 'tool', results: [{ callId: first?.id ?? '', content: '', isError: true }] },
          { role: 'tool', results: [{ callId: second?.id ?? '', content: 'paid', isError: false }] },
          { role: 'user', text: 'So?' },
          { role: 'assistant', text: '', calls: [] },
          { role: 'user', text: ' ' },
          { role: 'user', text: 'Well?' },
        ];
        expect((await model.ask(aModelRequest({ messages }))).text).toBe('Done.');
        expect(server.requests.map(({ problem }) => problem)).toEqual([undefined, undefined]);
      },
    );

    given(
      'given calls of another provider with odd and repeated ids, sends what the service accepts',
      async (model, { server }) => {
        const odd = (id: string, name: string): ModelMessage[] => [
          {
            role: 'assistant',
            text: '',
            calls: [{ id, name, input: { kind: 'parsed', value: { amount: 1 } } }],
            raw: { provider: 'other', model: 'other/model', blocks: [{ type: 'secret_block' }] },
          },
          { role: 'tool', results: [{ callId: id, content: `result of ${name}`, isError: false }] },
        ];
        const messages: ModelMessage[] = [
          { role: 'user', text: 'Refund.' },
          ...odd('functions.refund:0', 'billing__refund'),
          ...odd('functions.refund:0', 'no/such tool'),
          ...odd('call_0', ''),
          ...odd('call_0', 'billing__refund'),
        ];
        server.next(say('Done.'));
        expect((await model.ask(aModelRequest({ messages }))).text).toBe('Done.');
        expect(JSON.stringify(server.requests[0]?.body)).not.toContain('secret_block');
      },
    );

    given('given past calls and no tools, sends what the service accepts', async (model, { server }) => {
      const messages: ModelMessage[] = [
        { role: 'user', text: 'Refund.' },
        {
          role: 'assistant',
          text: '',
          calls: [{ id: 'c1', name: 'refund', input: { kind: 'parsed', value: {} } }],
        },
        { role: 'tool', results: [{ callId: 'c1', content: 'ok', isError: false }] },
      ];
      server.next(say('Done.'));
      expect((await model.ask(aModelRequest({ messages, tools: [] }))).text).toBe('Done.');
    });

    given(
      'given an overloaded service twice, waits longer each time and answers on the third try',
      async (model, { server, retries }) => {
        server.next({ kind: 'status', status: 529 }, { kind: 'status', status: 529 }, say('Finally.'));
        expect((await model.ask(aModelRequest())).text).toBe('Finally.');
        expect(retries.map(({ code }) => code)).toEqual(['model.overloaded', 'model.overloaded']);
        const [first, second] = retries.map(({ waitMs }) => waitMs);
        expect(first).toBeGreaterThanOrEqual(375);
        expect(second).toBeGreaterThanOrEqual(750);
      },
    );

    given(
      'given a service that stays overloaded, gives up with model.overloaded',
      async (model, { server }) => {
        server.next(...[1, 2, 3, 4].map(() => ({ kind: 'status', status: 529 }) as const));
        expect(await thrownBy(model.ask(aModelRequest()))).toMatchObject({ code: 'model.overloaded' });
        expect(server.requests).toHaveLength(4);
      },
    );

    given('given Retry-After, obeys it up to a limit', async (model, { server, retries }) => {
      const wait = (seconds: string) =>
        ({ kind: 'status', status: 429, headers: { 'retry-after': seconds } }) as const;
      server.next(wait('7'), wait('86400'), wait('Sun, 22 Nov 2026 09:00:05 GMT'), say('Now.'));
      expect((await model.ask(aModelRequest())).text).toBe('Now.');
      expect(retries.map(({ waitMs }) => waitMs)).toEqual([7_000, 30_000, 5_000]);
    });

    given('given a stream that dies half-way, starts again', async (model, { server, retries }) => {
      server.next({ kind: 'broken', text: 'Half an' }, say('The whole answer.'));
      const seen: string[] = [];
      const answer = await model.ask(
        aModelRequest({ onText: (delta) => seen.push(delta), onRestart: () => seen.splice(0, seen.length) }),
      );
      expect(answer.text).toBe('The whole answer.');
      expect(seen.join('')).toBe('The whole answer.');
      expect(retries.map(({ code }) => code)).toEqual(['model.unavailable']);
    });

    given(
      'given a stream that closes before its end, starts again and then calls it garbled',
      async (model, { server }) => {
        server.next(...[1, 2, 3, 4].map(() => ({ kind: 'unfinished', text: 'Half an' }) as const));
        expect(await thrownBy(model.ask(aModelRequest()))).toMatchObject({ code: 'model.garbled' });
        expect(server.requests).toHaveLength(4);
      },
    );

    given('given an error inside the stream, starts again', async (model, { server, retries, busyType }) => {
      server.next({ kind: 'stream-error', text: 'Half', type: busyType }, say('Whole.'));
      expect((await model.ask(aModelRequest())).text).toBe('Whole.');
      expect(retries.map(({ code }) => code)).toEqual(['model.overloaded']);
    });

    given('given a wrong request inside the stream, gives up at once', async (model, { server }) => {
      server.next({ kind: 'stream-error', text: 'Half', type: 'invalid_request_error', message: 'Bad.' });
      expect(await thrownBy(model.ask(aModelRequest()))).toMatchObject({ code: 'model.rejected' });
      expect(server.requests).toHaveLength(1);
    });

    given(
      'given a rejected request, says what the service said and does not try again',
      async (model, { server }) => {
        server.next({ kind: 'status', status: 400, message: 'max_tokens: too large' });
        const error = await thrownBy(model.ask(aModelRequest()));
        expect(error).toMatchObject({
          code: 'model.rejected',
          message: expect.stringContaining('max_tokens: too large'),
        });
        expect(server.requests).toHaveLength(1);
      },
    );

    given('given an error that repeats the key, never shows the key', async (model, { server, secret }) => {
      server.next({ kind: 'status', status: 401, message: `Incorrect API key provided: ${secret}` });
      const error = await thrownBy(model.ask(aModelRequest()));
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code: 'model.rejected', message: expect.stringContaining('_API_KEY') });
      expect(printed(error)).not.toContain(secret);
    });

    given(
      'given a service that never answers, tries again after the limit of silence',
      async (model, { server, clock, retries }) => {
        server.next({ kind: 'hang' }, say('Here I am.'));
        const asked = model.ask(aModelRequest());
        await server.arrived(1);
        clock.expire();
        expect((await asked).text).toBe('Here I am.');
        expect(retries.map(({ code }) => code)).toEqual(['model.unavailable']);
      },
    );

    given(
      'given a stream that falls silent, tries again after the limit of silence',
      async (model, { server, clock }) => {
        server.next({ kind: 'stall', text: 'Half an' }, say('The whole answer.'));
        // Once the text is there, the reader is told, and the deadline passes.
        const onText = (delta: string): void => {
          if (delta.startsWith('Half')) clock.expire();
        };
        expect((await model.ask(aModelRequest({ onText }))).text).toBe('The whole answer.');
      },
    );

    given(
      'given a stop while it waits for the answer, rejects with the reason at once',
      async (model, { server }) => {
        server.next({ kind: 'hang' });
        const stopper = new AbortController();
        const asking = thrownBy(model.ask(aModelRequest({ signal: stopper.signal })));
        await server.arrived(1);
        const reason = new Error('stopped by Ana');
        stopper.abort(reason);
        expect(await asking).toBe(reason);
        expect(server.requests).toHaveLength(1);
      },
    );

    given('given a stop while it reads the answer, rejects with the reason', async (model, { server }) => {
      server.next({ kind: 'stall', text: 'Half an' });
      const stopper = new AbortController();
      const reason = new Error('stopped by Ana');
      const onText = (): void => {
        stopper.abort(reason);
      };
      expect(await thrownBy(model.ask(aModelRequest({ signal: stopper.signal, onText })))).toBe(reason);
    });

    given('given a reader that throws, answers all the same', async (model, { server }) => {
      server.next(say('Hello.'));
      const onText = (): void => {
        throw new Error('the thread is gone');
      };
      expect((await model.ask(aModelRequest({ onText }))).text).toBe('Hello.');
    });

    given('given a refusal, returns it as an answer without calls', async (model, { server }) => {
      server.next({ kind: 'answer', stop: 'refusal', calls: [{ name: 'billing__refund', input: {} }] });
      expect(await model.ask(aModelRequest())).toMatchObject({ stop: 'refusal', calls: [] });
    });

    given(
      'given thinking before calls, sends it back unchanged, but never after the model changed',
      async (model, { server }) => {
        const thinking = { text: 'Let me think.', signature: 'sig-abc' };
        server.next(
          { kind: 'answer', thinking, calls: [{ name: 'billing__refund', input: {} }] },
          say('A'),
          say('B'),
        );
        const answer = await model.ask(aModelRequest());
        const results = answer.calls.map(({ id }) => ({ callId: id, content: 'ok', isError: false }));
        const conversation = (raw: object): ModelMessage[] => [
          { role: 'user', text: 'Refund.' },
          { ...assistant(answer), ...raw },
          { role: 'tool', results },
        ];
        await model.ask(aModelRequest({ messages: conversation({}) }));
        expect(JSON.stringify(server.requests[1]?.body)).toContain('Let me think.');
        const foreign = {
          raw: { ...answer.raw, model: `${model.name}-2`, provider: answer.raw?.provider ?? '' },
        };
        await model.ask(aModelRequest({ messages: conversation(foreign) }));
        expect(JSON.stringify(server.requests[2]?.body)).not.toContain('Let me think.');
      },
    );

    given('given a single call, names the tool and the model as configured', async (model, { server }) => {
      server.next(call('billing__refund', { amount: 1 }));
      await model.ask(aModelRequest());
      expect(`x/${String(server.requests[0]?.body['model'])}`).toBe(model.name.replace(/^[^/]+/u, 'x'));
      expect(server.requests[0]?.body).not.toHaveProperty('temperature');
    });
  });
}

/** An answer as the next request carries it. */
export function assistant(
  answer: Awaited<ReturnType<Model['ask']>>,
): Extract<ModelMessage, { role: 'assistant' }> {
  const { text, calls, raw } = answer;
  return { role: 'assistant', text, calls, ...(raw === undefined ? {} : { raw }) };
}
