/**
 * What a model is shown of a step: earlier words of the thread, the task, and every turn so far with its results.
 * Built from the folded run alone, so that it is the same after a restart. Pure.
 */
import { withFiles } from './attached-files.ts';
import { isJsonObject } from '../core/json.ts';
import type { CallId } from '../core/ids.ts';
import type { ModelCall, ModelMessage, ToolResult } from '../models/model.ts';
import { readAtOnce } from '../runs/long-result.ts';
import { planResult } from './plan-tool.ts';
import type { FileState } from '../runs/file-state.ts';
import { lastEdit } from '../runs/run-state.ts';
import type { CallResult, ModelTurn, RunState } from '../runs/run-state.ts';

/** A finished run of the same thread: what was asked and what was answered. */
export interface EarlierExchange {
  readonly request: string;
  readonly reply: string | undefined;
  /** What came with the request, and with what was said while it ran. */
  readonly files?: readonly FileState[];
}

export function buildTranscript(
  state: RunState,
  step: string,
  task: string,
  earlier: readonly EarlierExchange[],
  callIdOf: (turn: number, index: number) => CallId,
): readonly ModelMessage[] {
  const messages: ModelMessage[] = [];
  for (const exchange of earlier) {
    messages.push(withFiles(exchange.files ?? [], exchange.request));
    if (exchange.reply !== undefined && exchange.reply.trim() !== '') {
      messages.push({ role: 'assistant', text: exchange.reply, calls: [] });
    }
  }
  messages.push(messageOf(state, state.messageKey, task));
  for (const turn of state.turns.get(step) ?? []) {
    for (const key of turn.steering) {
      const message = state.messages.find((entry) => entry.key === key);
      if (message !== undefined) messages.push(messageOf(state, key, message.text));
    }
    messages.push(assistantMessage(turn));
    if (turn.calls.length > 0) messages.push({ role: 'tool', results: resultsOf(state, turn, callIdOf) });
  }
  return messages;
}

/** A message of this run, with its files. */
export function messageOf(state: RunState, key: string, words: string): ModelMessage {
  return withFiles(
    state.files.filter(({ message }) => message === key),
    words,
  );
}

function assistantMessage(turn: ModelTurn): ModelMessage {
  return {
    role: 'assistant',
    text: turn.text,
    calls: turn.calls.map((call): ModelCall => ({
      id: call.id,
      name: call.name,
      input: isJsonObject(call.input)
        ? { kind: 'parsed', value: call.input }
        : {
            kind: 'malformed',
            text: typeof call.input === 'string' ? call.input : JSON.stringify(call.input),
            problem: call.problem ?? 'not an object',
          },
    })),
    ...(turn.raw !== undefined && { raw: turn.raw }),
  };
}

function resultsOf(
  state: RunState,
  turn: ModelTurn,
  callIdOf: (turn: number, index: number) => CallId,
): readonly ToolResult[] {
  return turn.calls.map((call, index): ToolResult => {
    if (call.problem !== undefined) {
      return {
        callId: call.id,
        content: `This call was not understood: ${call.problem}. Nothing ran.`,
        isError: true,
      };
    }
    const planned = planResult(state, callIdOf(turn.turn, index));
    if (planned !== undefined) return { callId: call.id, content: planned, isError: false };
    const result = finalResult(state, callIdOf(turn.turn, index));
    if (result === undefined)
      return { callId: call.id, content: 'There is no result yet: it waits for people.', isError: true };
    const edited = editedJson(state, callIdOf(turn.turn, index));
    const note = edited === undefined ? '' : `A person changed the arguments to ${edited} first.\n`;
    return { callId: call.id, content: excerpt(`${note}${result.content}`), isError: isErrorFor(result) };
  });
}

/** The arguments as a person left them, where somebody changed them. */
function editedJson(state: RunState, id: CallId): string | undefined {
  return lastEdit(state, id) === undefined ? undefined : state.calls.get(id)?.call.argsJson;
}

/** The result of a call, or of the one that was asked in its place. */
export function finalResult(state: RunState, id: CallId): CallResult | undefined {
  let entry = state.calls.get(id);
  while (entry?.supersededBy !== undefined) entry = state.calls.get(entry.supersededBy);
  return entry?.result;
}

function isErrorFor(result: CallResult): boolean {
  switch (result.kind) {
    case 'answered':
      return result.isError;
    case 'not-run':
      return true;
    case 'settled':
      return !result.happened;
    default:
      return result satisfies never;
  }
}

function excerpt(text: string): string {
  if (text.length <= readAtOnce) return text;
  const head = text.slice(0, readAtOnce * 0.75);
  const tail = text.slice(-readAtOnce * 0.25);
  return `${head}\n[… ${String(text.length - readAtOnce)} characters left out …]\n${tail}`;
}
