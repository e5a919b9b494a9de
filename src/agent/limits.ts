/**
 * How far a run may go before it asks: the one place that counts what it has used up. Pure.
 *
 * Calls count from the moment a model's turn with them is recorded, so two agents side by side never promise the same
 * room twice; what a child may use counts as used until the child is over.
 */
import { decisionServer } from '../gate/ask-decision.ts';
import type { BudgetLines } from '../gate/budget-lines.ts';
import type { RunState } from '../runs/run-state.ts';
import type { BudgetShare } from '../runs/wait-state.ts';

export interface RunLimits {
  readonly turns: number;
  readonly calls: number;
  readonly tokens: number;
  readonly usd: number;
}

export const defaultLimits: RunLimits = { turns: 30, calls: 100, tokens: 500_000, usd: 5 };

/** The limits of every run, as the policy has them. */
export function runLimits(budgets: BudgetLines | undefined): RunLimits {
  return { ...defaultLimits, ...budgets?.run };
}

/** Names the decision whether this run may go on after its limit; the number is how often it was allowed. */
export function extensionKey(times: number): string {
  return `budget-run-${String(times)}`;
}

/** How often people have allowed this run as much again. */
export function extensionsOf(state: RunState): number {
  const isExtension = `${decisionServer}/budget-run-`;
  return [...state.calls.values()].filter(
    ({ call, taken }) => call.tool.startsWith(isExtension) && taken !== undefined,
  ).length;
}

/** The limits of this run: a child has no more than its share, and people may allow a run as much again. */
export function limitsOf(state: RunState, general: RunLimits): RunLimits {
  const times = 1 + extensionsOf(state);
  const limits = {
    turns: general.turns * times,
    calls: general.calls * times,
    tokens: general.tokens * times,
    usd: general.usd * times,
  };
  const share = state.parent?.share;
  if (share === undefined) return limits;
  return {
    turns: limits.turns,
    calls: Math.min(limits.calls, share.calls),
    tokens: Math.min(limits.tokens, share.tokens),
    usd: Math.min(limits.usd, share.usd),
  };
}

/** What a run has used up, in words, or undefined while there is room. */
export function findLimit(state: RunState, step: string, general: RunLimits): string | undefined {
  const limits = limitsOf(state, general);
  const used = usedBy(state);
  const turns = state.turns.get(step)?.length ?? 0;
  if (turns >= limits.turns) return `${String(limits.turns)} turns`;
  if (used.calls >= limits.calls) return `${String(limits.calls)} tool calls`;
  if (used.tokens >= limits.tokens) return `${limits.tokens.toLocaleString('en')} tokens`;
  if (used.usd >= limits.usd) return `${limits.usd.toFixed(2)} USD`;
  return undefined;
}

/** How many calls the run may still make. */
export function roomForCalls(state: RunState, general: RunLimits): number {
  return limitsOf(state, general).calls - usedBy(state).calls;
}

/** Half of what is left, which is what one child gets. */
export function shareForChild(state: RunState, general: RunLimits): BudgetShare {
  const limits = limitsOf(state, general);
  const used = usedBy(state);
  return {
    calls: Math.max(0, Math.floor((limits.calls - used.calls) / 2)),
    tokens: Math.max(0, Math.floor((limits.tokens - used.tokens) / 2)),
    usd: Math.max(0, (limits.usd - used.usd) / 2),
  };
}

function usedBy(state: RunState): BudgetShare {
  let { tokens, usdSpent: usd } = state;
  let calls = 0;
  // Calls that a model proposed are counted with its turn; those of the workflow itself when they are judged.
  for (const { call } of state.calls.values()) if (call.turn === undefined) calls += 1;
  for (const turns of state.turns.values())
    for (const turn of turns) calls += turn.calls.filter(({ problem }) => problem === undefined).length;
  for (const { child, share, end } of state.waits.values()) {
    if (child === undefined) continue;
    calls += end?.used?.calls ?? share?.calls ?? 0;
    // What a finished child used is in the run's own sums already.
    if (end?.used === undefined) {
      tokens += share?.tokens ?? 0;
      usd += share?.usd ?? 0;
    }
  }
  return { calls, tokens, usd };
}
