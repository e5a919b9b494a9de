/**
 * What a grant allows: per argument exactly one value, or as much freedom as the policy gives this argument. Pure.
 *
 * Constraints are typed and few, so that nobody has to guess what they let through: no patterns, no prefixes. An
 * argument that the policy does not name stays exactly as it was approved.
 */
import { canonicalJson } from '../core/canonical-json.ts';
import type { Json, JsonObject } from '../core/json.ts';

/** By argument: the largest number that a grant may allow, or `any` for a text that may differ. */
export type Variations = Readonly<Record<string, number | 'any'>>;

export type Constraint =
  | { readonly kind: 'equal'; readonly value: Json }
  | { readonly kind: 'oneOf'; readonly values: readonly Json[] }
  /** A number from 0 to this one. */
  | { readonly kind: 'atMost'; readonly value: number }
  /** Any text. */
  | { readonly kind: 'any' };

export type Constraints = Readonly<Record<string, Constraint>>;

/** What an approver wants beyond the call at hand. */
export interface GrantWish {
  readonly uses: number;
  readonly lastsMs: number;
  readonly vary: Readonly<
    Record<string, { readonly atMost: number } | { readonly oneOf: readonly Json[] } | 'any'>
  >;
}

export type Terms =
  | {
      readonly kind: 'terms';
      readonly constraints: Constraints;
      readonly uses: number;
      readonly lastsMs: number;
    }
  | { readonly kind: 'refused'; readonly why: string };

export const mostUses = 20;
export const defaultUses = 5;
export const longestGrantMs = 7 * 86_400_000;
export const defaultGrantMs = 8 * 3_600_000;

/** Turns a wish into constraints on every argument of the approved call, or says which part cannot be. */
export function settleTerms(args: JsonObject, variations: Variations, wish: GrantWish): Terms {
  const { uses, lastsMs } = wish;
  if (!Number.isInteger(uses) || uses < 1 || uses > mostUses)
    return refused(`A grant is for 1 to ${String(mostUses)} uses.`);
  if (!(lastsMs >= 60_000 && lastsMs <= longestGrantMs))
    return refused('A grant lasts from 1 minute to 7 days.');
  const constraints: Record<string, Constraint> = {};
  for (const [name, value] of Object.entries(args)) constraints[name] = { kind: 'equal', value };
  for (const [name, wanted] of Object.entries(wish.vary)) {
    if (!Object.hasOwn(args, name)) return refused(`The call has no argument ${name}.`);
    const free = Object.hasOwn(variations, name) ? variations[name] : undefined;
    const constraint = constraintFor(name, args[name], wanted, free);
    if (typeof constraint === 'string') return refused(constraint);
    constraints[name] = constraint;
  }
  return { kind: 'terms', constraints, uses, lastsMs };
}

function constraintFor(
  name: string,
  value: Json | undefined,
  wanted: GrantWish['vary'][string],
  free: number | 'any' | undefined,
): Constraint | string {
  if (free === undefined) return `The policy does not let ${name} differ.`;
  if (wanted === 'any') {
    if (free !== 'any') return `${name} may be up to ${String(free)}, not anything.`;
    return typeof value === 'string' ? { kind: 'any' } : `${name} is no text, so it stays as it is.`;
  }
  if ('oneOf' in wanted) {
    const isAllowed = wanted.oneOf.every((entry) => isWithin(entry, free));
    if (wanted.oneOf.length === 0 || !isAllowed)
      return `The policy does not allow all of these values for ${name}.`;
    return { kind: 'oneOf', values: wanted.oneOf };
  }
  if (typeof free !== 'number' || typeof value !== 'number') return `${name} has no upper limit to set.`;
  if (!(wanted.atMost >= 0 && wanted.atMost <= free))
    return `A grant allows ${name} up to ${String(free)} at most.`;
  return { kind: 'atMost', value: wanted.atMost };
}

function isWithin(value: Json, free: number | 'any'): boolean {
  if (free === 'any') return typeof value === 'string';
  return typeof value === 'number' && value >= 0 && value <= free;
}

/** Whether a call's arguments are covered: the same names, each within its constraint. */
export function coversArguments(constraints: Constraints, args: JsonObject): boolean {
  const names = Object.keys(constraints);
  return (
    names.length === Object.keys(args).length &&
    names.every((name) => {
      const constraint = constraints[name];
      return constraint !== undefined && Object.hasOwn(args, name) && covers(constraint, args[name]);
    })
  );
}

function covers(constraint: Constraint, value: Json | undefined): boolean {
  if (value === undefined) return false;
  switch (constraint.kind) {
    case 'equal':
      return canonicalJson(value) === canonicalJson(constraint.value);
    case 'oneOf':
      return constraint.values.some((entry) => canonicalJson(entry) === canonicalJson(value));
    case 'atMost':
      return typeof value === 'number' && value >= 0 && value <= constraint.value;
    case 'any':
      return typeof value === 'string';
    default:
      return constraint satisfies never;
  }
}

/** Whether the policy of today would still let these constraints be granted. */
export function staysWithin(constraints: Constraints, variations: Variations): boolean {
  return Object.entries(constraints).every(([name, constraint]) => {
    if (constraint.kind === 'equal') return true;
    const free = Object.hasOwn(variations, name) ? variations[name] : undefined;
    if (free === undefined) return false;
    switch (constraint.kind) {
      case 'oneOf':
        return constraint.values.every((value) => isWithin(value, free));
      case 'atMost':
        return typeof free === 'number' && constraint.value <= free;
      case 'any':
        return free === 'any';
      default:
        return constraint satisfies never;
    }
  });
}

/** «invoice "1042", amount up to 50»: for cards and lists. */
export function termsText(constraints: Constraints): string {
  const parts = Object.entries(constraints).map(([name, constraint]) => {
    switch (constraint.kind) {
      case 'equal':
        return `${name} ${canonicalJson(constraint.value)}`;
      case 'oneOf':
        return `${name} one of ${constraint.values.map((value) => canonicalJson(value)).join(' ')}`;
      case 'atMost':
        return `${name} up to ${String(constraint.value)}`;
      case 'any':
        return `any ${name}`;
      default:
        return constraint satisfies never;
    }
  });
  return parts.length === 0 ? 'no arguments' : parts.join(', ');
}

function refused(why: string): Terms {
  return { kind: 'refused', why };
}
