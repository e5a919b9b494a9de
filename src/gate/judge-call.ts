/**
 * Judging one proposed call: what policy says about exactly these arguments, frozen. Pure.
 */
import { canonicalJson } from '../core/canonical-json.ts';
import type { CallId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { EventDraft } from '../ledger/fold.ts';
import type { Person } from '../people/person.ts';
import { runEvent } from '../runs/run-events.ts';
import type { RunState } from '../runs/run-state.ts';
import type { ReviewStanding, Tool } from '../tools/tool.ts';
import type { Policy, PolicyAnswer, PolicyQuestion, Requirement } from './policy.ts';
import { renderTitle } from './title-template.ts';

/** A call that a model or a workflow wants; nothing about it is trusted. */
export interface ProposedCall {
  readonly id: CallId;
  readonly step: string;
  /** The model's id of it within its answer, and that answer's turn. */
  readonly modelCall?: string;
  readonly turn?: number;
  /** `server/tool`. */
  readonly tool: string;
  readonly args: JsonObject;
  /** What the proposer says about it; shown as its claim. */
  readonly claim?: string;
}

export interface Judgement {
  readonly proposal: ProposedCall;
  readonly tool: Tool;
  readonly answer: PolicyAnswer;
  readonly event: EventDraft;
}

export function questionFor(
  state: RunState,
  requester: Person | undefined,
  tool: string,
  args: JsonObject,
  context: ReviewStanding & { readonly now: Date },
): PolicyQuestion {
  return {
    tool,
    args,
    actor: { id: state.requester, roles: requester?.roles ?? [] },
    channel: state.channel.slice(state.channel.indexOf(':') + 1),
    workflow: state.workflow,
    isTainted: state.taintedBy !== undefined,
    isServerReviewed: context.isServerReviewed,
    isNewTool: context.isNewTool,
    budget: { usdSpent: state.usdSpent, calls: state.calls.size },
    at: context.now,
  };
}

/** `askAnyhow` are the people who decide even where policy would let the call run. */
export function judgeCall(
  state: RunState,
  requester: Person | undefined,
  proposal: ProposedCall,
  tool: Tool,
  context: ReviewStanding & { readonly policy: Policy; readonly now: Date },
  askAnyhow?: readonly Requirement[],
): Judgement {
  const { policy } = context;
  const resolved = policy.resolve(questionFor(state, requester, tool.name, proposal.args, context));
  const answer =
    askAnyhow !== undefined && resolved.verdict === 'allow'
      ? { ...resolved, verdict: 'ask' as const, requirements: askAnyhow }
      : resolved;
  const event = runEvent(
    'call.judged',
    {
      call: proposal.id,
      step: proposal.step,
      ...(proposal.modelCall !== undefined && { modelCall: proposal.modelCall }),
      ...(proposal.turn !== undefined && { turn: proposal.turn }),
      tool: tool.name,
      server: tool.server,
      effect: answer.effect,
      verdict: answer.verdict,
      requirements: answer.requirements,
      rules: answer.matched.map((rule) => rule.id),
      ...(answer.deniedBy !== undefined && { deniedBy: answer.deniedBy }),
      definitionHash: tool.definitionHash,
      serverIdentity: tool.serverIdentity,
      ...(answer.key !== undefined && { keyArgument: answer.key }),
      expiresInMs: answer.expiresInMs,
      isTrusted: policy.trustOf(tool) === 'trusted',
      policy: policy.digest,
    },
    { args: canonicalJson(proposal.args), title: renderTitle(answer.title, tool.name, proposal.args) },
  );
  return { proposal, tool, answer, event };
}
