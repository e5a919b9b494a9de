/** What the chat completions API refuses. */
import type { FakeRequest } from '../scripted-server.ts';

type Fields = Readonly<Record<string, unknown>>;
type Problem = { readonly status: number; readonly message: string };

const knownFields = new Set(
  'model,messages,max_tokens,max_completion_tokens,stream,stream_options,tools,tool_choice'.split(','),
);

export function findOpenAiProblem({ headers, body }: FakeRequest, apiKey: string): Problem | undefined {
  if (apiKey !== 'none' && headers['authorization'] !== `Bearer ${apiKey}`) {
    return { status: 401, message: `Incorrect API key provided: ${headers['authorization'] ?? 'none'}` };
  }
  const message = findRequestProblem(headers['content-type'], body);
  return message === undefined ? undefined : { status: 400, message };
}

function findRequestProblem(contentType: unknown, body: Fields): string | undefined {
  if (contentType !== 'application/json') return 'content-type must be application/json';
  const unknown = Object.keys(body).find((field) => !knownFields.has(field));
  if (unknown !== undefined) return `Unrecognized request argument supplied: ${unknown}`;
  if (typeof body['model'] !== 'string') return 'you must provide a model parameter';
  if (body['stream'] !== true) return 'this stand-in only streams';
  if (fieldsOf(body['stream_options'])['include_usage'] !== true)
    return 'stream_options.include_usage is missing';
  const limits = ['max_tokens', 'max_completion_tokens'].filter((field) => Number.isInteger(body[field]));
  if (limits.length !== 1) return 'exactly one of max_tokens and max_completion_tokens';
  if (body['tools'] !== undefined && listOf(body['tools']).length === 0) return "[] is too short - 'tools'";
  for (const tool of listOf(body['tools'])) {
    const fn = fieldsOf(tool['function']);
    if (tool['type'] !== 'function' || !/^[a-zA-Z0-9_-]{1,64}$/u.test(String(fn['name']))) {
      return "Invalid 'tools[0].function.name': string does not match pattern";
    }
    if (!isFields(fn['parameters'])) return "Missing 'tools[0].function.parameters'";
  }
  return findMessageProblem(listOf(body['messages']));
}

function findMessageProblem(messages: readonly Fields[]): string | undefined {
  if (messages.length === 0) return "[] is too short - 'messages'";
  let open: readonly unknown[] = [];
  for (const [at, message] of messages.entries()) {
    const where = `messages[${String(at)}]`;
    const role = message['role'];
    if (role !== 'tool' && open.length > 0) {
      return `An assistant message with 'tool_calls' must be followed by tool messages: ${open.join(', ')}`;
    }
    switch (role) {
      case 'system':
      case 'user':
        if (typeof message['content'] !== 'string' || message['content'] === '')
          return `${where}.content is empty`;
        break;
      case 'tool':
        if (!open.includes(message['tool_call_id'])) return `${where}: no preceding tool call with this id`;
        if (typeof message['content'] !== 'string') return `${where}.content is missing`;
        open = open.filter((id) => id !== message['tool_call_id']);
        break;
      case 'assistant': {
        const calls = listOf(message['tool_calls']);
        if (message['tool_calls'] !== undefined && calls.length === 0)
          return `${where}.tool_calls is too short`;
        if (calls.length === 0 && (typeof message['content'] !== 'string' || message['content'] === '')) {
          return `${where}.content is empty and there are no tool calls`;
        }
        const problem = calls.map(findCallProblem).find((found) => found !== undefined);
        if (problem !== undefined) return `${where}: ${problem}`;
        open = calls.map((call) => call['id']);
        if (new Set(open).size !== open.length) return `${where}: ids are repeated`;
        break;
      }
      default:
        return `${where}.role: ${String(role)} is not supported`;
    }
  }
  return open.length > 0 ? 'the last tool calls are not answered' : undefined;
}

function findCallProblem(call: Fields): string | undefined {
  const fn = fieldsOf(call['function']);
  if (typeof call['id'] !== 'string' || call['id'] === '' || call['id'].length > 40)
    return 'id: wrong length';
  if (call['type'] !== 'function') return 'type must be function';
  if (!/^[a-zA-Z0-9_-]{1,64}$/u.test(textOf(fn['name']))) return 'function.name: wrong pattern';
  try {
    return isFields(JSON.parse(String(fn['arguments']))) ? undefined : 'arguments: not an object';
  } catch {
    return 'arguments: not JSON';
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}
