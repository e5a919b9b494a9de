/**
 * Which approvals stand on one card: what an agent asked for in one turn, each with its own digest and its own votes.
 *
 * A card never loses or changes a call that it has shown: calls join in the order in which they were asked, up to what
 * one message holds whole, and what is asked again, or was changed by a person, is a card of its own. Pure.
 */
import type { ApprovalId, CallId } from '../core/ids.ts';
import type { ApprovalState, CallState, RunState } from '../runs/run-state.ts';

export interface GroupMember {
  readonly approval: ApprovalState;
  readonly call: CallState;
}

/** How many calls stand on one card, and how long their arguments are together. */
const mostCalls = 4;
const mostCharacters = 1_500;

/** The approvals that stand together, two or more of them, by the first. */
export function groupsOf(state: RunState): ReadonlyMap<ApprovalId, readonly GroupMember[]> {
  const changed = new Set([...state.calls.values()].flatMap(({ supersededBy }) => supersededBy ?? []));
  const seen = new Set<CallId>();
  const open = new Map<string, GroupMember[]>();
  const groups: GroupMember[][] = [];
  for (const approval of state.approvals.values()) {
    const call = state.calls.get(approval.call);
    const isFirst = !seen.has(approval.call) && !changed.has(approval.call);
    seen.add(approval.call);
    if (call?.call.modelCall === undefined || call.call.turn === undefined || !isFirst) continue;
    const turn = `${call.call.step}/${String(call.call.turn)}`;
    const group = open.get(turn);
    if (group !== undefined && fits(group, call)) group.push({ approval, call });
    else {
      const next = [{ approval, call }];
      open.set(turn, next);
      groups.push(next);
    }
  }
  return new Map(
    groups.flatMap((members) =>
      members[0] === undefined || members.length < 2 ? [] : [[members[0].approval.id, members]],
    ),
  );
}

function fits(group: readonly GroupMember[], call: CallState): boolean {
  const characters = [...group.map((member) => member.call), call].reduce(
    (sum, { call: { argsJson, title } }) => sum + (argsJson ?? '').length + title.length,
    0,
  );
  return group.length < mostCalls && characters <= mostCharacters;
}
