/**
 * A drill: a call that ought to be denied, put to approvers to see whether they read.
 *
 * Only the ledger says that a run is one until somebody has decided. Nothing of such a run is ever sent.
 */
import type { JsonObject } from './json.ts';

/** What is asked, and why the answer ought to be no. */
export interface DrillSeed {
  readonly name: string;
  /** `server/tool`. */
  readonly tool: string;
  readonly args: JsonObject;
  readonly why: string;
  /** What the card shows as the agent's words. */
  readonly claim?: string;
}
