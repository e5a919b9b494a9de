/** What people do about grants: make one with their vote, see them, revoke them; and what they read about it. */
import { parseStrictJson } from '../core/canonical-json.ts';
import { asGrantId } from '../core/ids.ts';
import { isJsonObject } from '../core/json.ts';
import { makeVisible } from '../core/visible-text.ts';
import type { People, Person } from '../people/person.ts';
import type { ApprovalState, RunState } from '../runs/run-state.ts';
import { outlookOf } from './decide-vote.ts';
import { mayFreeze } from './freezer.ts';
import { hasUseLeft } from './grant-state.ts';
import type { Grant } from './grant-state.ts';
import { settleTerms, termsText } from './grant-terms.ts';
import type { GrantWish, Terms } from './grant-terms.ts';
import type { Grants } from './grants.ts';
import { parseGrantWish } from './parse-grant.ts';
import type { Policy } from './policy.ts';

export interface GrantDeskOptions {
  readonly grants: Grants;
  now(): number;
  people(): People;
  policy(): Policy;
}

export interface GrantDesk {
  /** Whether this person may grant more than the call at hand, on these terms; before anything is voted. */
  prepare(person: Person, state: RunState, approval: ApprovalState, wish: GrantWish | string): Terms;
  /** After the vote has approved the call: makes the grant and says so. */
  make(
    person: Person,
    state: RunState,
    approval: ApprovalState,
    terms: Extract<Terms, { readonly kind: 'terms' }>,
  ): Promise<string>;
  /** Grants that concern this person, latest first. */
  list(person: Person): Promise<readonly Grant[]>;
  revoke(
    person: Person,
    id: string,
  ): Promise<{ readonly kind: 'done' | 'unknown' | 'not-yours'; readonly text: string }>;
}

export function createGrantDesk(options: GrantDeskOptions): GrantDesk {
  const { grants } = options;

  const concerns = (person: Person, grant: Grant): boolean =>
    grant.by === person.id ||
    grant.requester === person.id ||
    mayFreeze(person, options.policy(), options.people());

  return {
    prepare(person, state, approval, wished) {
      const parsed =
        typeof wished === 'string' ? parseGrantWish(wished) : { kind: 'wish' as const, wish: wished };
      if (parsed.kind === 'refused') return parsed;
      const call = state.calls.get(approval.call)?.call;
      const args = call?.argsJson === undefined ? undefined : parseStrictJson(call.argsJson);
      if (approval.grants === undefined || !isJsonObject(args))
        return { kind: 'refused', why: 'Calls like this are asked about each time. Approve this one alone.' };
      if (state.taintedBy !== undefined)
        return {
          kind: 'refused',
          why: 'The agent has read content that nobody vouches for. Approve this one alone.',
        };
      const mayAlone = outlookOf({ ...approval, votes: [] }, options.people());
      if (mayAlone.mayVote(person.id).kind !== 'may')
        return { kind: 'refused', why: 'Only somebody who may approve this can grant more of it.' };
      return settleTerms(args, approval.grants, parsed.wish);
    },

    async make(person, state, approval, terms) {
      const call = state.calls.get(approval.call);
      const grant =
        call === undefined ? undefined : await grants.make(person, { state, approval, call }, terms);
      return grant === undefined
        ? 'Approved, this call alone.'
        : `Approved, and granted: ${grantText(grant, options.people(), options.now())}. \`/countersign grants\` revokes it.`;
    },

    async list(person) {
      return (await grants.list()).filter((grant) => concerns(person, grant));
    },

    async revoke(person, id) {
      const unknown = { kind: 'unknown', text: 'There is no such grant, or it is not for you.' } as const;
      const grant = (await grants.list()).find((entry) => entry.id === id.trim());
      if (grant === undefined || !concerns(person, grant)) return unknown;
      const done = await grants.revoke(person, asGrantId(grant.id));
      if (done === 'unknown') return unknown;
      const text =
        done === 'already'
          ? 'That grant was revoked before.'
          : 'Revoked. Nothing runs under it any more; what was sent is not undone.';
      return { kind: 'done', text };
    },
  };
}

/** Whether it could still be used, in a word. */
export function grantStateOf(grant: Grant, now: number): 'live' | 'revoked' | 'expired' | 'used up' {
  if (grant.revoked !== undefined) return 'revoked';
  if (now >= grant.expiresAt) return 'expired';
  return hasUseLeft(grant, now) ? 'live' : 'used up';
}

/** «billing/refund: invoice "1042", amount up to 50; 2 of 5 used, until …, by Ben for Ana, live». */
export function grantText(grant: Grant, people: People, now: number): string {
  const nameOf = (id: string): string => people.findPerson(id)?.name ?? id;
  const terms = grant.constraints === undefined ? '(erased)' : makeVisible(termsText(grant.constraints));
  const until = new Date(grant.expiresAt).toISOString().replace(/\.\d{3}Z$/u, 'Z');
  const plan = grant.plan === undefined ? '' : ', in a plan for one run';
  return [
    `${grant.tool}: ${terms}${plan}`,
    `${String(grant.taken.length)} of ${String(grant.uses)} used, until ${until}`,
    `by ${nameOf(grant.by)} for ${nameOf(grant.requester)}`,
    grantStateOf(grant, now),
  ].join('; ');
}
