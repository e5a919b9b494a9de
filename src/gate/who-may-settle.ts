/** Who may say what became of a call whose outcome nobody knows. Pure. */
import type { People, Person } from '../people/person.ts';
import type { CallState, RunState } from '../runs/run-state.ts';
import { outlookOf } from './decide-vote.ts';
import { whoMayDecide } from './who-may-decide.ts';

/** Somebody who may approve the call may also say what happened to it; without approvers, whoever asked for it. */
export function maySettle(state: RunState, call: CallState, person: Person, people: People): boolean {
  const approval = call.approval === undefined ? undefined : state.approvals.get(call.approval);
  if (call.grant !== undefined) {
    const { requirements } = call.call;
    const question = { requirements, people, requester: state.requester, excluded: [], votes: [] };
    return whoMayDecide(question).mayVote(person.id).kind === 'may';
  }
  if (approval === undefined) return state.requester === person.id;
  return outlookOf(approval, people).mayVote(person.id).kind === 'may';
}

export function settlersOf(state: RunState, call: CallState, people: People): readonly Person[] {
  return people.persons.filter((person) => maySettle(state, call, person, people));
}
