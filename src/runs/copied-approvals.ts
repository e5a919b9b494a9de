/** Copies of an approval's card in threads of other runs of the same channel: a digest's. */
import type { ApprovalId, RunId } from '../core/ids.ts';
import type { FoldedEvent } from '../ledger/fold.ts';
import type { RunEventData } from './run-events.ts';
import type { RunState } from './run-state.ts';

export const copyArms: {
  readonly [K in 'approval.copied']: (state: RunState, data: RunEventData[K], event: FoldedEvent) => void;
} = {
  'approval.copied': (state, { approval, run, thread }) => {
    if (isCopied(state, approval, run)) return;
    state.approvals.get(approval)?.copies.push({ run, thread });
  },
};

export function isCopied(state: RunState, approval: ApprovalId, into: RunId): boolean {
  return state.approvals.get(approval)?.copies.some(({ run }) => run === into) === true;
}

/** The id of a copied card, as it is shown. */
export function copyId(run: RunId, approval: ApprovalId, into: RunId): string {
  return `${run}/${approval}/in/${into}`;
}
