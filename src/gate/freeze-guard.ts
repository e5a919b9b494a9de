/** The last look at the freeze before something is asked or sent: a read, then an answer that needs no more waiting. */
import type { EventDraft } from '../ledger/fold.ts';
import type { ApprovalState, CallState, RunState } from '../runs/run-state.ts';
import type { GateOptions } from './gate-options.ts';
import { refuseFrozen, voidApproval, whyFrozen } from './stop-frozen.ts';

export interface Frozen {
  readonly why: string;
  /** What to record about a call that was not sent. */
  readonly events: readonly EventDraft[];
}

/** Whether this call may go, by the switch as it was just read. */
export type FindFrozen = (state: RunState, entry: CallState, approval?: ApprovalState) => Frozen | undefined;

/** Reads the switch. What it answers holds for whatever is appended in the same turn. */
export async function lookAtFreeze(
  options: Pick<GateOptions, 'freeze' | 'clock' | 'people'>,
): Promise<FindFrozen> {
  const freeze = await options.freeze.read();
  return (state, entry, approval) => {
    const nameOf = (id: string): string => options.people().findPerson(id)?.name ?? id;
    const today = { now: options.clock.now().getTime(), words: { nameOf } };
    const why = whyFrozen(state, { approval, call: entry }, freeze, today);
    if (why === undefined) return undefined;
    const events =
      approval === undefined
        ? [refuseFrozen(entry.call.id, why, freeze)]
        : voidApproval(approval, why, freeze);
    return { why, events };
  };
}
