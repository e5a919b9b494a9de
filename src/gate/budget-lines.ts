/** How much models may use up beyond single runs, as the policy says it. */

/** Each counts by the calendar day: one person, one channel, one workspace, and everybody together. */
export const budgetScopes = ['person', 'channel', 'workspace', 'day'] as const;
export type BudgetScope = (typeof budgetScopes)[number];

/** At least one of the two. */
export interface BudgetLimit {
  readonly tokens?: number;
  readonly usd?: number;
}

/** At this share of a limit people are told. */
export const warnAt = 0.8;

export interface BudgetLines {
  readonly limits: Partial<Readonly<Record<BudgetScope, BudgetLimit>>>;
  /** In place of what a run may use up by default. */
  readonly run?: BudgetLimit;
  /** Who may allow more when one is spent; whoever the default asks when absent. */
  readonly approvers?: readonly string[];
}
