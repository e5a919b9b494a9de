/**
 * Whether a person's vote counts, and what the votes add up to. Pure; the store's time is compared by the caller's
 * `now` before a vote has landed and by its stamp afterwards.
 */
import type { ActorId } from '../core/ids.ts';
import type { EventDraft } from '../ledger/fold.ts';
import type { People, Person } from '../people/person.ts';
import { runEvent } from '../runs/run-events.ts';
import { isDeniable, isWorn } from '../runs/run-state.ts';
import type { ApprovalState, CallState, RunState, ShutOut, Vote } from '../runs/run-state.ts';
import { requirementsNow } from './nudge.ts';
import { whoMayDecide } from './who-may-decide.ts';
import type { DecisionOutlook } from './who-may-decide.ts';

export interface VoteRequest {
  readonly person: Person;
  readonly vote: 'approve' | 'deny';
  readonly digest: string;
  readonly reason?: string;
  /** Where it was pressed: `console`, `slack`, `discord`, `api`. */
  readonly surface: string;
  /** How many additions to the card the voter was shown; undefined when the surface cannot tell. */
  readonly seen?: number;
}

export type VoteAnswer =
  | { readonly kind: 'counts' }
  /** The same person already voted so: the success text again. */
  | { readonly kind: 'again' }
  | { readonly kind: 'settled' }
  | { readonly kind: 'wrong-digest' }
  | { readonly kind: 'expired' }
  /** Everything is stopped, or was when this was asked; `why` says by whom. */
  | { readonly kind: 'frozen'; readonly why: string }
  /** The requester has said more since: look again. */
  | { readonly kind: 'new-words' }
  /** What the call would change is not what the voter was shown: look again. */
  | { readonly kind: 'new-effect' }
  /** For a later stage: its turn comes when `first` have approved. */
  | { readonly kind: 'early'; readonly first: readonly string[] }
  | { readonly kind: 'requester' }
  | { readonly kind: 'excluded'; readonly why: ShutOut['why'] }
  | { readonly kind: 'not-entitled' };

export function outlookOf(approval: ApprovalState, people: People): DecisionOutlook {
  return whoMayDecide({
    requirements: requirementsNow(approval),
    people,
    requester: approval.requester,
    excluded: approval.shutOut,
    votes: approval.votes
      .filter((vote) => vote.vote === 'approve' && !isWorn(approval, vote))
      .map((vote) => vote.by),
  });
}

/** Why an approval has to be given again by somebody who has looked again. */
export function lookAgainAnswer({ isPreviewChanged }: ApprovalState): VoteAnswer {
  return { kind: isPreviewChanged === true ? 'new-effect' : 'new-words' };
}

/**
 * So close to the expiry only the moment at which the store took a vote in says whether it came in time; until
 * that is known it settles nothing.
 */
const landingMarginMs = 5_000;

export function judgeVote(
  state: RunState,
  approval: ApprovalState,
  request: VoteRequest,
  today: { readonly people: People; readonly now: number; readonly frozen?: string | undefined },
): VoteAnswer {
  const { people, now, frozen } = today;
  const own = approval.votes.find((vote) => vote.by === request.person.id);
  if (approval.state === 'expired') return { kind: 'expired' };
  const isLateDenial =
    request.vote === 'deny' && approval.state === 'approved' && isDeniable(state, approval);
  if (approval.state !== 'pending' && !isLateDenial) {
    const isSame = own?.vote === request.vote && approval.digest === request.digest;
    return isSame ? { kind: 'again' } : { kind: 'settled' };
  }
  if (approval.state === 'pending' && approval.expiresAt <= now) return { kind: 'expired' };
  const may = outlookOf(approval, people).mayVote(request.person.id);
  if (may.kind === 'requester') return { kind: 'requester' };
  if (may.kind === 'excluded') return { kind: 'excluded', why: may.why };
  if (may.kind === 'not-entitled') return { kind: 'not-entitled' };
  if (request.digest !== approval.digest) return { kind: 'wrong-digest' };
  if (request.vote === 'approve' && request.seen !== undefined && request.seen < approval.additions)
    return lookAgainAnswer(approval);
  // Whoever decides in a later stage may say no at once; a yes waits for its turn.
  if (may.kind === 'early' && request.vote === 'approve') return { kind: 'early', first: may.first };
  if (own !== undefined && !isWorn(approval, own))
    return own.vote === request.vote ? { kind: 'again' } : { kind: 'settled' };
  if (request.vote === 'approve' && frozen !== undefined) return { kind: 'frozen', why: frozen };
  return { kind: 'counts' };
}

/**
 * Votes that count today: in time by the store's clock, by somebody who may still decide, and not given before the
 * requester said more.
 */
export function standingVotes(approval: ApprovalState, people: People): readonly Vote[] {
  const outlook = outlookOf({ ...approval, votes: [] }, people);
  return approval.votes.filter(
    (vote) => !isWorn(approval, vote) && cameInTime(approval, vote) && outlook.isEntitled(vote.by),
  );
}

function cameInTime(approval: ApprovalState, vote: Vote): boolean {
  // What was approved in time may still be denied until it is sent, however late that is.
  if (vote.vote === 'deny' && approval.state === 'approved') return true;
  const { at, isLanded } = vote.mark.stamp;
  return at.getTime() < approval.expiresAt - (isLanded ? 0 : landingMarginMs);
}

export function isApproved(approval: ApprovalState, people: People): boolean {
  const votes = standingVotes(approval, people);
  if (votes.some((vote) => vote.vote === 'deny')) return false;
  return outlookOf({ ...approval, votes: [...votes] }, people).isMet;
}

/** What the votes so far settle, as events to append as a decision; empty while it is open. */
export function settleVotes(state: RunState, people: People): readonly EventDraft[] {
  const events: EventDraft[] = [];
  for (const approval of state.approvals.values()) {
    if (!isDeniable(state, approval)) continue;
    const denial = standingVotes(approval, people).find((vote) => vote.vote === 'deny');
    const call = state.calls.get(approval.call);
    if (denial !== undefined) {
      events.push(...denied(approval, call, denial.by, denial.reason, people));
    } else if (approval.state === 'pending' && isApproved(approval, people)) {
      events.push(runEvent('approval.decided', { approval: approval.id, state: 'approved' }));
    }
  }
  return events;
}

function denied(
  approval: ApprovalState,
  call: CallState | undefined,
  by: ActorId,
  reason: string | undefined,
  people: People,
): readonly EventDraft[] {
  const name = people.findPerson(by)?.name ?? by;
  const why = reason === undefined || reason.trim() === '' ? 'no reason given' : reason;
  const events = [runEvent('approval.decided', { approval: approval.id, state: 'denied', by }, { reason })];
  if (call !== undefined && call.result === undefined) {
    events.push(
      runEvent(
        'call.refused',
        { call: approval.call, why: 'denied', by },
        {
          // The first line is for people; the second is for the model alone.
          content: `Denied by ${name}: ${withStop(why)} Nothing ran.\nDo not propose this exact call again.`,
        },
      ),
    );
  }
  return events;
}

function withStop(sentence: string): string {
  return /[.!?]$/u.test(sentence.trim()) ? sentence.trim() : `${sentence.trim()}.`;
}
