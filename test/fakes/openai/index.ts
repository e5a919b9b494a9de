/** A strict stand-in for chat completions as OpenAI serves them, with the odd habits of others on request. */
import { serveScript } from '../scripted-server.ts';
import type { Dialect, FakeModelServer, Rendered } from '../scripted-server.ts';
import type { ScriptedAnswer, ScriptedReply } from '../scripted-answer.ts';
import { findOpenAiProblem } from './validate.ts';

export interface FakeOpenAiOptions {
  readonly script?: readonly ScriptedReply[];
  /** The only key that is accepted; `none` for a server without keys. */
  readonly apiKey?: string;
}

export const fakeOpenAiKey = 'sk-openai-canary-51c8e';

/** `url` ends in `/v1`, as `OPENAI_BASE_URL` does. */
export async function createFakeOpenAi(options: FakeOpenAiOptions = {}): Promise<FakeModelServer> {
  const apiKey = options.apiKey ?? fakeOpenAiKey;
  let answers = 0;
  const dialect: Dialect = {
    path: '/v1/chat/completions',
    findProblem: (request) => findOpenAiProblem(request, apiKey),
    render(answer) {
      answers += 1;
      return render(answer, answers);
    },
  };
  const server = await serveScript(dialect, options.script ?? []);
  return { ...server, url: `${server.url}/v1` };
}

export type Delta = Readonly<Record<string, unknown>>;

/** One chunk with a delta. */
export function openAiChunk(delta: Delta, finishReason: string | null = null): string {
  return openAiData({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finishReason }],
    usage: null,
  });
}

export function openAiData(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

/** The chunk that counts: without choices, after all others. */
export const openAiUsage = openAiData({
  id: 'chatcmpl-1',
  choices: [],
  usage: { prompt_tokens: 142, completion_tokens: 42, prompt_tokens_details: { cached_tokens: 100 } },
});

export const openAiDone = 'data: [DONE]\n\n';

function inPieces(text: string): string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].filter((piece) => piece !== '');
}

function callChunks(index: number, id: string, name: string, argumentsText: string): string[] {
  const first = { index, ...(id === '' ? {} : { id }), type: 'function', function: { name, arguments: '' } };
  return [
    openAiChunk({ tool_calls: [first] }),
    ...inPieces(argumentsText).map((piece) =>
      openAiChunk({ tool_calls: [{ index, function: { arguments: piece } }] }),
    ),
  ];
}

function render(answer: Exclude<ScriptedAnswer, { kind: 'hang' }>, count: number): Rendered {
  const start = openAiChunk({ role: 'assistant', content: '' });
  const stream = (frames: readonly string[], end: Rendered['end'] = 'close'): Rendered => {
    return { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8' }, frames, end };
  };
  const textChunks = (text: string): string[] =>
    inPieces(text).map((piece) => openAiChunk({ content: piece }));
  const finish = (reason: string): string[] => [openAiChunk({}, reason), openAiUsage, openAiDone];
  switch (answer.kind) {
    case 'answer': {
      const { text = '', calls = [], thinking, stop } = answer;
      const thought = thinking === undefined ? [] : [openAiChunk({ reasoning_content: thinking.text })];
      const callFrames = calls.flatMap(({ id, name, input }, at) =>
        callChunks(at, id ?? `call_${String(count)}_${String(at)}`, name, JSON.stringify(input)),
      );
      const normal = calls.length > 0 ? 'tool_calls' : 'stop';
      const reasons = { length: 'length', refusal: 'content_filter', paused: 'pause' } as const;
      const reason = stop === undefined ? normal : reasons[stop];
      return stream([start, ...thought, ...textChunks(text), ...callFrames, ...finish(reason)]);
    }
    case 'raw-call':
      return stream([
        start,
        ...callChunks(0, `call_${String(count)}`, answer.name, answer.argumentsText),
        ...finish(answer.isCut === true ? 'length' : 'tool_calls'),
      ]);
    case 'broken':
      return stream([start, ...textChunks(answer.text)], 'break');
    case 'unfinished':
      return stream([start, ...textChunks(answer.text), openAiDone]);
    case 'stall':
      return stream([start, ...textChunks(answer.text)], 'open');
    case 'stream-error': {
      const error = { type: answer.type, message: answer.message ?? 'Overloaded', code: null };
      return stream([start, ...textChunks(answer.text), openAiData({ error })]);
    }
    case 'status': {
      const error = {
        message: answer.message ?? 'An error.',
        type: 'error',
        code: answer.code ?? null,
        param: null,
      };
      return {
        status: answer.status,
        headers: { 'content-type': 'application/json', ...answer.headers },
        frames: [JSON.stringify({ error })],
        end: 'close',
      };
    }
    case 'frames':
      return stream(answer.frames);
    default:
      return answer satisfies never;
  }
}
