/**
 * The demonstration model: offline, rule-based, and the same answer for the same request, always.
 *
 * It proposes calls like any model does, so the gate, the cards and the ledger are the real ones. Nothing is
 * kept from one request to the next but compiled schemas: each is read from its transcript anew.
 */
import type { Model, ModelAnswer, ModelMessage, ModelRequest } from '../model.ts';
import { findNextStep } from './answer.ts';
import type { NextStep } from './answer.ts';
import { readConversation } from './conversation.ts';
import { answerFromContext, findMemoryStep, keepStep } from './memory.ts';
import { createSchemaChecks, readOfferedTools } from './offered-tools.ts';
import type { OfferedTools } from './offered-tools.ts';
import { reviewAnswer } from './review.ts';

const modelName = 'demo';
const smallPrint = '*demonstration model, no AI*';

export function createDemoModel(): Model {
  const checks = createSchemaChecks();
  return {
    name: modelName,
    async ask(request: ModelRequest): Promise<ModelAnswer> {
      request.signal.throwIfAborted();
      if (request.isReview === true) return reviewAnswer(request);
      const step: NextStep =
        request.isSummary === true
          ? // Its rules put nothing in other words: the outline stands.
            { kind: 'answer', text: '' }
          : request.isQuestion === true
            ? { kind: 'answer', text: whatWasRead(request.messages) }
            : request.isAside === true
              ? keepStep(request, readOfferedTools(request.tools, checks))
              : findStep(request, readOfferedTools(request.tools, checks));
      const answer = toAnswer(step, request);
      for (const word of answer.text.match(/\s*\S+\s*/gu) ?? []) {
        request.signal.throwIfAborted();
        request.onText?.(word);
        // Gives whoever listens a turn, so that an abort between two words is noticed.
        await Promise.resolve();
      }
      request.signal.throwIfAborted();
      return answer;
    },
  };
}

function findStep(request: ModelRequest, tools: OfferedTools): NextStep {
  const letter = letterFrom(request);
  if (letter !== undefined) return { kind: 'answer', text: letter };
  const messages = withoutSmallPrint(request.messages);
  const aboutMemory = findMemoryStep(messages, tools);
  if (aboutMemory !== undefined) return aboutMemory;
  const conversation = readConversation(messages);
  const isLost = conversation.wishes.every((wish) => wish.kind === 'unknown');
  const known = isLost ? answerFromContext(request.context) : undefined;
  return known === undefined ? findNextStep(conversation, tools) : { kind: 'answer', text: known };
}

/** A letter of the points that were given, word for word, when words are all that is wanted of it. */
function letterFrom({ messages, tools }: ModelRequest): string | undefined {
  if (tools.length > 0) return undefined;
  const asked = messages.findLast((message) => message.role === 'user')?.text ?? '';
  // A task's input is told field by field, and whoever wants a letter names the points last.
  const points = /^points: ([^]+)/mu.exec(asked)?.[1];
  return points === undefined ? undefined : `Hello,\n\n${points.trim()}\n\nKind regards`;
}

/** What it can say to a question about its proposal: no more than what it has read. */
function whatWasRead(messages: readonly ModelMessage[]): string {
  const read = messages.flatMap((message) =>
    message.role === 'tool'
      ? message.results.filter(({ isError }) => !isError).map(({ content }) => content.split('\n')[0] ?? '')
      : [],
  );
  const sources =
    read.length === 0
      ? 'I have read nothing but the request.'
      : `Before I proposed this I read:\n${read.map((line) => `- ${line}`).join('\n')}`;
  return `I follow rules and cannot answer questions. ${sources}`;
}

/** Its own small print in earlier answers says nothing about the request. */
function withoutSmallPrint(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  return messages.map((message) =>
    message.role === 'assistant'
      ? { ...message, text: message.text.replace(smallPrint, '').trim() }
      : message,
  );
}

function toAnswer(step: NextStep, request: ModelRequest): ModelAnswer {
  const text = step.kind === 'calls' ? step.text : `${step.text}\n\n${smallPrint}`;
  const turn = request.messages.length;
  const calls = step.kind === 'calls' ? step.calls : [];
  return {
    text,
    calls: calls.map((call, index) => ({
      id: `demo_${String(turn)}_${String(index + 1)}`,
      name: call.name,
      input: { kind: 'parsed', value: call.args },
    })),
    stop: step.kind === 'calls' ? 'tool-use' : 'end',
    usage: {
      inputTokens:
        countTokens(request.system) +
        countTokens(JSON.stringify(request.messages)) +
        countTokens(JSON.stringify(request.tools)),
      cachedInputTokens: 0,
      outputTokens: countTokens(text) + (calls.length === 0 ? 0 : countTokens(JSON.stringify(calls))),
    },
    model: modelName,
  };
}

/** About four characters make a token. */
function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}
