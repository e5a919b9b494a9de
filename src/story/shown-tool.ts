/** What was asked about, in a line that names the tool: a plan is none, and its own name is for programs. */
import { isPlan } from '../gate/plan-state.ts';
import type { JudgedCall } from '../runs/run-state.ts';

export function shownTool(call: JudgedCall): string {
  return isPlan(call) ? 'the plan' : call.tool;
}
