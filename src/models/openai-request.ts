/**
 * A question in the form of the chat completions API, kept to what every compatible server understands.
 */
import { canonicalJson } from '../core/canonical-json.ts';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import { callArguments, isOwnRaw, isToolName, toTurns } from './calls.ts';
import type { AssistantMessage } from './calls.ts';
import type { ModelImage, ModelRequest } from './model.ts';

export interface OpenAiRequestOptions {
  readonly modelId: string;
  /** `openai/<modelId>`: fields written by another model are left out. */
  readonly model: string;
  /** OpenAI's own models refuse `max_tokens`; most other servers know nothing else. */
  readonly lengthField: 'max_tokens' | 'max_completion_tokens';
  readonly takesImages: boolean;
}

export function toOpenAiBody(request: ModelRequest, options: OpenAiRequestOptions): JsonObject {
  const isVerbatim = (message: AssistantMessage): boolean => {
    return isOwnRaw(message, 'openai', options.model) && hasExactlyTheCalls(message);
  };
  const messages: JsonObject[] = [];
  if (request.system.trim() !== '') messages.push({ role: 'system', content: request.system });
  // Joined to the first words of a person, as sides must alternate.
  let context = request.context;
  for (const turn of toTurns(request.messages, isVerbatim)) {
    if (turn.by === 'assistant') {
      messages.push(...turn.messages.map((message) => assistantMessage(message, isVerbatim(message))));
      continue;
    }
    for (const { callId, content, isError } of turn.results) {
      // The API has no mark for a failed call, so the text says it.
      const said = content.trim() === '' ? '(empty)' : content;
      messages.push({ role: 'tool', tool_call_id: callId, content: isError ? `Error: ${said}` : said });
    }
    // One message: the prompt templates of many local models accept only alternating sides.
    const texts = context === undefined ? turn.texts : [context, ...turn.texts];
    context = undefined;
    const images = options.takesImages ? turn.images : [];
    const words = texts.join('\n\n');
    if (images.length > 0)
      messages.push({ role: 'user', content: [textPart(words), ...images.map(imagePart)] });
    else if (texts.length > 0) messages.push({ role: 'user', content: words });
  }
  const tools = request.tools.map((tool): JsonObject => {
    const { name, description, inputSchema } = tool;
    return { type: 'function', function: { name, description, parameters: inputSchema } };
  });
  return {
    model: options.modelId,
    messages,
    stream: true,
    stream_options: { include_usage: true },
    [options.lengthField]: request.maxOutputTokens,
    ...(tools.length === 0 ? {} : { tools }),
  };
}

function textPart(text: string): JsonObject {
  return { type: 'text', text: text === '' ? '(an image)' : text };
}

function imagePart({ mediaType, base64 }: ModelImage): JsonObject {
  return { type: 'image_url', image_url: { url: `data:${mediaType};base64,${base64}` } };
}

function assistantMessage(message: AssistantMessage, isVerbatim: boolean): JsonObject {
  const raw = message.raw?.blocks;
  if (isVerbatim && isJsonObject(raw)) return raw;
  if (message.calls.length === 0) return { role: 'assistant', content: message.text };
  return {
    role: 'assistant',
    content: message.text.trim() === '' ? null : message.text,
    tool_calls: message.calls.map((call): JsonObject => {
      const args = canonicalJson(callArguments(call));
      return { id: call.id, type: 'function', function: { name: call.name, arguments: args } };
    }),
  };
}

/** False for plain text, and when the run kept other calls than the model wrote: both are written anew. */
function hasExactlyTheCalls({ raw, calls }: AssistantMessage): boolean {
  const written = isJsonObject(raw?.blocks) ? raw.blocks['tool_calls'] : undefined;
  if (!Array.isArray(written) || calls.length === 0) return false;
  const ids = written.map((call: unknown) => (isJsonObject(call) ? call['id'] : undefined));
  return (
    ids.length === calls.length && calls.every((call, at) => call.id === ids[at] && isToolName(call.name))
  );
}
