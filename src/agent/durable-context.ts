/**
 * The durable context that a workflow works through.
 *
 * Each step has a key of its own. A finished step is not done again but answers what is recorded; a step that
 * waits is a promise that does not settle until its answer is there, in this process or in a later one.
 */
import type { z } from 'zod';
import { canonicalJson } from '../core/canonical-json.ts';
import { isDirectPlace } from '../core/direct-place.ts';
import { AppError } from '../core/errors.ts';
import { newSalt, sha256OfParts } from '../core/hash.ts';
import { asCallId } from '../core/ids.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { AskDecision, DecisionAnswer, DecisionRequest } from '../gate/ask-decision.ts';
import type { Gate } from '../gate/gate.ts';
import type { ApprovePlan, PlanAnswer, PlanRequest } from '../gate/plans.ts';
import type { Retries } from '../runs/backoff.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import { resultIsDone } from '../runs/run-state.ts';
import type { CallState } from '../runs/run-state.ts';
import type { ChildResult } from '../runs/start-child.ts';
import type { StepControl } from '../runs/step-control.ts';
import type { Activity, ActivityRequest, ReadsActivity } from './activity.ts';
import type { Agent } from './agent.ts';
import { all, race } from './branches.ts';
import type { RaceResult } from './branches.ts';
import { child } from './child-step.ts';
import type { ChildOptions, ChildRequest } from './child-step.ts';
import { isWorthKeeping, keepInstructions } from './keep-what-matters.ts';
import { limitsOf, roomForCalls } from './limits.ts';
import type { HealthReport, HealthRequest, ReadsHealth } from './read-approval-health.ts';
import { readingOf } from './run-context.ts';
import { createScope } from './step-scope.ts';
import type { StepScope } from './step-scope.ts';
import { saveArguments, searchArguments } from './memory-steps.ts';
import type { RecallRequest, RememberRequest } from './memory-steps.ts';
import { offerCards } from './offer-cards.ts';
import type { CopiesCard, OfferedCard } from './offer-cards.ts';
import { readResult, triedStep } from './tried-step.ts';
import { onStop } from './undo-steps.ts';
import type { UndoRequest } from './undo-steps.ts';
import { showFile } from './show-file.ts';
import type { Showing } from './show-file.ts';
import { startDirectly } from './start-directly.ts';
import type { DirectRequest, DirectStart, StartsDirectly } from './start-directly.ts';
import { ask, sleep, spanMs, waitForSignal } from './waiting-steps.ts';
import type { FormAnswer, FormRequest, SignalAnswer, SignalRequest, Span } from './waiting-steps.ts';

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

export interface KnownPerson {
  readonly id: string;
  readonly name: string;
}

export type Recordable = JsonObject | readonly Json[] | string | number | boolean | null;

/** Something that workflows may keep: what JSON holds, or nothing. */
export type Kept = Recordable | undefined;

export interface DecisionQuestion extends Omit<DecisionRequest, 'key' | 'expiresInMs'> {
  /** Then nobody may decide it any more; policy's usual time when absent. */
  readonly within?: Span;
}

export interface PlanQuestion extends Omit<PlanRequest, 'key' | 'lastsMs' | 'expiresInMs' | 'claim'> {
  /** How long it holds once it is approved: 8 hours when absent, 7 days at most. */
  readonly lasts?: Span;
  /** Then nobody may decide it any more; policy's usual time when absent. */
  readonly within?: Span;
}

export interface DurableContext {
  /** What the person said. */
  readonly text: string;
  readonly requester: { readonly id: string; readonly name: string };
  /** True where the bot talks with the requester alone. */
  readonly isDirect: boolean;
  /** Proposes one tool call and waits for its end, however long people take to decide. */
  tool(key: string, tool: string, args: JsonObject): Promise<ToolAnswer>;
  /**
   * Finds what was remembered and what documents say, each with its source, as far as the audience may be told. Content
   * of others: never instructions.
   */
  recall(key: string, request: RecallRequest): Promise<ToolAnswer>;
  /** Keeps one sentence for later. Its thread shows it with Undo; in a run that has read untrusted content a person decides. */
  remember(key: string, request: RememberRequest): Promise<ToolAnswer>;
  /**
   * Looks back at what was said, once the answer is given, and keeps what will matter later: shown in the thread with
   * Undo, never waiting for anybody, and nothing at all in most runs.
   */
  keepWhatMatters(key: string): Promise<void>;
  /** Lets a model work on a task with tools, within the run's limits. */
  agent(key: string, request: AgentRequest): Promise<AgentAnswer>;
  /**
   * Registers a call that takes back what was done, for the case that this run is stopped or fails later. They run in
   * reverse order, each through the gate; one that fails holds the run until a person looks. Register it right after
   * the step that it takes back.
   */
  onStop(key: string, undo: UndoRequest): void;
  /** Says something in the thread, once. The second and later words of a run need a key of their own. */
  say(text: string, key?: string): Promise<void>;
  /** Shows a file in the thread, once, with words above it: rows as CSV, or a chart as a picture. */
  show(key: string, showing: Showing): Promise<void>;
  /**
   * Any other code: its result is recorded and answered from then on. It runs again when it throws, after growing
   * pauses, and when the process dies in the middle. After its last try it rejects, now and at every later pass.
   */
  step<T extends Kept>(key: string, action: () => T | Promise<T>, retries?: Partial<Retries>): Promise<T>;
  /** Shows a form in the thread and waits until somebody who may has answered it. */
  ask<Form extends z.ZodObject>(key: string, request: FormRequest<Form>): Promise<FormAnswer<z.infer<Form>>>;
  /** Puts a decision that is no tool call to people, as a card with Approve and Deny. */
  approve(key: string, question: DecisionQuestion): Promise<DecisionAnswer>;
  /**
   * Puts a set of bounded calls to people, as one card. Once it is approved, calls of this run within its lines run
   * without a card of their own; what is beyond them asks. `refused`: nobody was asked, and each call asks.
   */
  approvePlan(key: string, plan: PlanQuestion): Promise<PlanAnswer>;
  /**
   * Shows cards that wait for people in this thread too, with their buttons: a decision or an answer on any copy settles
   * all. They are of this channel, or for the requester where the bot talks with him alone.
   */
  offer(key: string, cards: readonly OfferedCard[]): Promise<void>;
  /**
   * Starts a workflow where the bot talks with the requester alone, as his request; does not wait for its end. Undefined
   * when no person asked.
   */
  startDirectly(key: string, request: DirectRequest): Promise<DirectStart | undefined>;
  /** Waits for a moment or for a length of time; days are fine. */
  sleep(key: string, when: Span | Date): Promise<void>;
  /** Waits for an outside event; one that came since the run began counts too. */
  waitFor(key: string, request: SignalRequest): Promise<SignalAnswer>;
  /** Runs branches side by side; each may wait by itself. Rejects with the first failure. */
  all<const Branches extends readonly (() => Promise<unknown>)[]>(
    branches: Branches,
  ): Promise<{ readonly [Index in keyof Branches]: Awaited<ReturnType<Branches[Index]>> }>;
  /**
   * Runs branches until one is through; what the others wait for is given up. Each branch gets a context of its own
   * and must use it, so that a branch that lost does nothing more.
   */
  race<T extends Kept | object>(
    key: string,
    branches: Readonly<Record<string, (ctx: DurableContext) => Promise<T>>>,
  ): Promise<RaceResult<T>>;
  /** Starts another workflow as a run of its own in the same thread and waits for its end. */
  child(key: string, request: ChildRequest): Promise<ChildResult>;
  /** What happened in this channel, or to a person as far as this channel's readers may know. */
  activity(key: string, request?: ActivityRequest): Promise<Activity>;
  /** How people decide here: how often each is asked, how fast, how often he says yes, and which drills he caught. */
  approvalHealth(key: string, request?: HealthRequest): Promise<HealthReport>;
  /** The time when this step was first reached. */
  now(key: string): Date;
  /** Who is meant by an id or a name: as it was when this step was first reached; undefined for nobody here. */
  findPerson(key: string, word: string): KnownPerson | undefined;
  /** A number from 0 to below 1, the same at every pass. */
  random(key: string): number;
  /** Keeps a remark in the run's ledger, once. */
  log(key: string, remark: string): void;
}

export interface DurableContextOptions extends ChildOptions {
  readonly gate: Pick<Gate, 'submit'>;
  readonly agent: Agent;
  /** Hears of each step that is reached. */
  readonly onStep?: (key: string) => void;
  /** In place of a step's own code, where it would run: a replay runs none. */
  readonly insteadOfCode?: (key: string) => never;
  readonly askDecision: AskDecision;
  readonly approvePlan: ApprovePlan;
  /** Whether runs may look back at what was said and keep of it what matters. */
  readonly keepsMemories: boolean;
  readonly activity: ReadsActivity;
  readonly approvalHealth: ReadsHealth;
  readonly copyCard: CopiesCard;
  readonly startDirectly: StartsDirectly;
  findPerson(word: string): KnownPerson | undefined;
}

export function createDurableContext(
  options: DurableContextOptions,
  run: OpenRun,
  control: StepControl,
): DurableContext {
  return contextOf(options, createScope(run, control, options.onStep));
}

function contextOf(options: DurableContextOptions, scope: StepScope): DurableContext {
  const { run, control } = scope;
  const { state } = run;

  /** What a step of a branch that lost does: nothing, for ever. */
  async function unlessLost<T>(action: () => Promise<T>): Promise<T> {
    return scope.isLost() ? new Promise<T>(() => undefined) : action();
  }

  /** A value that is made once and recorded. */
  function once<T extends Recordable>(key: string, kind: string, make: () => T): T {
    const inputHash = scope.enter(key, kind, {});
    const before = scope.recorded(key);
    if (before !== undefined) return readResult<T>(key, before.result);
    const value = make();
    scope.record(key, kind, inputHash, JSON.stringify(value));
    return value;
  }

  function callTool(key: string, tool: string, args: JsonObject): Promise<ToolAnswer> {
    return unlessLost(async () => {
      scope.enter(key, 'tool', { tool, args });
      const id = asCallId(`call_${sha256OfParts([run.id, 'tool', key]).slice(0, 26)}`);
      const frozen = state().calls.get(id);
      if (frozen !== undefined && isOtherCall(frozen, tool, args)) throw changedCall(key);
      const room = roomForCalls(state(), options.limits());
      if (frozen === undefined && room <= 0) throw noRoom(key, limitsOf(state(), options.limits()).calls);
      const [result] = await options.gate.submit(run, control, [{ id, step: key, tool, args }]);
      if (result === undefined) throw new AppError('internal', `Call ${id} has no result.`);
      return { isDone: resultIsDone(result), text: result.content };
    });
  }

  return {
    text: state().text,
    requester: { id: state().requester, name: options.nameOf(state().requester) },
    isDirect: isDirectPlace(state().channel),

    tool: callTool,
    recall: (key, request) => callTool(key, 'memory/search', searchArguments(request)),
    remember: (key, request) => callTool(key, 'memory/save', saveArguments(request)),

    keepWhatMatters: (key) =>
      unlessLost(async () => {
        const inputHash = scope.enter(key, 'agent', {});
        const isWanted = state().turns.has(key) || (options.keepsMemories && isWorthKeeping(state()));
        if (scope.recorded(key) === undefined && isWanted) {
          await options.agent.run(run, control, {
            ...{ key, instructions: keepInstructions, input: {}, tools: ['memory/save'] },
            isAside: true,
          });
          scope.record(key, 'agent', inputHash, '');
        }
        // Last, so that what matters is kept before it is put in short.
        await options.agent.summarise(run, control);
      }),

    agent: (key, request) =>
      unlessLost(async () => {
        const { instructions, tools } = request;
        const input = plainJson(request.input ?? {});
        const inputHash = scope.enter(key, 'agent', { input });
        const before = scope.recorded(key);
        if (before !== undefined) return { text: before.result ?? '' };
        const text = await options.agent.run(run, control, { key, instructions, input, tools });
        scope.record(key, 'agent', inputHash, text);
        return { text };
      }),

    say: (text, key = 'say') =>
      unlessLost(() => {
        scope.enter(key, 'say', {});
        if (!state().said.some((said) => said.key === key)) {
          scope.note(
            (now) => now.said.some((said) => said.key === key),
            runEvent('message.posted', { key }, { text }),
          );
        }
        return Promise.resolve();
      }),

    show: (key, showing) =>
      unlessLost(() => {
        showFile(scope, key, showing);
        return Promise.resolve();
      }),

    onStop(key, undo) {
      if (!scope.isLost()) onStop(scope, key, undo);
    },
    step: (key, action, retries) =>
      unlessLost(() => {
        const { insteadOfCode } = options;
        const code = insteadOfCode === undefined ? action : () => insteadOfCode(key);
        return triedStep(scope, options.clock, key, code, retries);
      }),
    ask: (key, request) => unlessLost(() => ask(scope, options, key, request)),
    approve: (key, { within, ...question }) =>
      unlessLost(() => {
        scope.enter(key, 'approve', {});
        const time = within === undefined ? {} : { expiresInMs: spanMs(within) };
        return options.askDecision(run, control, { ...question, ...time, key });
      }),
    approvePlan: (key, { lasts = planLasts, within, ...plan }) =>
      unlessLost(async () => {
        const inputHash = scope.enter(key, 'plan', plainJson({ ...plan, lasts }));
        const before = scope.recorded(key);
        if (before !== undefined) return readResult<PlanAnswer & JsonObject>(key, before.result);
        const time = within === undefined ? {} : { expiresInMs: spanMs(within) };
        const answer = await options.approvePlan(run, control, {
          ...plan,
          ...time,
          key,
          lastsMs: spanMs(lasts),
        });
        scope.record(key, 'plan', inputHash, JSON.stringify(answer));
        return answer;
      }),
    offer: (key, cards) => unlessLost(() => offerCards(scope, options.copyCard, key, cards)),
    startDirectly: (key, request) =>
      unlessLost(() => startDirectly(scope, options.startDirectly, key, request)),
    sleep: (key, when) => unlessLost(() => sleep(scope, options, key, when)),
    waitFor: (key, request) => unlessLost(() => waitForSignal(scope, options, key, request)),
    all: <const Branches extends readonly (() => Promise<unknown>)[]>(branches: Branches) =>
      unlessLost(async () => {
        const results = await all(branches);
        // One result for each branch, in the same order.
        return results as { readonly [Index in keyof Branches]: Awaited<ReturnType<Branches[Index]>> };
      }),
    race: <T extends Kept | object>(
      key: string,
      branches: Readonly<Record<string, (ctx: DurableContext) => Promise<T>>>,
    ) =>
      unlessLost(() =>
        race<T>(scope, key, Object.keys(branches), (name, branch) => {
          const start = branches[name];
          if (start === undefined) throw new AppError('internal', `There is no branch ${name}.`);
          return start(contextOf(options, branch));
        }),
      ),
    child: (key, request) => unlessLost(() => child(scope, options, key, request)),
    activity: (key, request = {}) =>
      unlessLost(async () => {
        const found = await triedStep(scope, options.clock, key, () =>
          options.activity({ ...readingOf(state()), except: state().workflow }, request),
        );
        const { activity, taintedBy } = found;
        if (taintedBy !== undefined)
          scope.note((now) => now.taintedBy !== undefined, runEvent('run.tainted', { by: taintedBy }));
        return activity;
      }),
    approvalHealth: (key, request = {}) =>
      unlessLost(() =>
        triedStep(scope, options.clock, key, () => options.approvalHealth(readingOf(state()), request)),
      ),
    now: (key) => new Date(once(key, 'now', () => options.clock.now().getTime())),
    findPerson(key, word) {
      const found = once(key, 'person', () => {
        const person = options.findPerson(word);
        return person === undefined ? null : { id: person.id, name: person.name };
      });
      return found ?? undefined;
    },
    random: (key) => once(key, 'random', randomNumber),
    log(key, remark) {
      once(key, 'log', () => remark);
    },
  };
}

const planLasts: Span = { hours: 8 };

/** 48 random bits as a number from 0 to below 1. */
function randomNumber(): number {
  return Number.parseInt(newSalt().slice(0, 12), 16) / 2 ** 48;
}

function isOtherCall({ call, edits }: CallState, tool: string, args: JsonObject): boolean {
  if (call.tool !== tool) return true;
  // Arguments that were refused before they were judged are not kept, and people may have changed others.
  if (call.definitionHash === '' || edits.length > 0) return false;
  return call.argsJson !== undefined && call.argsJson !== canonicalJson(args);
}

function changedCall(key: string): AppError {
  return new AppError(
    'workflow.changed',
    `Step "${key}" is recorded as another call. Fix: use a new key for changed work.`,
  );
}

function noRoom(key: string, calls: number): AppError {
  return new AppError(
    'workflow.failed',
    `Step "${key}" would be call ${String(calls + 1)} of this run, which makes ${String(calls)} at most.`,
  );
}

/** The input as JSON keeps it: fields that are undefined fall away. */
function plainJson(value: object): JsonObject {
  // Serialising an object and reading it back yields a JSON object.
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}
