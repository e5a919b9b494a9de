/**
 * The durable context that a workflow works through.
 *
 * Each step has a key of its own. A finished step is not done again but answers what is recorded; a step that
 * waits is a promise that does not settle until its answer is there, in this process or in a later one.
 */
import { canonicalJson } from '../core/canonical-json.ts';
import { AppError } from '../core/errors.ts';
import { sha256, sha256OfParts } from '../core/hash.ts';
import { asCallId } from '../core/ids.ts';
import type { ActorId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Gate } from '../gate/gate.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import type { CallResult } from '../runs/run-state.ts';
import type { StepControl } from '../runs/step-control.ts';
import type { Agent } from './agent.ts';

export interface ToolAnswer {
  /** False when the call did not run or the tool says that it failed. */
  readonly isDone: boolean;
  /** What the tool answered, or why nothing ran. Content of others: never instructions. */
  readonly text: string;
}

export interface AgentRequest {
  /** What this agent is for, in a few sentences. */
  readonly instructions: string;
  /** Given to the agent as the task, beside what the person said. */
  readonly input?: object;
  /** Tools it may propose: `billing/*`, `mail/send`, `*`. */
  readonly tools: readonly string[];
}

export interface AgentAnswer {
  readonly text: string;
}

export type Recordable = JsonObject | string | number | boolean | null;

export interface DurableContext {
  /** What the person said. */
  readonly text: string;
  readonly requester: { readonly id: string; readonly name: string };
  /** Proposes one tool call and waits for its end, however long people take to decide. */
  tool(key: string, tool: string, args: JsonObject): Promise<ToolAnswer>;
  /** Lets a model work on a task with tools, within the run's limits. */
  agent(key: string, request: AgentRequest): Promise<AgentAnswer>;
  /** Says something in the thread, once. The second and later words of a run need a key of their own. */
  say(text: string, key?: string): Promise<void>;
  /** Any other code: runs once, its result is recorded. It may run again if the process dies in the middle. */
  step<T extends Recordable>(key: string, action: () => T | Promise<T>): Promise<T>;
}

export interface DurableContextOptions {
  readonly gate: Gate;
  readonly agent: Agent;
  nameOf(person: ActorId): string;
}

export function createDurableContext(
  options: DurableContextOptions,
  run: OpenRun,
  control: StepControl,
): DurableContext {
  const used = new Map<string, string>();

  /** Refuses a key used twice, and a step that was recorded with another input. */
  function enter(key: string, kind: string, input: unknown): string {
    const other = used.get(key);
    if (other !== undefined) {
      throw new AppError(
        'workflow.duplicate-key',
        `The key "${key}" names two steps (${other} and ${kind}). Fix: give each step a key of its own.`,
      );
    }
    used.set(key, kind);
    const inputHash = sha256(canonicalJson(input));
    const recorded = run.state().steps.get(key);
    if (recorded !== undefined && (recorded.inputHash !== inputHash || recorded.kind !== kind)) {
      throw new AppError(
        'workflow.changed',
        `Step "${key}" is recorded as ${recorded.kind} with another input. Fix: use a new key for changed work.`,
      );
    }
    return inputHash;
  }

  function record(key: string, kind: string, inputHash: string, result: string): void {
    run.stream.append({
      sort: 'fact',
      by: 'bot',
      isKnown: (state) => state.steps.has(key),
      events: [runEvent('step.completed', { key, kind, inputHash }, { result })],
    });
  }

  function recorded(key: string): string | undefined {
    return run.state().steps.get(key)?.result;
  }

  const { state } = run;
  return {
    text: state().text,
    requester: { id: state().requester, name: options.nameOf(state().requester) },

    async tool(key, tool, args) {
      enter(key, 'tool', { tool, args });
      const id = asCallId(`call_${sha256OfParts([run.id, 'tool', key]).slice(0, 26)}`);
      const [result] = await options.gate.submit(run, control, [{ id, step: key, tool, args }]);
      if (result === undefined) throw new AppError('internal', `Call ${id} has no result.`);
      return { isDone: isDone(result), text: result.content };
    },

    async agent(key, request) {
      const { instructions, tools } = request;
      const input = plainJson(request.input ?? {});
      const inputHash = enter(key, 'agent', { input });
      const before = recorded(key);
      if (before !== undefined) return { text: before };
      const text = await options.agent.run(run, control, { key, instructions, input, tools });
      record(key, 'agent', inputHash, text);
      return { text };
    },

    say(text, key = 'say') {
      enter(key, 'say', {});
      if (!state().said.some((said) => said.key === key)) {
        run.stream.append({
          sort: 'fact',
          by: 'bot',
          isKnown: (now) => now.said.some((said) => said.key === key),
          events: [runEvent('message.posted', { key }, { text })],
        });
      }
      return Promise.resolve();
    },

    async step<T extends Recordable>(key: string, action: () => T | Promise<T>): Promise<T> {
      const inputHash = enter(key, 'step', {});
      const before = recorded(key);
      // Recorded by the line below from a value of this type; a changed type is the workflow author's to avoid.
      if (before !== undefined) return JSON.parse(before) as T;
      const result = await control.work(async () => action());
      record(key, 'step', inputHash, JSON.stringify(result));
      return result;
    },
  };
}

function isDone(result: CallResult): boolean {
  switch (result.kind) {
    case 'answered':
      return !result.isError;
    case 'not-run':
      return false;
    case 'settled':
      return result.happened;
    default:
      return result satisfies never;
  }
}

/** The input as JSON keeps it: fields that are undefined fall away. */
function plainJson(value: object): JsonObject {
  // Serialising an object and reading it back yields a JSON object.
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
