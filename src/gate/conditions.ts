/**
 * Conditions of policy rules: CEL, held short so that no argument a model can think of makes them slow.
 *
 * Guards: no regular expressions, only the functions listed here, comprehensions not inside one another, a small
 * syntax tree, and an upper bound on the work, reckoned from the condition and the size of the arguments before
 * anything runs. What is refused, fails or is not a yes or no is an `error`, which the policy counts as matched.
 *
 * Trap: `==` between values of different types is false, not an error; order comparisons of them are errors.
 */
import { Environment } from '@marcbachmann/cel-js';
import type { JsonObject } from '../core/json.ts';
import { arithmetic, domainOf, glob } from './condition-functions.ts';
import type { LocalTime } from './condition-functions.ts';
import {
  conditionVariables,
  inspectCondition,
  isWithinWork,
  longestCollection,
  longestLiteral,
  measureArgs,
} from './condition-shape.ts';
import type { ArgsSize, ConditionShape } from './condition-shape.ts';
import { createSelector } from './selectors.ts';
import type { SelectorFacts } from './selectors.ts';

/** What a condition sees, prepared once per question by `prepareInput`. */
export interface ConditionInput {
  readonly facts: SelectorFacts;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly size: ArgsSize;
}

export type ConditionAnswer =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'error'; readonly problem: string };

// Shared, so that the many conditions of one question leave nothing behind.
const isTrue: ConditionAnswer = { kind: 'true' };
const isFalse: ConditionAnswer = { kind: 'false' };

export interface Condition {
  readonly text: string;
  /** The variables it reads: `args`, `time`, … */
  readonly reads: ReadonlySet<string>;
  evaluate(input: ConditionInput): ConditionAnswer;
}

export type CompiledCondition =
  | { readonly kind: 'compiled'; readonly condition: Condition }
  | { readonly kind: 'refused'; readonly problem: string; readonly fix: string };

const longestText = 2000;
const limits = {
  maxAstNodes: 200,
  maxDepth: 20,
  maxListElements: longestLiteral,
  maxMapEntries: 50,
  maxCallArguments: 8,
};

/** Compiles one condition. For many, build one compiler and keep it. */
export function compileCondition(text: string): CompiledCondition {
  return createConditionCompiler()(text);
}

export function createConditionCompiler(): (text: string) => CompiledCondition {
  const environment = createEnvironment();
  return (text) => {
    if (text.length > longestText) {
      return refused(`is longer than ${String(longestText)} characters`, 'split it into several rules');
    }
    let program: ReturnType<Environment['parse']>;
    try {
      program = environment.parse(text);
    } catch (error) {
      return refused(
        `cannot be read: ${problemOf(error)}`,
        'mend the expression, for example args.amount > 500',
      );
    }
    const shape = inspectCondition(program.ast);
    if ('problem' in shape) return { kind: 'refused', ...shape };
    const checked = program.check();
    if (!checked.valid) return refused(problemOf(checked.error), fixFor(problemOf(checked.error)));
    if (checked.type !== 'bool') {
      return refused(
        `is ${checked.type ?? 'no value'}, not a yes or no`,
        'compare it, for example args.amount > 500',
      );
    }
    return { kind: 'compiled', condition: createCondition(text, shape, program) };
  };
}

function createCondition(
  text: string,
  shape: ConditionShape,
  program: ReturnType<Environment['parse']>,
): Condition {
  const selector = createSelector(program.ast);
  return {
    text,
    reads: shape.reads,
    evaluate(input) {
      if (input.size.longest > longestCollection) {
        return failed(`the arguments hold a list or map of more than ${String(longestCollection)} entries`);
      }
      if (!isWithinWork(shape, input.size)) return failed('the arguments are too large for this condition');
      const settled = selector?.(input.facts);
      if (settled !== undefined) return settled ? isTrue : isFalse;
      try {
        const answer: unknown = program(input.variables);
        if (answer === true) return isTrue;
        return answer === false ? isFalse : failed('it did not come out as yes or no');
      } catch (error) {
        return failed(problemOf(error));
      }
    },
  };
}

/** Makes what conditions see. Without a time, conditions that read `time` fail. */
export function prepareInput(
  question: {
    readonly args: JsonObject;
    readonly actor: { readonly id: string; readonly roles: readonly string[] };
    readonly channel: string;
    readonly workflow: string;
    readonly isTainted: boolean;
    readonly budget: { readonly usdSpent: number; readonly calls: number };
  },
  time: LocalTime | undefined,
): ConditionInput {
  const { channel, workflow, isTainted: tainted } = question;
  const actor = { id: question.actor.id, roles: [...question.actor.roles] };
  const variables: Record<string, unknown> = {
    args: question.args,
    ...{ actor, channel, workflow, tainted },
    budget: { usdSpent: question.budget.usdSpent, calls: BigInt(Math.trunc(question.budget.calls)) },
  };
  if (time !== undefined) {
    variables.time = { hour: BigInt(time.hour), minute: BigInt(time.minute), weekday: BigInt(time.weekday) };
  }
  return {
    facts: { actor, channel, workflow, tainted, args: question.args },
    variables,
    size: measureArgs(question.args),
  };
}

function createEnvironment(): Environment {
  const environment = new Environment({ limits })
    .registerVariable('args', 'map<string, dyn>')
    .registerVariable('actor', { schema: { id: 'string', roles: 'list<string>' } })
    .registerVariable('channel', 'string')
    .registerVariable('workflow', 'string')
    .registerVariable('tainted', 'bool')
    .registerVariable('budget', { schema: { usdSpent: 'double', calls: 'int' } })
    .registerVariable('time', { schema: { hour: 'int', minute: 'int', weekday: 'int' } })
    .registerFunction('glob(string, string): bool', glob)
    .registerFunction('domainOf(string): string', domainOf);
  // Arguments are JSON, whose numbers are all doubles, while a plain 1 in a condition is an int.
  for (const [sign, count] of Object.entries(arithmetic)) {
    environment.registerOperator(`double ${sign} int`, count);
    environment.registerOperator(`int ${sign} double`, count);
  }
  return environment;
}

function refused(problem: string, fix: string): CompiledCondition {
  return { kind: 'refused', problem, fix };
}

function failed(problem: string): ConditionAnswer {
  return { kind: 'error', problem };
}

/** The first line of what went wrong, short: the library's full message quotes the whole condition. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed';
  const text = 'summary' in error && typeof error.summary === 'string' ? error.summary : error.message;
  return text.split('\n', 1)[0]?.slice(0, 160) ?? '';
}

function fixFor(problem: string): string {
  if (problem.startsWith('Unknown variable'))
    return `use one of ${conditionVariables.join(', ')}; text goes in quotes`;
  if (problem.startsWith('No such key')) {
    return 'actor has id and roles, budget has usdSpent and calls, time has hour, minute and weekday (1 is Monday)';
  }
  return 'compare values of one kind, for example args.amount > 500 or channel == "finance"';
}
