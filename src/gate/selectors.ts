/**
 * The part of a condition that asks only who, where and in which workflow: answered without the expression language.
 *
 * Such comparisons of texts that are always there cannot fail, and `&&` and `||` of the language absorb what the other
 * side would do, errors too: so a side that settles the condition settles it whatever the rest would say. What is
 * not settled here is undefined, and the whole condition runs.
 */
import type { ASTNode } from '@marcbachmann/cel-js';

/** What selectors look at: always there, always of these types. */
export interface SelectorFacts {
  readonly channel: string;
  readonly workflow: string;
  readonly actor: { readonly id: string; readonly roles: readonly string[] };
  readonly tainted: boolean;
}

export type Selector = (facts: SelectorFacts) => boolean | undefined;

/** Undefined where nothing in the condition could settle it. */
export function createSelector(node: ASTNode): Selector | undefined {
  if (node.op === '&&' || node.op === '||') {
    const [left, right] = node.args;
    return joined(node.op === '||', createSelector(left), createSelector(right));
  }
  if (node.op === '!_') {
    const inner = createSelector(node.args);
    return inner && negated(inner);
  }
  if (node.op === '==' || node.op === '!=') {
    const [left, right] = node.args;
    const equal = compared(left, right) ?? compared(right, left);
    return equal && node.op === '!=' ? negated(equal) : equal;
  }
  if (node.op === 'in') return held(node.args[0], node.args[1]);
  return isVariable(node, 'tainted') ? (facts) => facts.tainted : undefined;
}

/** `settling` on either side is the answer; its opposite needs both sides. */
function joined(settling: boolean, left?: Selector, right?: Selector): Selector | undefined {
  if (left === undefined && right === undefined) return undefined;
  return (facts) => {
    const first = left?.(facts);
    if (first === settling) return settling;
    const second = right?.(facts);
    if (second === settling) return settling;
    return first === undefined || second === undefined ? undefined : !settling;
  };
}

function negated(selector: Selector): Selector {
  return (facts) => {
    const answer = selector(facts);
    return answer === undefined ? undefined : !answer;
  };
}

/** `channel == "finance"`. */
function compared(variable: ASTNode, value: ASTNode): Selector | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  if (isVariable(variable, 'channel')) return ({ channel }) => channel === text;
  if (isVariable(variable, 'workflow')) return ({ workflow }) => workflow === text;
  return isField(variable, 'id') ? ({ actor }) => actor.id === text : undefined;
}

/** `"finance" in actor.roles`, `channel in ["finance", "ops"]`. */
function held(value: ASTNode, list: ASTNode): Selector | undefined {
  const text = textOf(value);
  if (text !== undefined)
    return isField(list, 'roles') ? ({ actor }) => actor.roles.includes(text) : undefined;
  if (list.op !== 'list') return undefined;
  const texts = list.args.map(textOf);
  // One entry that is no text: the language decides.
  if (texts.includes(undefined)) return undefined;
  if (isVariable(value, 'channel')) return ({ channel }) => texts.includes(channel);
  if (isVariable(value, 'workflow')) return ({ workflow }) => texts.includes(workflow);
  return isField(value, 'id') ? ({ actor }) => texts.includes(actor.id) : undefined;
}

function textOf(node: ASTNode): string | undefined {
  return node.op === 'value' && typeof node.args === 'string' ? node.args : undefined;
}

function isVariable(node: ASTNode, name: string): boolean {
  return node.op === 'id' && node.args === name;
}

function isField(node: ASTNode, name: 'id' | 'roles'): boolean {
  return node.op === '.' && isVariable(node.args[0], 'actor') && node.args[1] === name;
}
