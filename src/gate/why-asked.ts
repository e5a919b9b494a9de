/**
 * Why a call asks that no rule was written for: its server was not reviewed, or no line is about it; and what an operator
 * does about it. Pure.
 */
import type { JudgedCall } from '../runs/run-state.ts';
import { ownServers } from '../tools/join-tools.ts';
import { decisionServer } from './ask-decision.ts';

/** A sentence for its card; undefined where a rule of the policy asks. */
export function whyAsked({ tool, server, rules }: JudgedCall): string | undefined {
  // A plan, or a decision that a workflow asks for, is no tool: no line could be about it.
  if (server === decisionServer) return undefined;
  if (rules.includes('server-not-reviewed'))
    return `${server} is connected but not reviewed: every call asks until an operator runs countersign tools review ${server}.`;
  if (rules.includes('tool-new'))
    return `${tool} came after ${server} was reviewed: every call asks until an operator runs countersign tools review ${server}.`;
  if (!rules.includes('not-named')) return undefined;
  const hint = ownServers.has(server) ? ' countersign policy check shows it.' : '';
  return `No line of the policy is about ${tool}, so every call asks until an operator adds one.${hint}`;
}
