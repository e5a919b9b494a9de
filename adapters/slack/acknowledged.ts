/** What follows once Slack has the acknowledgement. */
export type After = () => Promise<void>;

/** What something is acknowledged with, and what follows once Slack has that. */
export interface Acknowledged {
  readonly body?: object;
  readonly after?: After;
}
