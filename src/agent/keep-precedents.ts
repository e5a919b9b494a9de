/**
 * Reasons of decisions as memories: why something was denied, or what was said when it was approved, so that the next
 * run in this channel knows before it proposes the same.
 *
 * Only the tool and the decider's own words are kept, in the channel of the run, and nothing of the request. A run that
 * has read what nobody vouches for leaves none. Done before a pass of the run goes on, so that a process that dies after
 * the decision is made up for by the next; a decision of long ago is left alone, because it may have been forgotten.
 */
import type { Clock } from '../core/clock.ts';
import { describeError } from '../core/errors.ts';
import { asMemoryId } from '../core/ids.ts';
import type { ActorId } from '../core/ids.ts';
import { sha256 } from '../core/hash.ts';
import type { Logger } from '../core/logger.ts';
import type { Memories } from '../memory/memories.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import type { ApprovalState, RunState } from '../runs/run-state.ts';

const fewestCharacters = 8;
const mostCharacters = 600;
const recentMs = 10 * 60_000;
const mostSeen = 10_000;

export function createPrecedents(options: {
  readonly memories: Memories;
  readonly clock: Clock;
  readonly logger: Logger;
}): (run: OpenRun) => Promise<void> {
  const { memories, clock, logger } = options;

  /** Decisions that were seen to: what is forgotten at once does not come back with the next pass. */
  const seen = new Set<string>();

  async function keep(state: RunState, approval: ApprovalState): Promise<void> {
    if (seen.has(approval.id)) return;
    const precedent = precedentOf(state, approval);
    if (precedent === undefined || clock.now().getTime() - precedent.at > recentMs) return;
    const audience = await memories.audienceOf({ channel: state.channel, thread: state.thread });
    await memories.keep(audience, {
      id: asMemoryId(`mem_${sha256(`precedent/${approval.id}`).slice(0, 26)}`),
      kind: 'decision',
      scope: 'channel',
      text: precedent.text,
      author: precedent.by,
      around: '',
      run: state.id,
      call: approval.call,
    });
    if (seen.size >= mostSeen) seen.clear();
    seen.add(approval.id);
  }

  return async (run) => {
    for (const approval of run.state().approvals.values()) {
      try {
        await keep(run.state(), approval);
      } catch (error) {
        // The run is worth more than what others may learn from it.
        logger.warn('precedent.not-kept', { approval: approval.id, why: describeError(error) });
      }
    }
  };
}

function precedentOf(
  state: RunState,
  { call, state: outcome, decision, votes }: ApprovalState,
): { readonly by: ActorId; readonly text: string; readonly at: number } | undefined {
  if (state.taintedBy !== undefined || decision === undefined) return undefined;
  if (outcome !== 'denied' && outcome !== 'approved') return undefined;
  const vote = votes.findLast((entry) => entry.vote === (outcome === 'denied' ? 'deny' : 'approve'));
  const reason = (vote?.reason ?? '').replace(/\s+/gu, ' ').trim();
  const tool = state.calls.get(call)?.call.tool;
  if (vote === undefined || tool === undefined || reason.length < fewestCharacters) return undefined;
  const verb = outcome === 'denied' ? 'Denied' : 'Approved';
  return {
    by: vote.by,
    text: `${verb}: ${tool}. ${reason.slice(0, mostCharacters)}`,
    at: decision.mark.stamp.at.getTime(),
  };
}
