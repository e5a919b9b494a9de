/**
 * Recorded runs before another model: at each turn it is shown what the model of then was shown, and its calls are
 * judged by the policy in force. Nothing is called, recorded or shown in a thread.
 *
 * Both models' calls are judged alike, so that what differs is the model's doing. Instructions and tools are today's;
 * memories and documents are told as they stand today, and what was erased or forgotten is not told.
 */
import { canonicalJson } from './core/canonical-json.ts';
import { AppError, describeError } from './core/errors.ts';
import type { RunId } from './core/ids.ts';
import { isJsonObject } from './core/json.ts';
import type { JsonObject } from './core/json.ts';
import { questionFor } from './gate/judge-call.ts';
import type { Policy, Verdict } from './gate/policy.ts';
import type { Commit } from './ledger/commit.ts';
import { foldStream } from './ledger/fold.ts';
import type { Model } from './models/model.ts';
import type { People } from './people/person.ts';
import { foldRun } from './runs/fold-run.ts';
import { emptyRun } from './runs/run-state.ts';
import type { ModelTurn, RunState } from './runs/run-state.ts';
import type { ReviewStanding, Tool } from './tools/tool.ts';
import type { AgentTask } from './agent/agent-task.ts';
import { callIdFor, maxOutputTokens, systemText, taskText } from './agent/agent.ts';
import type { DurableContext } from './agent/durable-context.ts';
import { offerTools } from './agent/offered-tools.ts';
import { replayRun } from './agent/replay-run.ts';
import { buildTranscript, messageOf } from './agent/transcript.ts';
import type { EarlierExchange } from './agent/transcript.ts';

/** A call as policy would have it. `unclear` was not understood, or is of no tool that is offered. */
export interface WeighedCall {
  readonly tool: string;
  readonly verdict: Verdict | 'unclear';
}

export interface CheckedTurn {
  readonly run: RunId;
  readonly step: string;
  readonly turn: number;
  /** `calls`: others, or with other arguments. `verdicts`: policy would decide otherwise than then. */
  readonly outcome: 'same' | 'calls' | 'verdicts' | 'failed' | 'skipped';
  readonly before: readonly WeighedCall[];
  readonly after: readonly WeighedCall[];
  /** Why it failed or was skipped. */
  readonly why?: string;
  readonly usd?: number;
  readonly tokens: number;
}

export interface CheckOptions {
  readonly model: Model;
  readonly policy: Policy;
  readonly people: People;
  readonly tools: readonly Tool[];
  reviewOf(tool: string): ReviewStanding;
  /** Today's workflow over the recorded input; undefined when there is none that fits. */
  workflowOf(state: RunState): ((ctx: DurableContext) => Promise<void>) | undefined;
  earlierOf(state: RunState): Promise<readonly EarlierExchange[]>;
  contextOf(state: RunState, step: string, about: string): Promise<string | undefined>;
  readonly signal: AbortSignal;
}

/** The turns of one run, in the order in which they were answered; the model is asked as each is taken. */
export async function* checkRun(
  run: RunId,
  commits: readonly Commit[],
  options: CheckOptions,
): AsyncGenerator<CheckedTurn> {
  for (const { number, at } of answersIn(run, commits)) {
    const state = stateBefore(run, commits, number);
    const found = turnAfter(state, stateBefore(run, commits, number + 1));
    if (found !== undefined) yield await checkTurn(state, found.step, found.turn, at, options);
  }
}

function answersIn(run: RunId, commits: readonly Commit[]): readonly { number: number; at: Date }[] {
  const answers: { number: number; at: Date }[] = [];
  foldStream(commits, emptyRun(run), (state, event) => {
    if (event.kind === 'model.answered') answers.push({ number: event.number, at: event.stamp.at });
    return state;
  });
  return answers;
}

function stateBefore(run: RunId, commits: readonly Commit[], number: number): RunState {
  return foldStream(commits, emptyRun(run), (state, event) =>
    event.number < number ? foldRun(state, event) : state,
  );
}

function turnAfter(before: RunState, after: RunState): { step: string; turn: ModelTurn } | undefined {
  for (const [step, turns] of after.turns) {
    const turn = turns.at(-1);
    if (turn !== undefined && turns.length > (before.turns.get(step)?.length ?? 0)) return { step, turn };
  }
  return undefined;
}

async function checkTurn(
  state: RunState,
  step: string,
  turn: ModelTurn,
  at: Date,
  options: CheckOptions,
): Promise<CheckedTurn> {
  const { policy, model } = options;
  const about = { run: state.id, step, turn: turn.turn };
  const none = { before: [], after: [], tokens: 0 };
  const task = await taskOf(state, step, options);
  if (task === undefined)
    return { ...about, ...none, outcome: 'skipped', why: "today's workflow asks no model there" };
  const offered = offerTools(options.tools, task.tools, (tool) => policy.keyOf(tool));
  const words = taskText(state, task);
  const context = await options.contextOf(state, step, words);
  const earlier = await options.earlierOf(state);
  const steering = state.messages.filter(({ key }) => turn.steering.includes(key));
  try {
    const answer = await model.ask({
      system: systemText(task),
      ...(context !== undefined && { context }),
      messages: [
        ...buildTranscript(state, step, words, earlier, (of, index) => callIdFor(state, step, of, index)),
        ...steering.map((message) => messageOf(state, message.key, message.text)),
      ],
      tools: offered.tools,
      maxOutputTokens,
      signal: options.signal,
    });
    const made = answer.stop === 'tool-use' ? answer.calls : [];
    const before = turn.calls.map(({ name, input, problem }) =>
      weigh(name, problem === undefined && isJsonObject(input) ? input : undefined),
    );
    const after = made.map(({ name, input }) =>
      weigh(name, input.kind === 'parsed' ? input.value : undefined),
    );
    return {
      ...about,
      outcome: outcomeOf(before, after),
      before: before.map(shown),
      after: after.map(shown),
      tokens: answer.usage.inputTokens + answer.usage.outputTokens,
      ...(answer.costUsd !== undefined && { usd: answer.costUsd }),
    };
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof AppError)) throw error;
    return { ...about, ...none, outcome: 'failed', why: describeError(error) };
  }

  function weigh(name: string, args: JsonObject | undefined): Weighed {
    const tool = offered.names.decode(name) ?? name;
    const isOffered = options.tools.some((entry) => entry.name === tool);
    if (args === undefined || !isOffered) return { tool, verdict: 'unclear', id: `${tool} ?` };
    const question = questionFor(state, options.people.findPerson(state.requester), tool, args, {
      ...options.reviewOf(tool),
      now: at,
    });
    return { tool, verdict: policy.resolve(question).verdict, id: `${tool} ${canonicalJson(args)}` };
  }
}

interface Weighed extends WeighedCall {
  /** Equal for the same call. */
  readonly id: string;
}

function shown({ tool, verdict }: Weighed): WeighedCall {
  return { tool, verdict };
}

function outcomeOf(before: readonly Weighed[], after: readonly Weighed[]): CheckedTurn['outcome'] {
  const sorted = (texts: readonly string[]): string => JSON.stringify([...texts].sort());
  const isAlike = (of: (call: Weighed) => string): boolean =>
    sorted(before.map(of)) === sorted(after.map(of));
  if (!isAlike(({ verdict }) => verdict)) return 'verdicts';
  return isAlike(({ id }) => id) ? 'same' : 'calls';
}

/** What today's workflow gives the agent of this step; an aside is asked for by nobody and left out. */
async function taskOf(state: RunState, step: string, options: CheckOptions): Promise<AgentTask | undefined> {
  const workflow = options.workflowOf(state);
  if (workflow === undefined) return undefined;
  let found: AgentTask | undefined;
  await replayRun(state, workflow, (task) => {
    if (task.key === step && task.isAside !== true) found = task;
  });
  return found;
}
