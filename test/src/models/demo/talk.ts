/** Plays a conversation with the demonstration model: asks, answers its calls, until it gives a final text. */
import { createDemoModel } from '../../../../src/models/demo/demo-model.ts';
import type { JsonObject } from '../../../../src/core/json.ts';
import type { ModelAnswer, ModelMessage, ModelTool, ToolResult } from '../../../../src/models/model.ts';
import { answerCall, companyTools } from './company.ts';

type CallLine = readonly [name: string, args: JsonObject];

export interface Scenario {
  readonly earlier?: readonly ModelMessage[];
  readonly tools?: readonly ModelTool[];
  /** Answers a call instead of the company; undefined leaves it to the company. */
  readonly reply?: (name: string, args: JsonObject, count: number) => Partial<ToolResult> | undefined;
  readonly form?: 'json' | 'text';
  /** User messages that arrive after the answers of the given step, counted from 1. */
  readonly steering?: Readonly<Record<number, string>>;
}

export interface Played {
  readonly steps: readonly (readonly CallLine[])[];
  readonly calls: readonly CallLine[];
  readonly says: readonly string[];
  readonly text: string;
  readonly messages: readonly ModelMessage[];
}

export const user = (text: string): ModelMessage => ({ role: 'user', text });
export const bot = (text: string): ModelMessage => ({
  role: 'assistant',
  text: `${text}\n\n*demonstration model, no AI*`,
  calls: [],
});

const model = createDemoModel();

export function askOnce(
  messages: readonly ModelMessage[],
  tools = companyTools,
  signal = new AbortController().signal,
  onText?: (delta: string) => void,
): Promise<ModelAnswer> {
  return model.ask({
    system: 'You help.',
    messages,
    tools,
    maxOutputTokens: 1000,
    signal,
    ...(onText === undefined ? {} : { onText }),
  });
}

export function linesOf(answer: ModelAnswer): readonly CallLine[] {
  return answer.calls.map((call) => {
    if (call.input.kind !== 'parsed') throw new Error('A demonstration call is always parsed.');
    return [call.name, call.input.value];
  });
}

export async function play(text: string, scenario: Scenario = {}): Promise<Played> {
  const messages: ModelMessage[] = [...(scenario.earlier ?? []), user(text)];
  const steps: (readonly CallLine[])[] = [];
  const says: string[] = [];
  for (let count = 1; count <= 20; count += 1) {
    const answer = await askOnce(messages, scenario.tools);
    if (answer.stop !== 'tool-use')
      return {
        steps,
        calls: steps.flat(),
        says,
        text: answer.text,
        messages: [...messages, { role: 'assistant', text: answer.text, calls: [] }],
      };
    const lines = linesOf(answer);
    steps.push(lines);
    says.push(answer.text);
    messages.push({ role: 'assistant', text: answer.text, calls: answer.calls });
    messages.push({
      role: 'tool',
      results: answer.calls.map((call, index) => {
        const [name, args] = lines[index] ?? ['', {}];
        return {
          callId: call.id,
          ...answerCall(name, args, scenario.form),
          ...scenario.reply?.(name, args, count),
        };
      }),
    });
    const steer = scenario.steering?.[count];
    if (steer !== undefined) messages.push(user(steer));
  }
  throw new Error('The model does not come to an end.');
}
