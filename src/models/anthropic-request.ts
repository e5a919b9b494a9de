/**
 * A question in the form the Messages API accepts: turns alternate, results come first and together, no block
 * is empty, and what this model wrote goes back as it was.
 */
import type Anthropic from '@anthropic-ai/sdk';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import { typeOf } from './anthropic-accumulator.ts';
import { callArguments, isOwnRaw, toTurns } from './calls.ts';
import type { AssistantMessage } from './calls.ts';
import type { ModelRequest } from './model.ts';

type Content = Anthropic.ContentBlockParam;

export interface AnthropicRequestOptions {
  readonly modelId: string;
  /** `anthropic/<modelId>`: blocks written by another model are left out. */
  readonly model: string;
  readonly thinking?: 'adaptive';
}

export function toAnthropicParams(
  request: ModelRequest,
  { modelId, model, thinking }: AnthropicRequestOptions,
): Anthropic.MessageCreateParamsStreaming {
  const isVerbatim = (message: AssistantMessage): boolean => isOwnRaw(message, 'anthropic', model);
  const messages: Anthropic.MessageParam[] = [];
  const add = (role: 'user' | 'assistant', content: Content[]): void => {
    if (content.length === 0) return;
    const last = messages.at(-1);
    // A turn that was left out leaves two of the same side next to each other.
    if (last?.role === role && Array.isArray(last.content)) last.content.push(...content);
    else messages.push({ role, content });
  };
  if (request.context !== undefined) add('user', [{ type: 'text', text: request.context }]);
  for (const turn of toTurns(request.messages, isVerbatim)) {
    if (turn.by === 'assistant') {
      add(
        'assistant',
        turn.messages.flatMap((message) => assistantContent(message, isVerbatim(message))),
      );
      continue;
    }
    const results = turn.results.map((result): Content => ({
      type: 'tool_result',
      tool_use_id: result.callId,
      content: result.content.trim() === '' ? '(empty)' : result.content,
      ...(result.isError ? { is_error: true } : {}),
    }));
    const images = turn.images.map(({ mediaType, base64 }): Content => ({
      type: 'image',
      // Only these four types are ever read into an image.
      source: { type: 'base64', media_type: mediaType as 'image/png', data: base64 },
    }));
    add('user', [...results, ...images, ...turn.texts.map((text): Content => ({ type: 'text', text }))]);
  }
  return {
    model: modelId,
    max_tokens: request.maxOutputTokens,
    stream: true,
    cache_control: { type: 'ephemeral' },
    ...(request.system.trim() === '' ? {} : { system: request.system }),
    ...(thinking === undefined ? {} : { thinking: { type: thinking } }),
    ...toolParams(request),
    messages,
  };
}

function assistantContent(message: AssistantMessage, isVerbatim: boolean): Content[] {
  if (!isVerbatim || !Array.isArray(message.raw?.blocks)) {
    const text: Content[] = message.text.trim() === '' ? [] : [{ type: 'text', text: message.text }];
    return [
      ...text,
      ...message.calls.map((call): Content => ({
        type: 'tool_use',
        id: call.id,
        name: call.name,
        input: callArguments(call),
      })),
    ];
  }
  const asked = new Set(message.calls.map((call) => call.id));
  return message.raw.blocks
    .filter((block): block is JsonObject => isJsonObject(block) && maySend(block, asked))
    .map(
      // Written by this API's own model and kept verbatim, so the API takes it back whatever its type.
      (block) => block as unknown as Content,
    );
}

/** False for the leftovers of an answer cut short: a call nobody will answer, unsigned thinking, empty text. */
function maySend(block: JsonObject, asked: ReadonlySet<string>): boolean {
  switch (typeOf(block)) {
    case 'tool_use':
      return typeof block['id'] === 'string' && asked.has(block['id']);
    case 'thinking':
      return typeof block['signature'] === 'string' && block['signature'] !== '';
    case 'text':
      return typeof block['text'] === 'string' && block['text'].trim() !== '';
    default:
      return true;
  }
}

/** The API refuses a conversation with calls in it when no tool is named, so their names stand in. */
function toolParams(request: ModelRequest): Pick<Anthropic.MessageCreateParams, 'tools' | 'tool_choice'> {
  if (request.tools.length > 0) {
    const tools = request.tools.map((tool): Anthropic.Tool => {
      return {
        name: tool.name,
        description: tool.description,
        input_schema: { ...tool.inputSchema, type: 'object' },
      };
    });
    return { tools };
  }
  const called = new Set(
    request.messages
      .flatMap((message) => (message.role === 'assistant' ? message.calls : []))
      .map(({ name }) => name),
  );
  if (called.size === 0) return {};
  const tools = [...called].map((name): Anthropic.Tool => ({ name, input_schema: { type: 'object' } }));
  return { tools, tool_choice: { type: 'none' } };
}
