/**
 * Tool calls as providers write them: their arguments as text, and ids that may be missing, repeated or odd.
 */
import { parseStrictJson } from '../core/canonical-json.ts';
import { describeError } from '../core/errors.ts';
import { sha256 } from '../core/hash.ts';
import { newNonce } from '../core/ids.ts';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import type { ModelCall, ModelImage, ModelMessage, ToolResult } from './model.ts';

/** Reads a call's arguments. No text at all means no arguments. */
export function parseCallInput(text: string): ModelCall['input'] {
  if (text.trim() === '') return { kind: 'parsed', value: {} };
  try {
    const value = parseStrictJson(text);
    if (isJsonObject(value)) return { kind: 'parsed', value };
    return { kind: 'malformed', text, problem: 'The arguments are not a JSON object.' };
  } catch (error) {
    return { kind: 'malformed', text, problem: describeError(error) };
  }
}

/** The arguments to send back: a call that could not be read goes back without any. */
export function callArguments(call: ModelCall): JsonObject {
  return call.input.kind === 'parsed' ? call.input.value : {};
}

/** What providers accept as a tool's name. A model may make up others. */
export function isToolName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/u.test(name);
}

function toToolName(name: string): string {
  if (isToolName(name)) return name;
  return name.replaceAll(/[^A-Za-z0-9_-]/gu, '_').slice(0, 64) || 'unknown';
}

/** Hands out the provider's id once; a missing or repeated one is replaced. */
export function createCallIds(): (given: unknown) => string {
  const used = new Set<string>();
  return (given) => {
    const id = typeof given === 'string' && given !== '' && !used.has(given) ? given : `call_${newNonce()}`;
    used.add(id);
    return id;
  };
}

/**
 * A conversation in alternating turns. What answers an assistant's turn is one turn: first all tool results,
 * then what people said.
 */
export type Turn =
  | { readonly by: 'assistant'; readonly messages: readonly AssistantMessage[] }
  | {
      readonly by: 'user';
      readonly results: readonly ToolResult[];
      readonly images: readonly ModelImage[];
      readonly texts: readonly string[];
    };

export type AssistantMessage = Extract<ModelMessage, { readonly role: 'assistant' }>;

/** Whether a provider gets its own blocks back: only the very model that wrote them can read them. */
export function isOwnRaw(message: AssistantMessage, provider: string, model: string): boolean {
  const raw = message.raw;
  return raw !== undefined && raw.provider === provider && (raw.model === undefined || raw.model === model);
}

/**
 * Groups messages into turns, with call ids that every provider takes.
 *
 * Servers that number their calls anew in each answer (`call_0`) repeat ids within a conversation, and some
 * write characters that others refuse. Such ids are replaced, in call and result alike; `isVerbatim` messages
 * keep theirs, because their blocks go back unchanged.
 */
export function toTurns(
  messages: readonly ModelMessage[],
  isVerbatim: (message: AssistantMessage) => boolean,
): readonly Turn[] {
  const turns: Turn[] = [];
  const used = new Set<string>();
  let wireIds = new Map<string, string>();
  for (const message of messages) {
    const last = turns.at(-1);
    if (message.role === 'assistant') {
      // An empty message is refused by every provider; without it, what surrounds it becomes one turn.
      if (message.text.trim() === '' && message.calls.length === 0 && !isVerbatim(message)) continue;
      if (last?.by !== 'assistant') wireIds = new Map();
      const calls = message.calls.map((call) => {
        const isKept = isVerbatim(message) || (/^[A-Za-z0-9_-]{1,40}$/u.test(call.id) && !used.has(call.id));
        const id = isKept ? call.id : `call_${sha256(`${String(turns.length)}:${call.id}`).slice(0, 24)}`;
        used.add(id);
        wireIds.set(call.id, id);
        return { ...call, id, name: isVerbatim(message) ? call.name : toToolName(call.name) };
      });
      const sent = { ...message, calls };
      if (last?.by === 'assistant')
        turns[turns.length - 1] = { by: 'assistant', messages: [...last.messages, sent] };
      else turns.push({ by: 'assistant', messages: [sent] });
      continue;
    }
    const before = last?.by === 'user' ? last : { by: 'user' as const, results: [], images: [], texts: [] };
    const ids = wireIds;
    const after: Turn =
      message.role === 'tool'
        ? {
            ...before,
            results: [
              ...before.results,
              ...message.results.map((result) => ({
                ...result,
                callId: ids.get(result.callId) ?? result.callId,
              })),
            ],
          }
        : {
            ...before,
            images: [...before.images, ...(message.images ?? [])],
            texts: message.text.trim() === '' ? before.texts : [...before.texts, message.text],
          };
    if (last?.by === 'user') turns[turns.length - 1] = after;
    else turns.push(after);
  }
  return turns;
}
