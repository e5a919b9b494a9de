/**
 * Plans: one question for a bounded set of calls. Whoever the policy asks about those calls decides about all of them.
 *
 * An approved plan is a grant for each of its lines, for this run alone, with the votes it was approved by. A call
 * within a line runs without a card when those votes would settle it under the policy of its own moment; everything
 * else asks as if there were no plan.
 */
import { sha256OfParts } from '../core/hash.ts';
import { canonicalJson, parseStrictJson } from '../core/canonical-json.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import type { RunState } from '../runs/run-state.ts';
import type { StepControl } from '../runs/step-control.ts';
import type { Tool } from '../tools/tool.ts';
import type { AskDecision, DecisionAnswer } from './ask-decision.ts';
import { decisionCallId } from './ask-decision.ts';
import type { GateOptions } from './gate-options.ts';
import { longestGrantMs } from './grant-terms.ts';
import { questionFor } from './judge-call.ts';
import { planFacts, planGrantId, planOf, readPlan, samplesOf } from './plan-terms.ts';
import type { PlanCall, PlanLine } from './plan-terms.ts';
import type { Requirement } from './policy.ts';
import { whyDenied } from './why-denied.ts';

export interface PlanRequest {
  readonly key: string;
  /** What it is for, in a few words. */
  readonly title: string;
  readonly calls: readonly PlanCall[];
  /** How long it holds once it is approved. */
  readonly lastsMs: number;
  /** Then nobody may decide it any more. */
  readonly expiresInMs?: number;
  /** What an agent says about it. */
  readonly claim?: string;
}

export type PlanAnswer =
  | DecisionAnswer
  /** Nobody was asked: such calls are asked about one by one. `text` says why. */
  | { readonly kind: 'refused'; readonly text: string };

export type ApprovePlan = (run: OpenRun, control: StepControl, request: PlanRequest) => Promise<PlanAnswer>;

type Found = { readonly kind: 'found'; readonly tools: readonly Tool[] };
type Refused = Extract<PlanAnswer, { readonly kind: 'refused' }>;

export function createPlans(
  options: Pick<GateOptions, 'registry' | 'grants' | 'policy' | 'people' | 'clock'>,
  askDecision: AskDecision,
): ApprovePlan {
  const { registry, grants, clock } = options;

  async function findTools(lines: readonly PlanLine[]): Promise<Found | Refused> {
    const tools: Tool[] = [];
    for (const { tool: name } of lines) {
      const found = await registry.find(name, { fresh: true });
      if (found.kind !== 'ready') return refused(`${name} cannot be called now.`);
      tools.push(found.tool);
    }
    return { kind: 'found', tools };
  }

  /** Everybody whom the policy would ask about any call within the lines. */
  function requirementsOf(
    state: RunState,
    lines: readonly PlanLine[],
    tools: readonly Tool[],
  ): readonly Requirement[] | Refused {
    const all = new Map<string, Requirement>();
    for (const [index, line] of lines.entries()) {
      const tool = tools[index]?.name ?? '';
      const context = { ...registry.reviewOf(tool), now: clock.now() };
      const requester = options.people().findPerson(state.requester);
      const answers = samplesOf(line).map((args) =>
        options.policy().resolve(questionFor(state, requester, line.tool, args, context)),
      );
      if (answers.every(({ verdict }) => verdict === 'deny'))
        return refused(
          `Policy does not allow ${line.tool}${answers[0] === undefined ? '' : whyDenied(answers[0])}.`,
        );
      for (const requirement of answers.flatMap(({ requirements }) => requirements))
        all.set(canonicalJson(requirement), requirement);
    }
    return [...all.values()];
  }

  /** Makes what the votes allow; the same for whoever comes second. */
  async function open(run: OpenRun, request: PlanRequest): Promise<PlanAnswer | undefined> {
    const state = run.state();
    const entry = state.calls.get(decisionCallId(run.id, request.key));
    const approval = entry?.taken === undefined ? undefined : state.approvals.get(entry.taken);
    const facts = entry?.call.argsJson === undefined ? undefined : parseStrictJson(entry.call.argsJson);
    const plan = planOf(facts);
    if (entry === undefined || approval === undefined || plan === undefined) return undefined;
    const found = await findTools(plan.lines);
    if (found.kind === 'refused') return found;
    if (hashOf(found.tools) !== entry.call.definitionHash)
      return refused('A tool of this plan is not the one that was asked about.');
    const decidedAt = approval.decision?.mark.stamp.at.getTime() ?? approval.mark.stamp.at.getTime();
    await grants.makeForPlan({
      state,
      approval,
      expiresAt: decidedAt + plan.lastsMs,
      lines: plan.lines.map((line, index) => ({
        ...line,
        id: planGrantId(approval.id, index),
        serverIdentity: found.tools[index]?.serverIdentity ?? '',
        definitionHash: found.tools[index]?.definitionHash ?? '',
      })),
    });
    return undefined;
  }

  return async (run, control, request) => {
    const lines = readPlan(request.key, request.calls);
    const wholeMinutes = Math.floor(request.lastsMs / 60_000) * 60_000;
    const lastsMs = Math.min(Math.max(wholeMinutes, 60_000), longestGrantMs);
    const isAsked = run.state().calls.has(decisionCallId(run.id, request.key));
    let asks: { readonly requirements: readonly Requirement[]; readonly definitionHash: string } | undefined;
    if (!isAsked) {
      const taint = run.state().taintedBy;
      if (taint !== undefined)
        return refused(
          `The agent has read content that nobody vouches for (${taint}), so each call is asked about.`,
        );
      const found = await control.work(() => findTools(lines));
      if (found.kind === 'refused') return found;
      const requirements = requirementsOf(run.state(), lines, found.tools);
      if ('kind' in requirements) return requirements;
      asks = { requirements, definitionHash: hashOf(found.tools) };
    }
    const answer = await askDecision(run, control, {
      key: request.key,
      title: request.title,
      facts: planFacts(lines, lastsMs),
      ...(request.expiresInMs !== undefined && { expiresInMs: request.expiresInMs }),
      ...(request.claim !== undefined && { claim: request.claim }),
      plan: asks ?? { requirements: [], definitionHash: '' },
    });
    if (answer.kind !== 'approved') return answer;
    return (await control.work(() => open(run, request))) ?? answer;
  };
}

function hashOf(tools: readonly Tool[]): string {
  return sha256OfParts(
    tools.flatMap(({ name, serverIdentity, definitionHash }) => [name, serverIdentity, definitionHash]),
  );
}

function refused(text: string): Refused {
  return { kind: 'refused', text };
}
