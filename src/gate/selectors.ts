/**
 * The plain comparisons of a condition, answered without the expression language.
 *
 * Who, where and in which workflow is always there and of one type, so its comparisons cannot fail. Of the arguments only
 * what is there and of the very type that is compared is answered; everything else, and every node that is not
 * listed here, is undefined. `&&` and `||` of the language absorb what the other side would do, errors too: so a side
 * that settles the condition settles it whatever the rest would say. What is not settled, the whole condition decides.
 */
import type { ASTNode } from '@marcbachmann/cel-js';
import type { Json, JsonObject } from '../core/json.ts';
import { isJsonObject } from '../core/json.ts';

/** What selectors look at. All but what stands in `args` is always there, always of these types. */
export interface SelectorFacts {
  readonly channel: string;
  readonly workflow: string;
  readonly actor: { readonly id: string; readonly roles: readonly string[] };
  readonly tainted: boolean;
  readonly args: JsonObject;
}

/** `entry` is what stands for the bound name within `exists`. */
export type Selector = (facts: SelectorFacts, entry?: Json) => boolean | undefined;

/** Reads a value of the arguments; undefined when it is not there. */
type Reader = (facts: SelectorFacts, entry?: Json) => Json | undefined;

/** Undefined where nothing in the condition could settle it. `bound` is the name that `exists` gives to an entry. */
export function createSelector(node: ASTNode, bound?: string): Selector | undefined {
  if (node.op === '&&' || node.op === '||') {
    const [left, right] = node.args;
    return joined(node.op === '||', createSelector(left, bound), createSelector(right, bound));
  }
  if (node.op === '!_') {
    const inner = createSelector(node.args, bound);
    return inner && negated(inner);
  }
  if (node.op === '==' || node.op === '!=') {
    const [left, right] = node.args;
    const equal = compared(left, right, bound) ?? compared(right, left, bound);
    return equal && node.op === '!=' ? negated(equal) : equal;
  }
  if (node.op === '<' || node.op === '<=' || node.op === '>' || node.op === '>=') {
    const [left, right] = node.args;
    return ordered(left, node.op, right, bound) ?? ordered(right, mirrored[node.op], left, bound);
  }
  if (node.op === 'in') return held(node.args[0], node.args[1], bound);
  if (node.op === 'call') return node.args[0] === 'has' ? present(node.args[1], bound) : undefined;
  if (node.op === 'rcall') return called(node.args[0], node.args[1], node.args[2], bound);
  return isVariable(node, 'tainted') && bound !== 'tainted' ? (facts) => facts.tainted : undefined;
}

/** `settling` on either side is the answer; its opposite needs both sides. */
function joined(settling: boolean, left?: Selector, right?: Selector): Selector | undefined {
  if (left === undefined && right === undefined) return undefined;
  return (facts, entry) => {
    const first = left?.(facts, entry);
    if (first === settling) return settling;
    const second = right?.(facts, entry);
    if (second === settling) return settling;
    return first === undefined || second === undefined ? undefined : !settling;
  };
}

function negated(selector: Selector): Selector {
  return (facts, entry) => {
    const answer = selector(facts, entry);
    return answer === undefined ? undefined : !answer;
  };
}

/** `channel == "finance"`, `args.currency == "USD"`. */
function compared(variable: ASTNode, value: ASTNode, bound: string | undefined): Selector | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  return ofText(variable, bound, (found) => found === text);
}

type Order = '<' | '<=' | '>' | '>=';
const mirrored = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const satisfies Record<Order, Order>;
const orders: Readonly<Record<Order, (left: number, right: number | bigint) => boolean>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

/** `args.amount > 500`. */
function ordered(variable: ASTNode, order: Order, value: ASTNode, bound?: string): Selector | undefined {
  const limit: unknown = value.op === 'value' ? value.args : undefined;
  const read = readerOf(variable, bound);
  if (read === undefined || (typeof limit !== 'number' && typeof limit !== 'bigint')) return undefined;
  const holds = orders[order];
  return (facts, entry) => {
    const found = read(facts, entry);
    return typeof found === 'number' ? holds(found, limit) : undefined;
  };
}

/** `"finance" in actor.roles`, `channel in ["finance", "ops"]`, `args.currency in ["USD", "EUR"]`. */
function held(value: ASTNode, list: ASTNode, bound: string | undefined): Selector | undefined {
  const text = textOf(value);
  if (text !== undefined)
    return isField(list, 'roles') && bound !== 'actor'
      ? ({ actor }) => actor.roles.includes(text)
      : undefined;
  if (list.op !== 'list') return undefined;
  const texts = list.args.map(textOf);
  // One entry that is no text: the language decides.
  if (texts.includes(undefined)) return undefined;
  return ofText(value, bound, (found) => texts.includes(found));
}

/** `has(args.note)`: only that it is there is answered, for what is missing may be missing on the way. */
function present([path]: readonly ASTNode[], bound: string | undefined): Selector | undefined {
  const read = path?.op === '.' ? readerOf(path, bound) : undefined;
  return (
    read &&
    ((facts, entry) => {
      const found = read(facts, entry);
      return found === undefined || found === null ? undefined : true;
    })
  );
}

const textual: ReadonlyMap<string, (text: string, part: string) => boolean> = new Map([
  ['contains', (text, part) => text.includes(part)],
  ['startsWith', (text, part) => text.startsWith(part)],
  ['endsWith', (text, part) => text.endsWith(part)],
]);

/** `args.note.contains("urgent")`, `args.lines.exists(line, line.sku == "sku-1")`. */
function called(
  name: string,
  receiver: ASTNode,
  given: readonly ASTNode[],
  bound: string | undefined,
): Selector | undefined {
  const read = readerOf(receiver, bound);
  const [first, second] = given;
  if (read === undefined || first === undefined) return undefined;
  const holds = textual.get(name);
  const part = textOf(first);
  if (holds !== undefined && part !== undefined && second === undefined)
    return whereText(read, (text) => holds(text, part));
  if (name !== 'exists' || first.op !== 'id' || second === undefined || given.length !== 2) return undefined;
  const body = createSelector(second, first.args);
  return body && ((facts, entry) => someOf(read(facts, entry), facts, body));
}

/** Only a list of which every entry is settled is settled. */
function someOf(list: Json | undefined, facts: SelectorFacts, body: Selector): boolean | undefined {
  if (!Array.isArray(list)) return undefined;
  let isFound = false;
  // A list of JSON holds only JSON.
  for (const entry of list as readonly Json[]) {
    const answer = body(facts, entry);
    if (answer === undefined) return undefined;
    isFound ||= answer;
  }
  return isFound;
}

/** `args.a.b`, or `line.sku` where `line` is the bound name. */
function readerOf(node: ASTNode, bound: string | undefined): Reader | undefined {
  if (node.op === 'id') {
    if (node.args === bound) return (_facts, entry) => entry;
    return node.args === 'args' ? ({ args }) => args : undefined;
  }
  if (node.op !== '.') return undefined;
  const [object, name] = node.args;
  const read = readerOf(object, bound);
  return (
    read &&
    ((facts, entry) => {
      const found = read(facts, entry);
      return isJsonObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
    })
  );
}

/** Asks a text: one that is always there, or one of the arguments. */
function ofText(
  node: ASTNode,
  bound: string | undefined,
  holds: (text: string) => boolean,
): Selector | undefined {
  const fact = factOf(node, bound);
  if (fact !== undefined) return (facts) => holds(fact(facts));
  const read = readerOf(node, bound);
  return read && whereText(read, holds);
}

function whereText(read: Reader, holds: (text: string) => boolean): Selector {
  return (facts, entry) => {
    const found = read(facts, entry);
    return typeof found === 'string' ? holds(found) : undefined;
  };
}

/** `channel`, `workflow`, `actor.id`, unless the bound name hides it. */
function factOf(node: ASTNode, bound: string | undefined): ((facts: SelectorFacts) => string) | undefined {
  if (isVariable(node, 'channel') && bound !== 'channel') return ({ channel }) => channel;
  if (isVariable(node, 'workflow') && bound !== 'workflow') return ({ workflow }) => workflow;
  return isField(node, 'id') && bound !== 'actor' ? ({ actor }) => actor.id : undefined;
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
