/**
 * Puts an answer together from the raw events of the Messages stream.
 *
 * Strict where the SDK's own helper is lenient: arguments are parsed once, whole and exactly; an answer needs
 * `message_stop` and a stop reason; calls count only when that reason is `tool_use`, for a call cut short can
 * look complete. Blocks of any type, known or not, are kept as they came.
 */
import { findInexact } from '../core/canonical-json.ts';
import { AppError } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { createCallIds, parseCallInput } from './calls.ts';
import type { ModelAnswer, ModelCall, ModelStop, ModelUsage } from './model.ts';

interface Block {
  fields: Record<string, Json>;
  /** Set once the first piece of argument text came. */
  inputText?: string;
  isClosed: boolean;
}

export interface AnthropicAccumulator {
  /** Takes one event; returns the text in it for people. Unknown events are passed over. */
  add(event: unknown): string;
  isComplete(): boolean;
  /** The answer, or AppError `model.garbled` when the stream was none. */
  answer(model: string): ModelAnswer;
}

const stops: Readonly<Record<string, ModelStop>> = {
  end_turn: 'end',
  stop_sequence: 'end',
  tool_use: 'tool-use',
  max_tokens: 'length',
  pause_turn: 'paused',
  refusal: 'refusal',
  model_context_window_exceeded: 'context-full',
};

export function createAnthropicAccumulator(): AnthropicAccumulator {
  const blocks = new Map<number, Block>();
  let isStopped = false;
  let stopReason: string | undefined;
  let stopDetail: string | undefined;
  let usage: JsonObject = {};

  /** Counts in a later event replace earlier ones: they are running totals, never to be added. */
  const readUsage = (value: Json | undefined): void => {
    if (!isJsonObject(value)) return;
    const counted = Object.entries(value).filter(([, count]) => count !== null);
    usage = { ...usage, ...Object.fromEntries(counted) };
  };

  const addDelta = (block: Block, delta: JsonObject): string => {
    const append = (key: string, piece: Json | undefined): string => {
      if (typeof piece !== 'string') return '';
      const before = block.fields[key];
      block.fields[key] = (typeof before === 'string' ? before : '') + piece;
      return piece;
    };
    switch (typeOf(delta)) {
      case 'text_delta':
        return append('text', delta['text']);
      case 'thinking_delta':
        append('thinking', delta['thinking']);
        return '';
      case 'signature_delta':
        append('signature', delta['signature']);
        return '';
      case 'input_json_delta':
        if (typeof delta['partial_json'] === 'string') {
          block.inputText = (block.inputText ?? '') + delta['partial_json'];
        }
        return '';
      case 'citations_delta': {
        const before = block.fields['citations'];
        // A list inside a JSON value is a list of JSON values.
        const citations = Array.isArray(before) ? (before as readonly Json[]) : [];
        const citation = delta['citation'];
        if (citation !== undefined) block.fields['citations'] = [...citations, citation];
        return '';
      }
      default:
        return '';
    }
  };

  return {
    add(event) {
      if (!isJsonObject(event) || isStopped) return '';
      const index = typeof event['index'] === 'number' ? event['index'] : -1;
      const block = blocks.get(index);
      switch (typeOf(event)) {
        case 'message_start':
          if (isJsonObject(event['message'])) readUsage(event['message']['usage']);
          return '';
        case 'content_block_start': {
          if (!isJsonObject(event['content_block'])) return '';
          const fields = { ...event['content_block'] };
          blocks.set(index, { fields, isClosed: false });
          return typeof fields['text'] === 'string' ? fields['text'] : '';
        }
        case 'content_block_delta':
          return block !== undefined && isJsonObject(event['delta']) ? addDelta(block, event['delta']) : '';
        case 'content_block_stop':
          if (block !== undefined) block.isClosed = true;
          return '';
        case 'message_delta': {
          const delta = event['delta'];
          if (isJsonObject(delta)) {
            if (typeof delta['stop_reason'] === 'string') stopReason = delta['stop_reason'];
            stopDetail = readStopDetail(delta['stop_details']) ?? stopDetail;
          }
          readUsage(event['usage']);
          return '';
        }
        case 'message_stop':
          isStopped = true;
          return '';
        default:
          return '';
      }
    },
    isComplete: () => isStopped,
    answer(model) {
      if (!isStopped) throw new AppError('model.garbled', 'The stream ended before message_stop.');
      if (stopReason === undefined)
        throw new AppError('model.garbled', 'The stream ended without a stop reason.');
      const stop = stops[stopReason] ?? 'other';
      const ordered = [...blocks.entries()].sort(([a], [b]) => a - b).map(([, block]) => block);
      const takeId = createCallIds();
      const calls: ModelCall[] = [];
      for (const block of ordered) {
        const input = readInput(block);
        // The block that goes back carries what was read, or nothing: the service takes objects only.
        if (input !== undefined) block.fields['input'] = input.kind === 'parsed' ? input.value : {};
        if (block.fields['type'] !== 'tool_use' || input === undefined) continue;
        if (stop === 'tool-use' && !block.isClosed) {
          throw new AppError('model.garbled', 'A tool call was not finished though the answer was.');
        }
        const id = takeId(block.fields['id']);
        block.fields['id'] = id;
        const name = block.fields['name'];
        calls.push({ id, name: typeof name === 'string' ? name : '', input });
      }
      if (stop === 'tool-use' && calls.length === 0) {
        throw new AppError('model.garbled', 'The answer ended for tool calls but holds none.');
      }
      const text = ordered
        .filter(({ fields }) => fields['type'] === 'text')
        .map(({ fields }) => (typeof fields['text'] === 'string' ? fields['text'] : ''))
        .join('');
      return {
        text,
        calls: stop === 'tool-use' ? calls : [],
        stop,
        ...(stopDetail === undefined ? {} : { stopDetail }),
        usage: countUsage(usage),
        model,
        raw: { provider: 'anthropic', model, blocks: ordered.map(({ fields }) => fields) },
      };
    },
  };
}

/** The type of an event, a delta or a block; empty when it has none. */
export function typeOf(fields: JsonObject): string {
  return typeof fields['type'] === 'string' ? fields['type'] : '';
}

/** The arguments of a block that has any, or undefined for blocks without. */
function readInput(block: Block): ModelCall['input'] | undefined {
  const { fields, inputText } = block;
  const isCall = fields['type'] === 'tool_use';
  if (!isCall && inputText === undefined) return undefined;
  const caller = fields['caller'];
  if (isCall && isJsonObject(caller) && caller['type'] !== 'direct') {
    return { kind: 'malformed', text: inputText ?? '', problem: 'Only the model itself may call this tool.' };
  }
  if (inputText !== undefined && inputText.trim() !== '') return parseCallInput(inputText);
  const whole = fields['input'];
  if (!isJsonObject(whole)) return { kind: 'parsed', value: {} };
  const problem = findInexact(whole);
  if (problem === undefined) return { kind: 'parsed', value: whole };
  return { kind: 'malformed', text: JSON.stringify(whole), problem };
}

function readStopDetail(details: Json | undefined): string | undefined {
  if (!isJsonObject(details)) return undefined;
  const parts = [details['category'], details['explanation']].filter((part) => typeof part === 'string');
  return parts.length === 0 ? undefined : parts.join(': ').slice(0, 300);
}

function countUsage(usage: JsonObject): ModelUsage {
  const count = (key: string): number => {
    const value = usage[key];
    return typeof value === 'number' ? value : 0;
  };
  const cachedInputTokens = count('cache_read_input_tokens');
  const cacheWriteTokens = count('cache_creation_input_tokens');
  return {
    inputTokens: count('input_tokens') + cachedInputTokens + cacheWriteTokens,
    cachedInputTokens,
    outputTokens: count('output_tokens'),
    ...(cacheWriteTokens > 0 ? { cacheWriteTokens } : {}),
  };
}
