/** Reads the transcript: what is asked for at this moment, what was said before, and which calls were made since. */
import type { JsonObject } from '../../core/json.ts';
import type { ModelMessage, ToolResult } from '../model.ts';
import { isTask, nothingBefore, readRequest } from './read-request.ts';
import type { Before } from './read-request.ts';
import type { Wish } from './wish.ts';

/** A call made for the present request, with its answer. */
export interface MadeCall {
  readonly name: string;
  readonly args: JsonObject;
  readonly result: ToolResult | undefined;
}

export interface Conversation {
  readonly wishes: readonly Wish[];
  readonly made: readonly MadeCall[];
}

const mostTurnsRead = 16;

export function readConversation(messages: readonly ModelMessage[]): Conversation {
  const start = findRequest(messages);
  const before = readBefore(messages.slice(0, start));
  const present = messages.slice(start);
  let wishes: readonly Wish[] = [];
  let known = before;
  for (const message of present) {
    if (message.role !== 'user') continue;
    // A message that arrives while the work goes on adds to it, or changes the part it speaks of.
    const read = readRequest(message.text, known);
    wishes = wishes.length === 0 ? read : steer(wishes, read);
    known = remember(known, read);
  }
  return { wishes, made: madeCalls(present) };
}

/** Where the present request begins: the last user message before any call that no final answer follows. */
function findRequest(messages: readonly ModelMessage[]): number {
  let first = messages.length;
  for (let at = messages.length - 1; at >= 0; at -= 1) {
    const message = messages[at];
    if (message === undefined || (message.role === 'assistant' && message.calls.length === 0)) break;
    first = at;
  }
  let start = first;
  for (let at = first; at < messages.length && messages[at]?.role === 'user'; at += 1) start = at;
  return start;
}

function steer(wishes: readonly Wish[], read: readonly Wish[]): readonly Wish[] {
  const kept = read.filter((wish) => isTask(wish.kind) || wish.kind === 'no');
  return [...wishes, ...kept.map((wish) => ({ ...wish, fromLaterMessage: true }))];
}

function readBefore(messages: readonly ModelMessage[]): Before {
  let before = nothingBefore;
  for (const message of messages.slice(-mostTurnsRead)) {
    if (message.role === 'user') before = remember(before, readRequest(message.text, before));
    else if (message.role === 'assistant') before = hear(before, message.text);
  }
  return before;
}

function remember(before: Before, wishes: readonly Wish[]): Before {
  const tasks = wishes.filter((wish) => isTask(wish.kind));
  if (tasks.length === 0) return before;
  const customer = tasks.findLast((wish) => wish.customer !== undefined)?.customer;
  const invoice = tasks.findLast((wish) => (wish.invoices?.length ?? 0) > 0)?.invoices?.[0];
  const isOther =
    (customer !== undefined && customer !== before.customer) ||
    (invoice !== undefined && invoice !== before.invoice);
  return {
    ...before,
    wishes: tasks,
    customer: customer ?? (isOther ? undefined : before.customer),
    invoice: invoice ?? (isOther ? undefined : before.invoice),
  };
}

/** What the bot said may settle whom the thread is about: a customer or an invoice named alone. */
function hear(before: Before, text: string): Before {
  const customers = new Set(
    [...text.slice(0, 4000).matchAll(/\bcustomer (\d{1,9})\b/giu)].map((match) => match[1]),
  );
  const invoices = new Set(
    [...text.slice(0, 4000).matchAll(/\binvoice (\d{1,9})\b/giu)].map((match) => match[1]),
  );
  const customer = customers.size === 1 ? [...customers][0] : undefined;
  const invoice = invoices.size === 1 ? [...invoices][0] : undefined;
  return {
    ...before,
    lastAnswer: text.slice(0, 4000),
    customer: customer ?? before.customer,
    invoice: invoice ?? before.invoice,
  };
}

function madeCalls(messages: readonly ModelMessage[]): readonly MadeCall[] {
  const results = new Map<string, ToolResult>();
  const made: MadeCall[] = [];
  // Ids are unique within one answer only, so each answer's results are matched before the next is read.
  for (const [index, message] of messages.entries()) {
    if (message.role !== 'assistant') continue;
    results.clear();
    for (const next of messages.slice(index + 1)) {
      if (next.role === 'assistant') break;
      if (next.role === 'tool') for (const result of next.results) results.set(result.callId, result);
    }
    for (const call of message.calls) {
      const args = call.input.kind === 'parsed' ? call.input.value : {};
      made.push({ name: call.name, args, result: results.get(call.id) });
    }
  }
  return made;
}
