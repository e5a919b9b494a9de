/** What the Messages API, version 2026-10-21, refuses. */
import type { FakeRequest } from '../scripted-server.ts';

type Fields = Readonly<Record<string, unknown>>;
type Problem = { readonly status: number; readonly message: string };

const knownFields = new Set(
  'model,messages,max_tokens,system,stream,tools,tool_choice,thinking,cache_control,metadata,stop_sequences,output_config,service_tier,diagnostics'.split(
    ',',
  ),
);

export function findAnthropicProblem({ headers, body }: FakeRequest, apiKey: string): Problem | undefined {
  const bearer = headers['authorization'] === `Bearer ${apiKey}`;
  if (!bearer || headers['x-api-key'] !== apiKey) {
    return { status: 401, message: `invalid key: ${headers['authorization'] ?? 'none'}` };
  }
  const message = findRequestProblem(headers['anthropic-version'], headers['content-type'], body);
  return message === undefined ? undefined : { status: 400, message };
}

function findRequestProblem(version: unknown, contentType: unknown, body: Fields): string | undefined {
  if (version !== '2026-10-21') return `anthropic-version: ${String(version)} is not a valid version`;
  if (contentType !== 'application/json') return 'content-type: must be application/json';
  const unknown = Object.keys(body).find((field) => !knownFields.has(field));
  if (unknown !== undefined) return `${unknown}: Extra inputs are not permitted`;
  if (typeof body['model'] !== 'string') return 'model: Field required';
  if (!Number.isInteger(body['max_tokens'])) return 'max_tokens: Field required';
  if (body['stream'] !== true) return 'stream: this stand-in only streams';
  if (body['system'] !== undefined && (typeof body['system'] !== 'string' || body['system'] === '')) {
    return 'system: must be text';
  }
  if (body['thinking'] !== undefined && fieldsOf(body['thinking'])['type'] !== 'adaptive')
    return 'thinking: unsupported';
  return findToolProblem(body) ?? findMessageProblem(body);
}

function findToolProblem(body: Fields): string | undefined {
  const tools = body['tools'] === undefined ? [] : listOf(body['tools']);
  const names = new Set<unknown>();
  for (const [at, tool] of tools.entries()) {
    const unknown = Object.keys(tool).find(
      (field) => !['name', 'description', 'input_schema', 'cache_control'].includes(field),
    );
    if (unknown !== undefined) return `tools.${String(at)}.${unknown}: Extra inputs are not permitted`;
    if (!/^[a-zA-Z0-9_-]{1,128}$/u.test(String(tool['name']))) return `tools.${String(at)}.name: bad pattern`;
    if (names.has(tool['name'])) return 'tools: Tool names must be unique.';
    names.add(tool['name']);
    if (fieldsOf(tool['input_schema'])['type'] !== 'object')
      return `tools.${String(at)}.input_schema.type: required`;
  }
  return undefined;
}

function findMessageProblem(body: Fields): string | undefined {
  const messages = listOf(body['messages']);
  if (messages.length === 0) return 'messages: at least one message is required';
  let asked: readonly unknown[] = [];
  const allIds = new Set<unknown>();
  for (const [at, message] of messages.entries()) {
    const where = `messages.${String(at)}`;
    const role = message['role'];
    if (role !== (at % 2 === 0 ? 'user' : 'assistant'))
      return `${where}: roles must alternate, starting with user`;
    const content =
      typeof message['content'] === 'string'
        ? [{ type: 'text', text: message['content'] }]
        : listOf(message['content']);
    if (content.length === 0) return `${where}: content must be non-empty`;
    const problem = content
      .map((block) => findBlockProblem(block, String(role)))
      .find((found) => found !== undefined);
    if (problem !== undefined) return `${where}: ${problem}`;
    if (role === 'user') {
      const results = content
        .filter((block) => block['type'] === 'tool_result')
        .map((block) => block['tool_use_id']);
      const firstOther = content.findIndex((block) => block['type'] !== 'tool_result');
      if (firstOther !== -1 && firstOther < results.length)
        return `${where}: tool_result blocks must come first`;
      if (results.length !== asked.length || asked.some((id) => !results.includes(id))) {
        return `${where}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after, or the reverse`;
      }
      asked = [];
    } else {
      asked = content.filter((block) => block['type'] === 'tool_use').map((block) => block['id']);
      for (const id of asked) {
        if (allIds.has(id)) return `${where}: \`tool_use\` ids must be unique`;
        allIds.add(id);
      }
    }
  }
  if (asked.length > 0) return 'messages: the last tool_use has no tool_result';
  if (allIds.size > 0 && body['tools'] === undefined)
    return 'tools: required when messages hold tool_use blocks';
  return undefined;
}

function findBlockProblem(block: Fields, role: string): string | undefined {
  switch (block['type']) {
    case 'text':
      return typeof block['text'] === 'string' && block['text'].trim() !== ''
        ? undefined
        : 'text content blocks must be non-empty';
    case 'tool_use':
      if (role !== 'assistant') return 'tool_use belongs to the assistant';
      if (!/^[a-zA-Z0-9_-]+$/u.test(textOf(block['id']))) return 'tool_use.id: bad pattern';
      if (!/^[a-zA-Z0-9_-]{1,128}$/u.test(textOf(block['name']))) return 'tool_use.name: bad pattern';
      return isFields(block['input']) ? undefined : 'tool_use.input: Input should be a valid dictionary';
    case 'tool_result':
      if (role !== 'user') return 'tool_result belongs to the user';
      return block['is_error'] === true && block['content'] === ''
        ? 'tool_result: content cannot be empty if `is_error` is true'
        : undefined;
    case 'thinking':
      return typeof block['signature'] === 'string' && block['signature'].startsWith('sig-')
        ? undefined
        : 'thinking: Invalid `signature` in `thinking` block';
    case 'redacted_thinking':
      return typeof block['data'] === 'string' ? undefined : 'redacted_thinking.data: Field required';
    case 'future_block':
      return undefined;
    default:
      return `Input tag '${String(block['type'])}' found does not match any of the expected tags`;
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
