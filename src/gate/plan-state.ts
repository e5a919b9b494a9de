/** The plans of a run, from its folded state: what was approved, and how much of it is used. Pure. */
import { parseStrictJson } from '../core/canonical-json.ts';
import type { GrantId } from '../core/ids.ts';
import type { ApprovalState, CallState, JudgedCall, RunState } from '../runs/run-state.ts';
import { planGrantId, planIdentity, planOf } from './plan-terms.ts';
import type { PlanLine } from './plan-terms.ts';

export interface UsedLine extends PlanLine {
  /** Calls that hold a use: those that were sent, and those on their way. */
  readonly used: number;
}

/** Whether this decision is about calls to come. */
export function isPlan(call: Pick<JudgedCall, 'serverIdentity'>): boolean {
  return call.serverIdentity === planIdentity;
}

/** What a call asks for beforehand; undefined when it is no plan, or erased. */
export function planIn(call: Pick<JudgedCall, 'serverIdentity' | 'argsJson'>): ReturnType<typeof planOf> {
  return isPlan(call) && call.argsJson !== undefined ? planOf(parseStrictJson(call.argsJson)) : undefined;
}

/** Whether a plan of this run was approved. */
export function hasPlan(state: RunState): boolean {
  for (const { call, taken } of state.calls.values()) if (taken !== undefined && isPlan(call)) return true;
  return false;
}

/** The lines of a plan, with their uses once it is approved; undefined when it is erased or no plan. */
export function usedLines(
  state: RunState,
  { call }: CallState,
  approval: ApprovalState,
): readonly UsedLine[] | undefined {
  return planIn(call)?.lines.map((line, index) => ({
    ...line,
    used: usesOf(state, planGrantId(approval.id, index)),
  }));
}

function usesOf(state: RunState, grant: GrantId): number {
  return [...state.calls.values()].filter(
    (entry) => entry.grant?.id === grant && entry.result?.kind !== 'not-run',
  ).length;
}

/** The approved plan that a grant stands for a line of: its title, and the question that its votes are on. */
export function planBehind(
  state: RunState,
  grant: GrantId,
): { readonly title: string; readonly approval: ApprovalState } | undefined {
  for (const { call, taken } of state.calls.values()) {
    const approval = taken === undefined ? undefined : state.approvals.get(taken);
    if (approval === undefined) continue;
    const lines = planIn(call)?.lines ?? [];
    if (lines.some((_, index) => planGrantId(approval.id, index) === grant))
      return { title: call.title, approval };
  }
  return undefined;
}
