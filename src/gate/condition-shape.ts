/**
 * What a condition is made of, and how much work it can be at most: known before anything runs.
 *
 * Work is reckoned as nodes times the size of the arguments, times the entries of the longest list where the body
 * of a comprehension reads all arguments again for each entry.
 */
import type { ASTNode } from '@marcbachmann/cel-js';
import type { Json, JsonObject } from '../core/json.ts';
import { isJsonObject } from '../core/json.ts';

export interface ArgsSize {
  /** Characters and values in all arguments together. */
  readonly total: number;
  /** Entries of the longest list or map. */
  readonly longest: number;
}

export const longestCollection = 1000;
const largestWork = 50_000_000;
const longestPattern = 200;
/** Most entries of a list written out in a condition. */
export const longestLiteral = 100;

export const conditionVariables = [
  'args',
  'actor',
  'channel',
  'workflow',
  'tainted',
  'budget',
  'time',
] as const;

const comprehensions: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);
const functions: ReadonlySet<string> = new Set([
  ...comprehensions,
  'has',
  'size',
  'bool',
  'int',
  'double',
  'string',
  'type',
  'dyn',
  'duration',
  'timestamp',
  'startsWith',
  'endsWith',
  'contains',
  'lowerAscii',
  'upperAscii',
  'trim',
  'glob',
  'domainOf',
  'getFullYear',
  'getMonth',
  'getDate',
  'getDayOfWeek',
  'getHours',
  'getMinutes',
  'getSeconds',
]);

export interface ConditionShape {
  readonly reads: ReadonlySet<string>;
  /** Nodes that run once. */
  readonly outside: number;
  /** Nodes in bodies of comprehensions that touch one entry only: together they pass over the arguments once. */
  readonly perEntry: number;
  /** Nodes in bodies that read `args` again for each entry. */
  readonly perEntryOfAll: number;
  /** Additions, each of which can make a text longer. */
  readonly additions: number;
}

/** False when the condition could take too long on arguments of this size. */
export function isWithinWork(shape: ConditionShape, size: ArgsSize): boolean {
  const once = shape.outside + shape.perEntry;
  const each = shape.perEntryOfAll * Math.max(size.longest, longestLiteral);
  return (once + each) * (size.total + 1) * (1 + shape.additions) <= largestWork;
}

export interface Refusal {
  readonly problem: string;
  readonly fix: string;
}

/** Walks the syntax tree: refuses what is not allowed and counts what is needed to bound the work. */
export function inspectCondition(root: ASTNode): ConditionShape | Refusal {
  const reads = new Set<string>();
  const counts = { outside: 0, perEntry: 0, perEntryOfAll: 0, additions: 0 };
  let refusal: Refusal | undefined;

  const visit = (node: ASTNode, body: 'perEntry' | 'perEntryOfAll' | undefined): void => {
    counts[body ?? 'outside'] += 1;
    if (node.op === '+') counts.additions += 1;
    if (node.op === 'id' && isVariable(node.args)) reads.add(node.args);
    const call = callOf(node);
    if (call !== undefined) refusal ??= findForbidden(call, body !== undefined);
    if (call?.receiver !== undefined && comprehensions.has(call.name)) {
      visit(call.receiver, body);
      const isOnePass = isPath(call.receiver) && !call.args.some(readsArgs);
      const inside = isOnePass ? 'perEntry' : 'perEntryOfAll';
      for (const arg of call.args) visit(arg, inside);
      return;
    }
    for (const child of childrenOf(node)) visit(child, body);
  };
  visit(root, undefined);
  return refusal ?? { reads, ...counts };
}

interface Call {
  readonly name: string;
  readonly receiver?: ASTNode;
  readonly args: readonly ASTNode[];
}

function callOf(node: ASTNode): Call | undefined {
  if (node.op === 'call') return { name: node.args[0], args: node.args[1] };
  return node.op === 'rcall' ? { name: node.args[0], receiver: node.args[1], args: node.args[2] } : undefined;
}

function findForbidden(call: Call, isInComprehension: boolean): Refusal | undefined {
  if (call.name === 'matches') {
    return {
      problem: 'uses matches(), and regular expressions can take for ever',
      fix: 'use glob(text, "pattern*"), startsWith, endsWith or contains',
    };
  }
  if (!functions.has(call.name)) {
    return {
      problem: `uses ${call.name}(), which is not available`,
      fix: `use one of ${[...functions].toSorted().join(', ')}`,
    };
  }
  if (isInComprehension && call.receiver !== undefined && comprehensions.has(call.name)) {
    return {
      problem: `has ${call.name}() inside another all, exists, filter or map`,
      fix: 'split it into two rules',
    };
  }
  if (call.name === 'glob') {
    const pattern = call.args[1];
    if (pattern?.op !== 'value' || typeof pattern.args !== 'string' || pattern.args.length > longestPattern) {
      return {
        problem: 'glob() needs its pattern written out',
        fix: `write text of at most ${String(longestPattern)} characters in quotes as the second argument`,
      };
    }
  }
  return undefined;
}

function isVariable(name: string): boolean {
  return conditionVariables.some((variable) => variable === name);
}

function readsArgs(node: ASTNode): boolean {
  return (node.op === 'id' && node.args === 'args') || childrenOf(node).some(readsArgs);
}

/** True for a plain `args.a.b[0]`: only of such a list do the entries together come to no more than the arguments. */
function isPath(node: ASTNode): boolean {
  if (node.op === 'id') return true;
  return (node.op === '.' || node.op === '[]') && isPath(node.args[0]);
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value && 'range' in value;
}

/** All nodes directly below; arguments are nodes, names and (for maps and calls) nested lists of them. */
function childrenOf(node: ASTNode): readonly ASTNode[] {
  const found: ASTNode[] = [];
  const gather = (value: unknown): void => {
    if (isNode(value)) found.push(value);
    else if (Array.isArray(value)) value.forEach(gather);
  };
  gather(node.args);
  return found;
}

export function measureArgs(args: JsonObject): ArgsSize {
  let total = 0;
  let longest = 0;
  const open: Json[] = [args];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    total += typeof value === 'string' ? value.length + 1 : 1;
    if (isJsonObject(value)) {
      const keys = Object.keys(value);
      longest = Math.max(longest, keys.length);
      for (const key of keys) {
        total += key.length;
        const entry = value[key];
        if (entry !== undefined) open.push(entry);
      }
    } else if (Array.isArray(value)) {
      longest = Math.max(longest, value.length);
      // A list of JSON holds only JSON.
      for (const entry of value as readonly Json[]) open.push(entry);
    }
  }
  return { total, longest };
}
