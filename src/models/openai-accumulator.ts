/**
 * Puts an answer together from the chunks of a chat completion, by whatever server.
 *
 * Servers differ in how they cut, number and name tool calls, where they count tokens, and which reason they
 * give for stopping. What is uncertain here never becomes a call: an answer without a finish reason is broken,
 * and one cut at its length has no calls.
 */
import { AppError } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { createCallIds, parseCallInput } from './calls.ts';
import type { ModelAnswer, ModelCall, ModelStop, ModelUsage } from './model.ts';

interface OpenCall {
  id: string;
  name: string;
  arguments: string;
  /** Fields of the server's own, such as signatures it wants to see again. */
  extra: Record<string, Json>;
}

export interface OpenAiAccumulator {
  /** Takes one chunk, or a whole completion from a server that does not stream; returns the text for people. */
  add(chunk: JsonObject): string;
  /** A finish reason came. Only the count of tokens may still follow. */
  isFinished(): boolean;
  answer(model: string, promptLength: number): ModelAnswer;
}

const stops: Readonly<Record<string, ModelStop>> = {
  stop: 'end',
  tool_calls: 'tool-use',
  length: 'length',
  content_filter: 'refusal',
};

export function createOpenAiAccumulator(): OpenAiAccumulator {
  const calls: OpenCall[] = [];
  const callAtIndex = new Map<number, OpenCall>();
  let text = '';
  let reasoning = '';
  let refusal = '';
  let finishReason: string | undefined;
  let usage: ModelUsage | undefined;

  const addCall = (piece: JsonObject): void => {
    const fn = isJsonObject(piece['function']) ? piece['function'] : {};
    const id = typeof piece['id'] === 'string' ? piece['id'] : '';
    const name = typeof fn['name'] === 'string' ? fn['name'] : '';
    const args = argumentText(fn['arguments']);
    const index = typeof piece['index'] === 'number' ? piece['index'] : undefined;
    const current = index === undefined ? calls.at(-1) : callAtIndex.get(index);
    const call = current !== undefined && !startsAnother(current, id, name) ? current : undefined;
    const target = call ?? { id, name, arguments: '', extra: {} };
    if (call === undefined) calls.push(target);
    if (index !== undefined) callAtIndex.set(index, target);
    if (target.id === '') target.id = id;
    if (target.name === '') target.name = name;
    target.arguments += args;
    for (const [key, value] of Object.entries(piece)) {
      if (!['id', 'index', 'type', 'function'].includes(key)) target.extra[key] = value;
    }
  };

  return {
    add(chunk) {
      usage = readUsage(chunk['usage']) ?? usage;
      const [choice] = listOf(chunk['choices']);
      if (!isJsonObject(choice)) return '';
      usage = readUsage(choice['usage']) ?? usage;
      const delta = isJsonObject(choice['delta']) ? choice['delta'] : choice['message'];
      if (typeof choice['finish_reason'] === 'string' && choice['finish_reason'] !== '') {
        finishReason = choice['finish_reason'];
      }
      if (!isJsonObject(delta)) return '';
      const piece = contentText(delta['content']);
      text += piece;
      if (typeof delta['reasoning_content'] === 'string') reasoning += delta['reasoning_content'];
      if (typeof delta['refusal'] === 'string') refusal += delta['refusal'];
      for (const call of listOf(delta['tool_calls'])) if (isJsonObject(call)) addCall(call);
      return piece;
    },
    isFinished: () => finishReason !== undefined,
    answer(model, promptLength) {
      if (finishReason === undefined) {
        throw new AppError('model.garbled', 'The stream ended without a finish reason.');
      }
      const stop = decideStop(finishReason, calls.length > 0, refusal !== '');
      if (stop === 'tool-use' && calls.length === 0) {
        throw new AppError('model.garbled', 'The answer ended for tool calls but holds none.');
      }
      const takeId = createCallIds();
      const finished = stop === 'tool-use' ? calls.map((call) => ({ ...call, id: takeId(call.id) })) : [];
      const written = finished.map((call): ModelCall => {
        return { id: call.id, name: call.name, input: parseCallInput(call.arguments) };
      });
      const output =
        text.length + reasoning.length + calls.reduce((sum, call) => sum + call.arguments.length, 0);
      return {
        text,
        calls: written,
        stop,
        ...(refusal === '' ? {} : { stopDetail: refusal.slice(0, 300) }),
        usage: usage ?? estimateUsage(promptLength, output),
        model,
        raw: { provider: 'openai', model, blocks: rawMessage(text, reasoning, finished) },
      };
    },
  };
}

/**
 * Some servers give every call the index 0, some no ids, some the same id or name in each piece. A piece
 * starts another call when it has another id; or, without one, a name though the arguments are already whole.
 */
function startsAnother(current: OpenCall, id: string, name: string): boolean {
  if (id !== '' && current.id !== '') return id !== current.id;
  if (id !== '' || name === '') return false;
  return (current.name !== '' && name !== current.name) || isWhole(current.arguments);
}

function isWhole(text: string): boolean {
  return text.trim() !== '' && parseCallInput(text).kind === 'parsed';
}

/** Arguments are text by the book; some proxies pass the object itself. */
function argumentText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  return isJsonObject(value) ? JSON.stringify(value) : '';
}

function listOf(value: Json | undefined): readonly Json[] {
  // A list inside a JSON value is a list of JSON values.
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** Content is text, or a list of parts of which only the text is for people. */
function contentText(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  return listOf(content)
    .map((part) =>
      isJsonObject(part) && part['type'] === 'text' && typeof part['text'] === 'string' ? part['text'] : '',
    )
    .join('');
}

/** Many servers say `stop` for an answer that ends in calls. It was not cut, so the calls are whole. */
function decideStop(reason: string, hasCalls: boolean, isRefused: boolean): ModelStop {
  if (isRefused) return 'refusal';
  const stop = stops[reason] ?? 'other';
  return stop === 'end' && hasCalls ? 'tool-use' : stop;
}

function readUsage(value: Json | undefined): ModelUsage | undefined {
  if (!isJsonObject(value) || typeof value['prompt_tokens'] !== 'number') return undefined;
  const details = isJsonObject(value['prompt_tokens_details']) ? value['prompt_tokens_details'] : {};
  const cached = details['cached_tokens'] ?? value['prompt_cache_hit_tokens'];
  const output = value['completion_tokens'];
  return {
    inputTokens: value['prompt_tokens'],
    cachedInputTokens: typeof cached === 'number' ? cached : 0,
    outputTokens: typeof output === 'number' ? output : 0,
  };
}

/** Some servers count nothing. A budget must not be blind to them: four characters are about one token. */
function estimateUsage(promptLength: number, outputLength: number): ModelUsage {
  return {
    inputTokens: Math.ceil(promptLength / 4),
    cachedInputTokens: 0,
    outputTokens: Math.ceil(outputLength / 4),
    isEstimated: true,
  };
}

/** The message to send back: with a server's own fields on calls, and with reasoning only where calls follow. */
function rawMessage(text: string, reasoning: string, calls: readonly OpenCall[]): JsonObject {
  if (calls.length === 0) return { role: 'assistant', content: text };
  return {
    role: 'assistant',
    content: text === '' ? null : text,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    tool_calls: calls.map((call): JsonObject => {
      const isReadable = parseCallInput(call.arguments).kind === 'parsed' && call.arguments.trim() !== '';
      return {
        ...call.extra,
        id: call.id,
        type: 'function',
        function: { name: call.name, arguments: isReadable ? call.arguments : '{}' },
      };
    }),
  };
}
