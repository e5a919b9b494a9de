/** Records in a run that a card of its own stands in the thread of another run too. */
import { isOutside } from '../core/direct-place.ts';
import type { ApprovalId, ChannelId } from '../core/ids.ts';
import { isCopied, isQuestionCopied, isUnanswered } from './copied-approvals.ts';
import type { OpenRun } from './open-runs.ts';
import { runEvent } from './run-events.ts';
import type { ApprovalCopy, RunState } from './run-state.ts';

/** The thread that takes the copy. */
export type CopyPlace = ApprovalCopy & { readonly channel: ChannelId };

/** Once, while there is something to decide and the card stays in its channel, or goes to one person alone. */
export function copyApproval(run: OpenRun, approval: ApprovalId, into: CopyPlace): void {
  const state = run.state();
  if (!mayStand(state, into) || state.approvals.get(approval)?.state !== 'pending') return;
  run.stream.append({
    sort: 'fact',
    by: 'bot',
    isKnown: (now) => isCopied(now, approval, into.run),
    events: [runEvent('approval.copied', { approval, run: into.run, thread: into.thread })],
  });
}

/** Likewise, while somebody could answer. */
export function copyQuestion(run: OpenRun, item: string, into: CopyPlace): void {
  const state = run.state();
  if (!mayStand(state, into) || !isUnanswered(state, item)) return;
  run.stream.append({
    sort: 'fact',
    by: 'bot',
    isKnown: (now) => isQuestionCopied(now, item, into.run),
    events: [runEvent('question.copied', { item, run: into.run, thread: into.thread })],
  });
}

function mayStand({ channel }: RunState, into: CopyPlace): boolean {
  return channel === into.channel || isOutside(into.thread, channel);
}
