/**
 * What a freeze does to one run, and whether one of its calls may still go. Pure.
 *
 * Everything that could still be denied is void: pending approvals, approved calls that were not sent, writes that
 * policy allowed. What was sent stays sent.
 */
import type { EventDraft } from '../ledger/fold.ts';
import { runEvent } from '../runs/run-events.ts';
import { isDeniable, isFinished } from '../runs/run-state.ts';
import type { ApprovalState, CallState, RunState } from '../runs/run-state.ts';
import { findFreeze } from './freeze-state.ts';
import type { FreezeState } from './freeze-state.ts';

export interface FreezeWords {
  nameOf(person: string): string;
}

/** One thing of a run that a freeze takes back. */
export interface Voided {
  readonly events: readonly EventDraft[];
  /** True once it is settled or sent, so that there is nothing to take back. */
  isKnown(state: RunState): boolean;
}

/** Why this call may not go, in words; undefined when no freeze stands in its way. */
export function whyFrozen(
  state: RunState,
  asked: { readonly approval: ApprovalState | undefined; readonly call: CallState | undefined },
  freeze: FreezeState,
  today: { readonly now: number; readonly words: FreezeWords },
): string | undefined {
  const frozen = findFreeze(freeze, state.thread, today.now);
  if (frozen !== undefined) return frozenText(frozen, today.words);
  const mark = asked.approval?.mark ?? asked.call?.call.mark;
  // What has not landed yet lands after every freeze that has.
  const isTooOld = mark?.stamp.isLanded === true && mark.stamp.at.getTime() <= freeze.voidUntil;
  return isTooOld ? 'A freeze voided it' : undefined;
}

export function frozenText(
  frozen: { readonly by: string; readonly reason: string },
  words: FreezeWords,
): string {
  return `Everything is frozen by ${words.nameOf(frozen.by)}: ${withoutStop(frozen.reason)}`;
}

/** Everything in a run that a freeze takes back; empty when nothing of it waits. */
export function findVoided(
  state: RunState,
  freeze: FreezeState,
  today: { readonly now: number; readonly words: FreezeWords },
): readonly Voided[] {
  if (isFinished(state)) return [];
  const voided: Voided[] = [];
  for (const approval of state.approvals.values()) {
    const why = whyFrozen(state, { approval, call: undefined }, freeze, today);
    if (why === undefined || !isDeniable(state, approval)) continue;
    voided.push({
      events: voidApproval(approval, why, freeze),
      isKnown(later) {
        const now = later.approvals.get(approval.id);
        return now === undefined || !isDeniable(later, now);
      },
    });
  }
  for (const call of state.calls.values()) {
    const why = whyFrozen(state, { approval: undefined, call }, freeze, today);
    if (why === undefined || !waitsToBeSent(call)) continue;
    const { id } = call.call;
    voided.push({
      events: [refuseFrozen(id, why, freeze)],
      isKnown(later) {
        const now = later.calls.get(id);
        return now === undefined || !waitsToBeSent(now);
      },
    });
  }
  return voided;
}

export function voidApproval(
  approval: ApprovalState,
  why: string,
  freeze: FreezeState,
): readonly EventDraft[] {
  const by = freeze.frozen?.by;
  return [
    runEvent(
      'approval.decided',
      { approval: approval.id, state: 'cancelled', ...(by !== undefined && { by }) },
      { reason: `${why}. Nothing ran.` },
    ),
    refuseFrozen(approval.call, why, freeze),
  ];
}

/** The first line is for people; the second is for the model alone. */
export function refuseFrozen(call: CallState['call']['id'], why: string, freeze: FreezeState): EventDraft {
  const by = freeze.frozen?.by;
  return runEvent(
    'call.refused',
    { call, why: 'cancelled', ...(by !== undefined && { by }) },
    { content: `${why}. Nothing ran.\nDo not propose it again until a person says that the freeze is over.` },
  );
}

/** Calls that were announced and have no answer yet: a freeze comes too late for them. */
export function callsOnTheWay(state: RunState): readonly CallState[] {
  return [...state.calls.values()].filter(
    (entry) => entry.dispatches.length > 0 && entry.result === undefined && entry.unknown === undefined,
  );
}

/** A write that policy or a grant allows and that was not sent. */
function waitsToBeSent(entry: CallState): boolean {
  return (
    (entry.grant !== undefined || (entry.call.verdict === 'allow' && entry.call.effect !== 'read')) &&
    entry.dispatches.length === 0 &&
    entry.result === undefined
  );
}

function withoutStop(text: string): string {
  return text.trim().replace(/\.$/u, '');
}
