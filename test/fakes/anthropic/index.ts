/** A strict stand-in for the Messages API: it refuses what the service refuses and streams what it streams. */
import { serveScript } from '../scripted-server.ts';
import type { Dialect, FakeModelServer, Rendered } from '../scripted-server.ts';
import type { ScriptedAnswer, ScriptedReply } from '../scripted-answer.ts';
import { findAnthropicProblem } from './validate.ts';

export interface FakeAnthropicOptions {
  readonly script?: readonly ScriptedReply[];
  /** The only key that is accepted. */
  readonly apiKey?: string;
}

export const fakeAnthropicKey = 'sk-ant-canary-7f3a9';

export function createFakeAnthropic(options: FakeAnthropicOptions = {}): Promise<FakeModelServer> {
  const apiKey = options.apiKey ?? fakeAnthropicKey;
  let answers = 0;
  const dialect: Dialect = {
    path: '/v1/messages',
    findProblem: (request) => findAnthropicProblem(request, apiKey),
    render(answer, request) {
      answers += 1;
      return render(answer, String(request.body['model']), answers);
    },
  };
  return serveScript(dialect, options.script ?? []);
}

/** One event as it goes over the wire. */
export function anthropicFrame(event: Readonly<Record<string, unknown>> & { readonly type: string }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

const usage = {
  input_tokens: 12,
  cache_creation_input_tokens: 30,
  cache_read_input_tokens: 100,
  output_tokens: 1,
};

export function anthropicStart(model: string, id = 'msg_1'): string {
  const message = { id, type: 'message', role: 'assistant', model, content: [], stop_reason: null };
  const rest = { stop_sequence: null, stop_details: null, container: null, diagnostics: null, usage };
  return anthropicFrame({ type: 'message_start', message: { ...message, ...rest } });
}

/** A whole content block, its text cut into pieces. */
export function anthropicBlock(
  index: number,
  block: Readonly<Record<string, unknown>>,
  deltas: readonly Readonly<Record<string, unknown>>[],
): string[] {
  return [
    anthropicFrame({ type: 'content_block_start', index, content_block: block }),
    ...deltas.map((delta) => anthropicFrame({ type: 'content_block_delta', index, delta })),
    anthropicFrame({ type: 'content_block_stop', index }),
  ];
}

export function anthropicEnd(stopReason: string, details: unknown = null): string[] {
  const delta = { stop_reason: stopReason, stop_sequence: null, stop_details: details, container: null };
  return [
    anthropicFrame({ type: 'message_delta', delta, usage: { output_tokens: 42 } }),
    anthropicFrame({ type: 'message_stop' }),
  ];
}

export function inPieces(text: string): string[] {
  const middle = Math.ceil(text.length / 2);
  return text === '' ? [] : [text.slice(0, middle), text.slice(middle)].filter((piece) => piece !== '');
}

const textBlock = (index: number, text: string): string[] =>
  anthropicBlock(
    index,
    { type: 'text', text: '' },
    inPieces(text).map((piece) => ({ type: 'text_delta', text: piece })),
  );

/** The service's first piece of arguments is often empty. */
const callBlock = (index: number, id: string | undefined, name: string, argumentsText: string): string[] =>
  anthropicBlock(
    index,
    { type: 'tool_use', ...(id === '' ? {} : { id }), name, input: {}, caller: { type: 'direct' } },
    ['', ...inPieces(argumentsText)].map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
  );

function render(answer: Exclude<ScriptedAnswer, { kind: 'hang' }>, model: string, count: number): Rendered {
  const id = `msg_${String(count)}`;
  const start = [anthropicStart(model, id), anthropicFrame({ type: 'ping' })];
  const stream = (frames: readonly string[], end: Rendered['end'] = 'close'): Rendered => {
    return {
      status: 200,
      headers: { 'content-type': 'text/event-stream', 'request-id': `req_${id}` },
      frames,
      end,
    };
  };
  switch (answer.kind) {
    case 'answer': {
      const { text = '', calls = [], thinking, stop } = answer;
      const blocks: ((index: number) => string[])[] = [];
      if (thinking !== undefined) {
        const deltas = [
          ...inPieces(thinking.text).map((piece) => ({ type: 'thinking_delta', thinking: piece })),
          { type: 'signature_delta', signature: thinking.signature },
        ];
        blocks.push((index) =>
          anthropicBlock(index, { type: 'thinking', thinking: '', signature: '' }, deltas),
        );
      }
      if (text !== '') blocks.push((index) => textBlock(index, text));
      for (const [at, { name, input, id: given }] of calls.entries()) {
        const callId = given ?? `toolu_${String(count)}_${String(at)}`;
        blocks.push((index) => callBlock(index, callId, name, JSON.stringify(input)));
      }
      const normal = calls.length > 0 ? 'tool_use' : 'end_turn';
      const reasons = { length: 'max_tokens', refusal: 'refusal', paused: 'pause_turn' } as const;
      const details =
        stop === 'refusal' ? { type: 'refusal', category: 'cyber', explanation: 'Not this.' } : null;
      const end = anthropicEnd(stop === undefined ? normal : reasons[stop], details);
      return stream([...start, ...blocks.flatMap((block, index) => block(index)), ...end]);
    }
    case 'raw-call':
      return stream([
        ...start,
        ...callBlock(0, `toolu_${String(count)}`, answer.name, answer.argumentsText),
        ...anthropicEnd(answer.isCut === true ? 'max_tokens' : 'tool_use'),
      ]);
    case 'broken':
      return stream([...start, ...textBlock(0, answer.text)], 'break');
    case 'unfinished':
      return stream([...start, ...textBlock(0, answer.text)]);
    case 'stall':
      return stream([...start, ...textBlock(0, answer.text)], 'open');
    case 'stream-error': {
      const error = { type: answer.type, message: answer.message ?? 'Overloaded' };
      return stream([...start, ...textBlock(0, answer.text), anthropicFrame({ type: 'error', error })]);
    }
    case 'status': {
      const message = answer.message ?? 'An error.';
      const details = answer.code === undefined ? {} : { details: { error_code: answer.code } };
      const error = { type: errorTypes[answer.status] ?? 'api_error', message, ...details };
      return {
        status: answer.status,
        headers: { 'content-type': 'application/json', 'request-id': `req_${id}`, ...answer.headers },
        frames: [JSON.stringify({ type: 'error', error, request_id: `req_${id}` })],
        end: 'close',
      };
    }
    case 'frames':
      return stream(answer.frames);
    default:
      return answer satisfies never;
  }
}

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};
