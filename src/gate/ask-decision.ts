/**
 * A decision that is no tool call: people are asked as about a call, and the workflow goes on with what they say.
 *
 * It is judged, asked, voted on and bound like a call, so voters, quorum, digest, expiry and freeze hold for it too.
 * Nothing is sent: acting on it is an event of the ledger, after which nobody can take it back.
 */
import { canonicalJson } from '../core/canonical-json.ts';
import { AppError } from '../core/errors.ts';
import { sha256OfParts } from '../core/hash.ts';
import { asCallId, newApprovalId } from '../core/ids.ts';
import type { CallId, RunId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import type { ApprovalState, CallState, RunState } from '../runs/run-state.ts';
import type { StepControl } from '../runs/step-control.ts';
import { approvalDigest } from './approval-digest.ts';
import { bindingOf, checkArguments } from './check-dispatch.ts';
import { isApproved } from './decide-vote.ts';
import { lookAtFreeze } from './freeze-guard.ts';
import type { GateOptions } from './gate-options.ts';
import { planIn } from './plan-state.ts';
import { planIdentity } from './plan-terms.ts';
import type { PolicyAnswer, Requirement } from './policy.ts';
import { readPlanPreview } from './preview.ts';
import { requestApproval } from './request-approval.ts';

export interface DecisionRequest {
  readonly key: string;
  /** What is to be decided, in a few words. */
  readonly title: string;
  /** Everything that whoever decides has to see. */
  readonly facts: JsonObject;
  /** Roles and persons; whoever policy names by default when absent. */
  readonly approvers?: readonly string[];
  /** How many of them; one when absent. */
  readonly quorum?: number;
  /** One after the other in place of `approvers`: nobody decides in two of them. 2 to 5. */
  readonly stages?: readonly { readonly approvers: readonly string[]; readonly quorum?: number }[];
  /** False lets the requester decide too. */
  readonly excludeRequester?: boolean;
  readonly expiresInMs?: number;
  /** What an agent says about it. */
  readonly claim?: string;
  /** It is about calls to come: whom the policy asks about them, and which tools they are. */
  readonly plan?: { readonly requirements: readonly Requirement[]; readonly definitionHash: string };
}

export type DecisionAnswer =
  | { readonly kind: 'approved'; readonly by: readonly string[] }
  /** `text` says who and why. */
  | { readonly kind: 'denied' | 'expired' | 'cancelled'; readonly text: string };

const mostStages = 5;

/** In front of a decision's key, where a call has its server. */
export const decisionServer = 'decision';

/** The call that a decision of a run is recorded as. */
export function decisionCallId(run: RunId, key: string): CallId {
  return asCallId(`call_${sha256OfParts([run, decisionServer, key]).slice(0, 26)}`);
}

export type AskDecision = (
  run: OpenRun,
  control: StepControl,
  request: DecisionRequest,
) => Promise<DecisionAnswer>;

export function createAskDecision(options: GateOptions): AskDecision {
  const { clock } = options;
  const nameOf = (id: string): string => options.people().findPerson(id)?.name ?? id;

  function resolve(state: RunState, { key, facts }: DecisionRequest): PolicyAnswer {
    return options.policy().resolve({
      tool: `${decisionServer}/${key}`,
      args: facts,
      actor: {
        id: state.requester,
        roles: options.people().findPerson(state.requester)?.roles ?? [],
      },
      channel: state.channel.slice(state.channel.indexOf(':') + 1),
      workflow: state.workflow,
      isTainted: state.taintedBy !== undefined,
      isServerReviewed: true,
      budget: { usdSpent: state.usdSpent, calls: state.calls.size },
      at: clock.now(),
    });
  }

  /** What the workflow asks for, and on top of it whatever a rule of the policy says about this decision. */
  function requirementsOf(
    state: RunState,
    request: DecisionRequest,
    answer: PolicyAnswer,
  ): readonly Requirement[] {
    const own = request.stages === undefined ? oneRequirement(state, request) : stagesOf(state, request);
    if (own.length === 0) return answer.requirements;
    return [...own, ...answer.requirements.filter(({ rule }) => rule !== 'default')];
  }

  function judge(run: OpenRun, id: CallId, request: DecisionRequest): void {
    const answer = resolve(run.state(), request);
    const isDenied = answer.verdict === 'deny';
    const events = [
      runEvent(
        'call.judged',
        {
          call: id,
          step: request.key,
          tool: `${decisionServer}/${request.key}`,
          server: decisionServer,
          effect: 'opaque',
          verdict: isDenied ? 'deny' : 'ask',
          requirements: requirementsOf(run.state(), request, answer),
          rules: answer.matched.map((rule) => rule.id),
          ...(answer.deniedBy !== undefined && { deniedBy: answer.deniedBy }),
          definitionHash: request.plan?.definitionHash ?? '',
          serverIdentity: request.plan === undefined ? decisionServer : planIdentity,
          expiresInMs: request.expiresInMs ?? answer.expiresInMs,
          isTrusted: true,
          policy: options.policy().digest,
        },
        { args: canonicalJson(request.facts), title: request.title },
      ),
    ];
    if (isDenied) {
      const content = `Policy does not allow ${request.title}. Nobody was asked.`;
      events.push(runEvent('call.refused', { call: id, why: 'policy' }, { content }));
    }
    run.stream.append({ sort: 'decision', by: 'bot', events });
  }

  async function ask(
    run: OpenRun,
    control: StepControl,
    id: CallId,
    request: DecisionRequest,
  ): Promise<void> {
    const changes = await options.policyChanges.read();
    const asking = run.state().calls.get(id)?.call;
    const plan = asking === undefined ? undefined : planIn(asking);
    const preview = plan === undefined ? undefined : await readPlanPreview(options, run.state(), plan.lines);
    const findFrozen = await lookAtFreeze(options);
    control.signal.throwIfAborted();
    const state = run.state();
    const entry = state.calls.get(id);
    if (entry === undefined || entry.result !== undefined) return;
    const frozen = findFrozen(state, entry);
    const { requirements, expiresInMs } = entry.call;
    const asked = requestApproval(state, entry, {
      approval: newApprovalId(),
      answer: {
        requirements,
        expiresInMs,
        notify: 'thread',
        remindersMs: resolve(state, request).remindersMs,
      },
      now: clock.now().getTime(),
      claim: request.claim,
      preview,
      changes,
    });
    run.stream.append({ sort: 'decision', by: 'bot', events: frozen?.events ?? [asked] });
  }

  /** Acts on an approved decision, if it still stands; else it is void and asked anew. */
  async function take(
    run: OpenRun,
    control: StepControl,
    entry: CallState,
    approval: ApprovalState,
  ): Promise<void> {
    const findFrozen = await lookAtFreeze(options);
    control.signal.throwIfAborted();
    const state = run.state();
    const now = state.approvals.get(approval.id);
    if (now?.state !== 'approved' || state.stopped !== undefined) return;
    const frozen = findFrozen(state, entry, now);
    if (frozen !== undefined) {
      run.stream.append({ sort: 'decision', by: 'bot', events: frozen.events });
      return;
    }
    const isSame =
      now.requester === state.requester &&
      approvalDigest(bindingOf(state, entry.call, now)) === now.digest &&
      checkArguments(entry.call).kind === 'go';
    const why = !isSame
      ? 'it is not the question that was approved'
      : isApproved(now, options.people())
        ? undefined
        : 'somebody who approved may no longer decide';
    const event =
      why === undefined
        ? runEvent('decision.taken', { call: entry.call.id, approval: now.id })
        : runEvent('approval.decided', { approval: now.id, state: 'stale' }, { reason: why });
    run.stream.append({ sort: 'decision', by: 'bot', events: [event] });
    if (why === undefined) await run.stream.durable();
  }

  return (run, control, request) =>
    control.work(async () => {
      const id = decisionCallId(run.id, request.key);
      for (;;) {
        control.signal.throwIfAborted();
        const entry = run.state().calls.get(id);
        const approval =
          entry?.approval === undefined ? undefined : run.state().approvals.get(entry.approval);
        if (entry === undefined) judge(run, id, request);
        else if (entry.result !== undefined) return answerOf(entry, approval, nameOf);
        else if (entry.call.argsJson !== canonicalJson(request.facts)) throw changed(request.key);
        else if (approval?.state === 'pending') {
          await control.waitFor((state) =>
            state.approvals.get(approval.id)?.state === 'pending' ? undefined : true,
          );
        } else if (approval?.state === 'approved') await take(run, control, entry, approval);
        else await ask(run, control, id, request);
      }
    });
}

function oneRequirement(state: RunState, request: DecisionRequest): readonly Requirement[] {
  const { approvers, quorum = 1, excludeRequester = true, plan } = request;
  if (approvers === undefined) return plan?.requirements ?? [];
  return [{ rule: `workflow ${state.workflow}`, approvers, quorum, excludeRequester }];
}

/** What a workflow asks in an order, as a policy's stages are asked. */
function stagesOf(
  { workflow }: RunState,
  { key, stages = [], approvers, quorum, excludeRequester = true }: DecisionRequest,
): readonly Requirement[] {
  const fault =
    approvers !== undefined || quorum !== undefined
      ? 'names approvers beside its stages. Fix: write them inside the stages'
      : stages.length < 2 || stages.length > mostStages
        ? `has ${String(stages.length)} stages. Fix: write 2 to ${String(mostStages)}, or approvers alone`
        : stages.some((stage) => stage.approvers.length === 0)
          ? 'has a stage that names nobody. Fix: name a role or a person in each'
          : undefined;
  if (fault !== undefined) throw new AppError('workflow.failed', `Decision "${key}" ${fault}.`);
  return stages.map((stage, index) => ({
    rule: `workflow ${workflow}`,
    approvers: stage.approvers,
    quorum: stage.quorum ?? 1,
    excludeRequester,
    stage: { number: index + 1, of: stages.length },
  }));
}

function changed(key: string): AppError {
  return new AppError(
    'workflow.changed',
    `Decision "${key}" was asked with other facts. Fix: use a new key for a changed question.`,
  );
}

/** What became of a decision that is settled. */
export function answerOf(
  { result }: CallState,
  approval: ApprovalState | undefined,
  nameOf: (person: string) => string,
): DecisionAnswer {
  if (result?.kind !== 'not-run') {
    const votes = (approval?.votes ?? []).filter(({ vote }) => vote === 'approve');
    return { kind: 'approved', by: votes.map(({ by }) => nameOf(by)) };
  }
  // The second line is for models.
  const text = result.content.split('\n')[0] ?? '';
  switch (result.why) {
    case 'denied':
    case 'policy':
      return { kind: 'denied', text };
    case 'expired':
      return { kind: 'expired', text };
    case 'cancelled':
    case 'invalid':
    case 'unknown-tool':
    case 'drifted':
    case 'not-sent':
    case 'stopped':
    case 'repeated':
    case 'drill':
      return { kind: 'cancelled', text };
    default:
      return result.why satisfies never;
  }
}
