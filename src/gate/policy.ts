/**
 * What a policy is and what it answers. Data in, verdict out; nothing here acts.
 *
 * Lattice: `allow < ask < ask_two < deny`. The maximum over all matching rules wins, and every matching rule's
 * approvers and quorum are requirements of their own that must all hold.
 */
import type { EffectClass } from '../tools/tool.ts';
import type { JsonObject } from '../core/json.ts';
import type { PriceTable } from '../models/prices.ts';
import type { BudgetLines } from './budget-lines.ts';
import type { Variations } from './grant-terms.ts';

export const verdicts = ['allow', 'ask', 'ask_two', 'deny'] as const;
export type Verdict = (typeof verdicts)[number];

/** People who must agree: `quorum` different persons out of `approvers` (role names or person ids). */
export interface Requirement {
  /** The id of the rule it comes from; `default` or the tool's own line otherwise. */
  readonly rule: string;
  readonly approvers: readonly string[];
  readonly quorum: number;
  readonly excludeRequester: boolean;
  /** `false` lets those approve whose words the agent had read; absent: they may not. */
  readonly excludeSteerers?: false;
  /** `false` lets him approve who changed the arguments last; absent: he may not. */
  readonly excludeEditor?: false;
  /** One of several in an order: asked once those of the same rule before it are met. Absent: asked at once. */
  readonly stage?: { readonly number: number; readonly of: number };
  /** Whom else it asks after a time, in the order of the times. Absent: nobody. */
  readonly escalate?: readonly { readonly afterMs: number; readonly to: readonly string[] }[];
}

export interface PolicyQuestion {
  /** `server/tool`. */
  readonly tool: string;
  readonly args: JsonObject;
  readonly actor: { readonly id: string; readonly roles: readonly string[] };
  /** The channel's name as its surface has it: `finance`. */
  readonly channel: string;
  readonly workflow: string;
  readonly isTainted: boolean;
  /** False until an operator has accepted the server's tools: then every call asks. */
  readonly isServerReviewed: boolean;
  /**
   * The tool came after its server was reviewed or first seen: every call asks until an operator accepts it or, on a
   * server that the file vouches for, names it in the file. Absent: it is not new.
   */
  readonly isNewTool?: boolean;
  readonly budget: { readonly usdSpent: number; readonly calls: number };
  /** When it is asked. Without it, a condition on `time` fails, and so counts as matched. */
  readonly at?: Date;
}

export interface MatchedRule {
  readonly id: string;
  readonly verdict: Verdict;
  /** Why it counted: `matched`, `no condition`, or the condition's error (which fails closed). */
  readonly because: string;
  /** It keeps to some persons or channels what others may do; `because` says to whom, for people. */
  readonly isNarrowing?: true;
}

/** A dry run, or a read tool that shows what the call would change. */
export interface PreviewSource {
  readonly tool: string;
  /** The argument of the call that holds the new values of a record, by field. */
  readonly sets?: string;
  /** The field of the answer that holds the record; the whole answer when absent. */
  readonly record?: string;
}

export interface PolicyAnswer {
  readonly verdict: Verdict;
  readonly effect: EffectClass;
  readonly requirements: readonly Requirement[];
  readonly matched: readonly MatchedRule[];
  readonly expiresInMs: number;
  /** Template over the arguments: `Refund {amount} {currency}`. */
  readonly title?: string;
  /** Where what a call would change is read before people decide. */
  readonly preview?: PreviewSource;
  /** The argument that takes our idempotency key, for `keyed` tools. */
  readonly key?: string;
  /** The read tool that answers whether a call happened, for `probeable` tools. */
  readonly probe?: string;
  readonly notify: string;
  /** After how long people are reminded of a question that nobody has decided, in rising order. */
  readonly remindersMs: readonly number[];
  /** What an approver may grant in advance, per argument; absent when each call is asked about. */
  readonly grants?: Variations;
  /** The rule that denies, when the verdict is `deny`. */
  readonly deniedBy?: string;
}

/** A line of the policy that can decide, for people and for checks: where it stands and what it says. */
export interface PolicyLine {
  /** The rule's id, or the tool name or pattern for a tool's own line, or `default`. */
  readonly id: string;
  readonly kind: 'default' | 'tool' | 'rule';
  /** Line number in the file. */
  readonly line: number;
  /** `server/tool`, `server/*`, `*`. */
  readonly tool: string;
  readonly verdict?: Verdict;
  /** The condition's text. */
  readonly when?: string;
  /** Several when they are asked in stages; empty when the line does not ask. */
  readonly requirements: readonly Requirement[];
}

export const serverTrusts = ['trusted', 'untrusted'] as const;
export type ServerTrust = (typeof serverTrusts)[number];

export interface Policy {
  /** SHA-256 over the policy's substance: comments and layout do not change it. */
  readonly digest: string;
  /** Where it was read from, for people: `policy.yaml`. */
  readonly file: string;
  /** Servers whose tools an operator has looked through, as the policy says. */
  readonly reviewedServers: ReadonlySet<string>;
  /** Every line that can decide: the default, the tools, the rules, in the order of the file. */
  readonly lines: readonly PolicyLine[];
  /** How much models may use up beyond single runs; absent: no limit but each run's own. */
  readonly budgets?: BudgetLines;
  /** What models cost, over the shipped list. */
  readonly prices: PriceTable;
  resolve(question: PolicyQuestion): PolicyAnswer;
  /** The configured effect class of a tool, `opaque` when the policy does not name it. */
  effectOf(tool: string): EffectClass;
  /** The argument of a keyed tool that takes our key; a model neither sees nor sets it. */
  keyOf(tool: string): string | undefined;
  /**
   * Whether what a tool answers may be read without tainting the run: as its own line says, else as its server's does,
   * else `untrusted`.
   */
  trustOf(tool: { readonly name: string; readonly server: string }): ServerTrust;
}
