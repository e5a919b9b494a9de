/**
 * A plan: calls that people approve at once, each line a tool, how often, and what its arguments may be. Pure.
 *
 * Constraints are those of grants, so nothing is let through that its words on the card do not say: an argument that
 * a line does not name must not be given at all.
 */
import { AppError } from '../core/errors.ts';
import { sha256OfParts } from '../core/hash.ts';
import { asGrantId } from '../core/ids.ts';
import type { ApprovalId, GrantId } from '../core/ids.ts';
import { isJsonObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { termsText } from './grant-terms.ts';
import type { Constraint, Constraints } from './grant-terms.ts';
import { isToolName } from './policy-fields.ts';

/** A plain value stands for itself; `is` does so for lists and objects. */
export type PlanArgument =
  | string
  | number
  | boolean
  | null
  | { readonly is: Json }
  | { readonly oneOf: readonly Json[] }
  /** A number from 0 to this one. */
  | { readonly atMost: number }
  /** Any text. */
  | { readonly any: true };

export interface PlanCall {
  readonly tool: string;
  /** How often it may be called. */
  readonly times: number;
  readonly arguments: Readonly<Record<string, PlanArgument>>;
  /** What all its calls together may come to in one argument, which must be a number. */
  readonly money?: { readonly argument: string; readonly most: number };
}

export interface PlanLine {
  readonly tool: string;
  readonly times: number;
  readonly constraints: Constraints;
  readonly money?: { readonly argument: string; readonly most: number };
}

/** What stands in place of a server's identity where a decision is about a plan. */
export const planIdentity = 'plan';

const mostLines = 20;
const mostTimes = 500;
const mostValues = 500;

/** Checks the lines of a plan; says which one cannot be. */
export function readPlan(key: string, calls: readonly PlanCall[]): readonly PlanLine[] {
  if (calls.length === 0 || calls.length > mostLines)
    throw misfit(key, `it has ${String(calls.length)} lines; write 1 to ${String(mostLines)}`);
  return calls.map((call, index) => {
    const where = `line ${String(index + 1)} (${call.tool})`;
    if (!isToolName(call.tool)) throw misfit(key, `${where} names no tool; write server/tool`);
    if (!Number.isInteger(call.times) || call.times < 1 || call.times > mostTimes)
      throw misfit(key, `${where} needs «times» from 1 to ${String(mostTimes)}`);
    const constraints: Record<string, Constraint> = {};
    for (const [name, argument] of Object.entries(call.arguments)) {
      const constraint = readConstraint(argument);
      if (constraint === undefined)
        throw misfit(
          key,
          `${where}: ${name} must be a value, { is }, { oneOf }, { atMost } or { any: true }`,
        );
      constraints[name] = constraint;
    }
    const { money } = call;
    const bounded = money === undefined ? undefined : constraints[money.argument];
    if (money !== undefined && (bounded === undefined || !(money.most > 0)))
      throw misfit(key, `${where}: «money» names no argument of the line, or nothing above 0`);
    return { tool: call.tool, times: call.times, constraints, ...(money !== undefined && { money }) };
  });
}

function readConstraint(argument: unknown): Constraint | undefined {
  if (argument === null || ['string', 'number', 'boolean'].includes(typeof argument))
    // A plain value, as the line above has it.
    return { kind: 'equal', value: argument as Json };
  if (typeof argument !== 'object' || Object.keys(argument).length !== 1) return undefined;
  // An object that is not null, with one key.
  const { is, oneOf, atMost, any } = argument as Readonly<Record<string, Json | undefined>>;
  if (is !== undefined) return { kind: 'equal', value: is };
  if (Array.isArray(oneOf) && oneOf.length > 0 && oneOf.length <= mostValues)
    return { kind: 'oneOf', values: oneOf };
  if (typeof atMost === 'number' && Number.isFinite(atMost) && atMost >= 0)
    return { kind: 'atMost', value: atMost };
  return any === true ? { kind: 'any' } : undefined;
}

/** What people approve: the very lines that bind, as the call's frozen arguments. */
export function planFacts(lines: readonly PlanLine[], lastsMs: number): JsonObject {
  // Constraints hold JSON values alone, and undefined fields are left out when it is written.
  return JSON.parse(JSON.stringify({ plan: lines, lastsMs })) as JsonObject;
}

/** The plan that frozen arguments hold; undefined once they are erased. */
export function planOf(facts: Json | undefined): { lines: readonly PlanLine[]; lastsMs: number } | undefined {
  if (facts === undefined || !isJsonObject(facts)) return undefined;
  const { plan, lastsMs } = facts;
  if (!Array.isArray(plan) || typeof lastsMs !== 'number') return undefined;
  // Written by `planFacts` alone, and covered by the call's commitment.
  return { lines: plan as unknown as readonly PlanLine[], lastsMs };
}

/** The grant that stands for a line of an approved plan: the same in every process. */
export function planGrantId(approval: ApprovalId, index: number): GrantId {
  return asGrantId(`grant_${sha256OfParts([planIdentity, approval, String(index)]).slice(0, 26)}`);
}

/** «mail/send up to 12 times: any body, to one of "a" "b"; amount at most 300 in all». */
export function lineText({ tool, times, constraints, money }: PlanLine): string {
  const often = times === 1 ? 'once' : `up to ${String(times)} times`;
  const all = money === undefined ? '' : `; ${money.argument} at most ${String(money.most)} in all`;
  return `${tool} ${often}: ${termsText(constraints)}${all}`;
}

/** «8 hours», exactly: a plan lasts whole minutes. */
export function lastsText(lastsMs: number): string {
  const minutes = lastsMs / 60_000;
  const [count, unit] = minutes % 60 === 0 ? [minutes / 60, 'hour'] : [minutes, 'minute'];
  return `${String(count)} ${unit}${count === 1 ? '' : 's'}`;
}

/** Arguments within a line that its rules may judge differently: each value and both ends of each number. */
export function samplesOf({ constraints }: PlanLine): readonly JsonObject[] {
  const base: Record<string, Json> = {};
  for (const [name, constraint] of Object.entries(constraints)) base[name] = candidates(constraint)[0] ?? '';
  const samples = [base];
  for (const [name, constraint] of Object.entries(constraints))
    for (const value of candidates(constraint).slice(1)) samples.push({ ...base, [name]: value });
  return samples;
}

function candidates(constraint: Constraint): readonly Json[] {
  switch (constraint.kind) {
    case 'equal':
      return [constraint.value];
    case 'oneOf':
      return constraint.values;
    case 'atMost':
      return [constraint.value, 0];
    case 'any':
      return ['any text'];
    default:
      return constraint satisfies never;
  }
}

/** Sums are kept in whole millionths, so that they are exact. */
export function inMillionths(value: number): number {
  return Math.round(value * 1_000_000);
}

/** What a call counts for in its line's sum, in whole millionths; undefined when it is not a number from 0. */
export function moneyOf(money: PlanLine['money'], args: JsonObject): number | undefined {
  if (money === undefined) return 0;
  const value = args[money.argument];
  return typeof value === 'number' && value >= 0 ? inMillionths(value) : undefined;
}

function misfit(key: string, why: string): AppError {
  return new AppError('workflow.failed', `The plan "${key}" cannot be asked about: ${why}.`);
}
