/** What the gate and its parts are built from. */
import type { Clock } from '../core/clock.ts';
import type { WorkerId } from '../core/ids.ts';
import type { Redactor } from '../core/redact.ts';
import type { Logger } from '../core/logger.ts';
import type { People } from '../people/person.ts';
import type { OpenRuns } from '../runs/open-runs.ts';
import type { ToolCaller, ToolRegistry } from '../tools/tool.ts';
import type { SmallStream } from '../ledger/small-stream.ts';
import type { FreezeState } from './freeze-state.ts';
import type { ArgumentLimits } from './find-secret.ts';
import type { Grants } from './grants.ts';
import type { Policy } from './policy.ts';
import type { PolicyChangeState } from './policy-change-state.ts';
import type { ReviewCall } from './review.ts';

export interface GateOptions {
  readonly registry: ToolRegistry;
  readonly caller: ToolCaller;
  readonly runs: OpenRuns;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly worker: WorkerId;
  readonly callTimeoutMs: number;
  /** Read last before anything is asked or sent. */
  readonly freeze: SmallStream<FreezeState>;
  /** Read before people are asked: whoever changed the rules of late does not decide. */
  readonly policyChanges: SmallStream<PolicyChangeState>;
  readonly grants: Grants;
  /** Takes out secrets; a call whose arguments hold one does not run. */
  readonly redact: Redactor;
  /** What operators bound of the arguments of one call, as it stands at the moment. */
  readonly argumentLimits?: () => ArgumentLimits;
  /** The same for what one result brings into a run. */
  readonly mostResultBytes?: () => number;
  /** A second model that looks at calls; absent when none is named. */
  readonly review?: ReviewCall;
  /** The policy and the people in force now. */
  policy(): Policy;
  people(): People;
}
