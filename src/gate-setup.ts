/**
 * Puts the gate together with what stands around it: the freeze, grants, budgets, plans, the decisions of people and the
 * second model that looks at calls.
 */
import { createReviewCalls } from './agent/review-calls.ts';
import { createSpending } from './agent/spending.ts';
import type { Spending } from './agent/spending.ts';
import type { Config } from './config.ts';
import type { Clock } from './core/clock.ts';
import type { WorkerId } from './core/ids.ts';
import type { Logger } from './core/logger.ts';
import type { Redactor } from './core/redact.ts';
import { createAskDecision } from './gate/ask-decision.ts';
import type { AskDecision } from './gate/ask-decision.ts';
import { createBudgets } from './gate/budgets.ts';
import type { Budgets } from './gate/budgets.ts';
import { createDecisions } from './gate/decisions.ts';
import type { Decisions, DecisionsOptions } from './gate/decisions.ts';
import type { ArgumentLimits } from './gate/find-secret.ts';
import { openFreezeStream } from './gate/freeze-state.ts';
import { createFreezer } from './gate/freezer.ts';
import type { Freezer } from './gate/freezer.ts';
import { createGate } from './gate/gate.ts';
import type { Gate } from './gate/gate.ts';
import { createGrantDesk } from './gate/grant-desk.ts';
import type { GrantDesk } from './gate/grant-desk.ts';
import { createGrants } from './gate/grants.ts';
import type { Grants } from './gate/grants.ts';
import type { FreezeState } from './gate/freeze-state.ts';
import { createPlans } from './gate/plans.ts';
import type { ApprovePlan } from './gate/plans.ts';
import type { Policy } from './gate/policy.ts';
import { openPolicyStream } from './gate/policy-change-state.ts';
import type { PolicyChangeState } from './gate/policy-change-state.ts';
import { createQuestions } from './gate/questions.ts';
import type { Questions } from './gate/questions.ts';
import type { ReviewCall } from './gate/review.ts';
import type { LiveGuardrails } from './guardrails-setup.ts';
import type { SmallStream } from './ledger/small-stream.ts';
import type { LedgerStore } from './ledger/store.ts';
import type { Model } from './models/model.ts';
import type { People } from './people/person.ts';
import type { OpenRuns } from './runs/open-runs.ts';
import type { RunStore } from './runs/store.ts';
import { ownServers } from './tools/join-tools.ts';
import type { ToolCaller, ToolRegistry } from './tools/tool.ts';

export interface GateSetup {
  readonly gate: Gate;
  readonly decisions: Decisions;
  readonly questions: Questions;
  readonly grants: Grants;
  readonly grantDesk: GrantDesk;
  readonly freeze: SmallStream<FreezeState>;
  readonly freezer: Freezer;
  readonly budgets: Budgets;
  readonly policyChanges: SmallStream<PolicyChangeState>;
  readonly askDecision: AskDecision;
  readonly approvePlan: ApprovePlan;
  /** What the agent asks its model through. */
  readonly spending: Spending;
}

export interface GateSetupOptions {
  readonly config: Pick<Config, 'callTimeoutMs' | 'reviewTimeoutMs' | 'timeZone'>;
  readonly store: { readonly ledger: LedgerStore; readonly runs: RunStore };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly worker: WorkerId;
  readonly runs: OpenRuns;
  readonly tools: { readonly registry: ToolRegistry; readonly caller: ToolCaller };
  readonly guardrails: Pick<LiveGuardrails, 'now'>;
  readonly redact: Redactor;
  readonly model: Model;
  /** A second model that looks at calls; undefined when none is named. */
  readonly reviewer: Model | undefined;
  policy(): Policy;
  people(): People;
  readonly refreshRoles: DecisionsOptions['refreshRoles'];
  nameOf(person: string): string;
  readonly wake: DecisionsOptions['wake'];
}

export function createGateSetup(options: GateSetupOptions): GateSetup {
  const { config, store, clock, logger, worker, runs, tools, redact, model, reviewer } = options;
  const { policy, people, refreshRoles, wake } = options;
  const freeze = openFreezeStream(store.ledger, redact);
  const policyChanges = openPolicyStream(store.ledger);
  const grants = createGrants({ ledger: store.ledger, runs, clock });
  const argumentLimits = (): ArgumentLimits => {
    const { caps, hosts } = options.guardrails.now();
    return { mostBytes: caps.arguments, hosts };
  };
  const gateOptions = {
    ...tools,
    freeze,
    policyChanges,
    grants,
    redact,
    argumentLimits,
    mostResultBytes: () => options.guardrails.now().caps.results,
    runs,
    clock,
    logger,
    worker,
    callTimeoutMs: config.callTimeoutMs,
    policy,
    people,
    ...(reviewer !== undefined && {
      review: (...asked: Parameters<ReviewCall>) => reviewCall(...asked),
    }),
  };
  const gate = createGate(gateOptions);
  const decisionParts = { runs, store: store.runs, clock, people, refreshRoles, wake };
  const decisions = createDecisions({
    ...decisionParts,
    freeze,
    rules: () => ({
      policy: policy(),
      reviewOf: (tool) => tools.registry.reviewOf(tool),
      redact,
      argumentLimits,
    }),
    dispatcher: () => gate.dispatcher,
    edit: gate.edit,
    lookAgain: gate.lookAgain,
  });
  const freezer = createFreezer({
    stream: freeze,
    runs,
    store: store.runs,
    clock,
    logger,
    policy,
    people,
    wake,
  });
  const budgets = createBudgets({ ledger: store.ledger, runs, clock, timeZone: config.timeZone });
  const askDecision = createAskDecision(gateOptions);
  const spendingOf = (asked: Model): Spending =>
    createSpending({ model: asked, budgets, askDecision, policy, nameOf: options.nameOf });
  const reviewCall: ReviewCall =
    reviewer === undefined
      ? () => Promise.resolve(undefined)
      : createReviewCalls({
          ...{ model: reviewer.name, clock, logger, redact, timeoutMs: config.reviewTimeoutMs ?? 10_000 },
          spending: spendingOf(reviewer),
          isOwn: (server) => ownServers.has(server),
        });
  return {
    gate,
    decisions,
    questions: createQuestions(decisionParts),
    grants,
    grantDesk: createGrantDesk({ grants, now: () => clock.now().getTime(), people, policy }),
    freeze,
    freezer,
    budgets,
    policyChanges,
    askDecision,
    approvePlan: createPlans(gateOptions, askDecision),
    spending: spendingOf(model),
  };
}
