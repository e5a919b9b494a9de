/** Copies of an approval's card outside the thread of its run: direct messages, and channels that the policy names. */
import type { ApprovalId, ThreadId } from '../core/ids.ts';
import type { FoldedEvent } from '../ledger/fold.ts';
import type { RunEventData } from './run-events.ts';
import type { ApprovalRoute, ApprovalState, JoinedApproval, RunState } from './run-state.ts';
import { markOf } from './settle-status.ts';

export const routeArms: {
  readonly [K in 'approval.routed' | 'approval.joined' | 'approval.unreached']: (
    state: RunState,
    data: RunEventData[K],
    event: FoldedEvent,
  ) => void;
} = {
  'approval.routed': (state, { approval: id, thread, person, on }, event) => {
    const approval = state.approvals.get(id);
    if (approval === undefined || isRouted(approval, { thread, person })) return;
    approval.routes.push({
      thread,
      ...(person !== undefined && { person }),
      ...(on !== undefined && { on }),
      mark: markOf(event),
    });
  },
  'approval.joined': (state, { approval: id, other, ...joined }) => {
    const approval = state.approvals.get(id);
    if (approval === undefined || joinedTo(approval, joined.person).some((one) => one.approval === other))
      return;
    approval.joined.push({ ...joined, approval: other });
  },
  'approval.unreached': (state, { approval: id, thread, person }, event) => {
    const approval = state.approvals.get(id);
    if (approval === undefined) return;
    const unreached = { why: event.text('why') ?? '', mark: markOf(event) };
    const known = findRoute(approval, { thread, person });
    if (known !== undefined) known.unreached ??= unreached;
    else
      approval.routes.push({
        ...(thread !== undefined && { thread }),
        ...(person !== undefined && { person }),
        mark: markOf(event),
        unreached,
      });
  },
};

interface Destination {
  readonly thread?: string | undefined;
  readonly person?: string | undefined;
}

/** One copy per person, and one per place. */
function findRoute({ routes }: ApprovalState, { thread, person }: Destination): ApprovalRoute | undefined {
  return routes.find(
    (route) =>
      (person !== undefined && route.person === person) || (thread !== undefined && route.thread === thread),
  );
}

export function isRouted(approval: ApprovalState | undefined, to: Destination): boolean {
  return approval !== undefined && findRoute(approval, to) !== undefined;
}

/** What stands on the card that this person has of an approval, besides that approval. */
export function joinedTo({ joined }: ApprovalState, person: string): readonly JoinedApproval[] {
  return joined.filter((entry) => entry.person === person);
}

/** The id of a copied card, as it is shown. */
export function routedCopyId(state: RunState, approval: ApprovalId, thread: ThreadId): string {
  return `${state.id}/${approval}/at/${thread}`;
}
