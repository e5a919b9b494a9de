/**
 * Who may hold, retry, let go on or stop a run: whoever asked for it, persons who may decide something by policy or
 * about this very run, and holders of the role `operator`. Pure.
 */
import type { People, Person } from '../people/person.ts';
import type { RunState } from '../runs/run-state.ts';
import { mayFreeze } from './freezer.ts';
import type { Policy } from './policy.ts';

export function mayOperate(state: RunState, person: Person, policy: Policy, people: People): boolean {
  if (state.requester === person.id || mayFreeze(person, policy, people)) return true;
  const named = [...state.approvals.values()].flatMap(({ requirements }) =>
    requirements.flatMap(({ approvers }) => approvers),
  );
  return people.expand([...new Set(named)]).some(({ id }) => id === person.id);
}

export function mayNotOperate(state: RunState, people: People): string {
  const asker = people.findPerson(state.requester)?.name ?? state.requester;
  return `Only ${asker}, who asked for this, approvers and operators can do that. Nothing has changed.`;
}
