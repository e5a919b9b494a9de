/** Records in a run that the card of its approval stands in the thread of another run too. */
import type { ApprovalId, ChannelId } from '../core/ids.ts';
import { isCopied } from './copied-approvals.ts';
import type { OpenRun } from './open-runs.ts';
import { runEvent } from './run-events.ts';
import type { ApprovalCopy } from './run-state.ts';

/** Once, while there is something to decide and the card stays in its channel. */
export function copyApproval(
  run: OpenRun,
  approval: ApprovalId,
  into: ApprovalCopy & { readonly channel: ChannelId },
): void {
  const state = run.state();
  if (state.channel !== into.channel || state.approvals.get(approval)?.state !== 'pending') return;
  run.stream.append({
    sort: 'fact',
    by: 'bot',
    isKnown: (now) => isCopied(now, approval, into.run),
    events: [runEvent('approval.copied', { approval, run: into.run, thread: into.thread })],
  });
}
