/** How far one agent may go before it asks. Pure. */
import type { RunState } from '../runs/run-state.ts';

export interface RunLimits {
  readonly turns: number;
  readonly calls: number;
  readonly tokens: number;
  readonly usd: number;
}

export const defaultLimits: RunLimits = { turns: 30, calls: 100, tokens: 500_000, usd: 5 };

/** What a run has used up, in words, or undefined while there is room. */
export function findLimit(state: RunState, step: string, limits: RunLimits): string | undefined {
  const turns = state.turns.get(step)?.length ?? 0;
  if (turns >= limits.turns) return `${String(limits.turns)} turns`;
  if (state.calls.size >= limits.calls) return `${String(limits.calls)} tool calls`;
  if (state.tokens >= limits.tokens) return `${limits.tokens.toLocaleString('en')} tokens`;
  if (state.usdSpent >= limits.usd) return `${limits.usd.toFixed(2)} USD`;
  return undefined;
}
