/**
 * A policy as parsed: plain lines with every inherited value filled in, before anything is asked of it.
 *
 * Names: a tool line's pattern is exact (`billing/refund`) or ends in `*`. The most specific line is a tool's own.
 */
import type { EffectClass } from '../tools/tool.ts';
import type { PriceTable } from '../models/prices.ts';
import type { BudgetLines } from './budget-lines.ts';
import type { Condition } from './conditions.ts';
import type { Variations } from './grant-terms.ts';
import type { PreviewSource, Requirement, ServerTrust, Verdict } from './policy.ts';

export interface PolicyDefault {
  readonly line: number;
  readonly verdict: Exclude<Verdict, 'allow'>;
  readonly requirement: Requirement;
  readonly expiresInMs: number;
  readonly notify: string;
  readonly remindersMs: readonly number[];
}

export interface ToolLine {
  readonly pattern: string;
  readonly line: number;
  readonly effect: EffectClass;
  /** Without one, the line only describes the tool, and rules or the default decide. */
  readonly verdict?: Verdict;
  /** Empty unless the verdict asks; several are stages. */
  readonly requirements: readonly Requirement[];
  readonly expiresInMs: number;
  readonly notify?: string;
  /** Those of the default when absent. */
  readonly remindersMs?: readonly number[];
  readonly title?: string;
  readonly preview?: PreviewSource;
  readonly key?: string;
  readonly probe?: string;
  /** It sends what it is given to the outside, though it changes nothing: a tainted run asks for it too. */
  readonly isOutbound: boolean;
  /** What an approver may grant in advance; each call is asked about when absent. */
  readonly grants?: Variations;
  /** Whether anybody vouches for what it answers; as its server's answers when absent. */
  readonly trust?: ServerTrust;
  /** Roles and persons who may use it; everybody when absent. */
  readonly requesters?: readonly string[];
  readonly channels?: readonly string[];
}

export interface RuleLine {
  readonly id: string;
  readonly line: number;
  readonly pattern: string;
  readonly condition?: Condition;
  readonly verdict: Verdict;
  /** Who decides when this rule asks; for an `allow` rule, when its condition fails. Several are stages. */
  readonly requirements: readonly Requirement[];
  readonly expiresInMs: number;
  readonly notify?: string;
  /** Those of the default when absent. */
  readonly remindersMs?: readonly number[];
}

export interface ServerLine {
  readonly name: string;
  readonly isReviewed: boolean;
  readonly trust: ServerTrust;
}

export interface PolicyData {
  readonly file: string;
  readonly fallback: PolicyDefault;
  readonly tools: readonly ToolLine[];
  readonly rules: readonly RuleLine[];
  readonly servers: readonly ServerLine[];
  readonly budgets?: BudgetLines;
  readonly prices?: PriceTable;
}

/** True when a tool's name fits a pattern that is exact or ends in `*`. */
export function fitsPattern(tool: string, pattern: string): boolean {
  return pattern.endsWith('*') ? tool.startsWith(pattern.slice(0, -1)) : tool === pattern;
}

/** The tool's own line: the exact one, else the one with the longest pattern that fits. */
export function findToolLine(tools: readonly ToolLine[], tool: string): ToolLine | undefined {
  let found: ToolLine | undefined;
  for (const line of tools) {
    if (line.pattern === tool) return line;
    if (fitsPattern(tool, line.pattern) && line.pattern.length > (found?.pattern.length ?? 0)) found = line;
  }
  return found;
}

/** Where a verdict stands in the lattice: a larger number is stricter. */
export const strictness = { allow: 0, ask: 1, ask_two: 2, deny: 3 } as const satisfies Record<
  Verdict,
  number
>;

export function stricter(left: Verdict, right: Verdict): Verdict {
  return strictness[left] >= strictness[right] ? left : right;
}
