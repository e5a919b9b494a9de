/** «Approve and grant more» and «Revoke», whatever the surface. */
import { asRunId } from '../core/ids.ts';
import type { ApprovalId } from '../core/ids.ts';
import type { Card } from '../chat/card.ts';
import type { GrantDesk } from '../gate/grant-desk.ts';
import type { GrantWish } from '../gate/grant-terms.ts';
import type { Person } from '../people/person.ts';
import type { RunStore } from '../runs/store.ts';
import type { ApiBackend } from './backend.ts';
import { notFound, refusal } from './refusal.ts';
import type { RunViews } from './run-views.ts';

export interface GrantPress {
  /** Absent for a button: its approval's id stands for one digest for ever. */
  readonly digest?: string;
  /** How many later words of the requester the card showed. */
  readonly seen?: number;
  readonly surface: string;
  readonly wish: GrantWish | string;
}

export interface GrantPresses {
  /** Votes to approve, and when that settles it grants more of the same. */
  grant(person: Person, id: ApprovalId, input: GrantPress): ReturnType<ApiBackend['act']>;
  revoke(person: Person, grant: string): ReturnType<ApiBackend['act']>;
}

export function createGrantPresses(options: {
  readonly desk: GrantDesk;
  readonly store: RunStore;
  readonly views: RunViews;
  vote(
    person: Person,
    id: ApprovalId,
    input: Omit<GrantPress, 'wish'> & { readonly vote: 'approve' },
  ): ReturnType<ApiBackend['vote']>;
}): GrantPresses {
  const { desk, store, views } = options;
  return {
    async grant(person, id, { wish, ...input }) {
      const row = await store.findApproval(id);
      if (row === undefined) return notFound('approval');
      const terms = await views.withState(asRunId(row.run), (state) => {
        const approval = state.approvals.get(id);
        return approval === undefined ? undefined : desk.prepare(person, state, approval, wish);
      });
      if (terms === undefined) return notFound('approval');
      if (terms.kind === 'refused') return refusal(422, 'grant.refused', terms.why);
      const voted = await options.vote(person, id, { ...input, vote: 'approve' });
      if (voted.kind === 'refused') return voted;
      const text = await views.withState(asRunId(row.run), (state) => {
        const approval = state.approvals.get(id);
        return approval?.state === 'approved' ? desk.make(person, state, approval, terms) : undefined;
      });
      return { kind: 'done', text: text ?? voted.text };
    },
    async revoke(person, grant) {
      const done = await desk.revoke(person, grant);
      return done.kind === 'done'
        ? { kind: 'done', text: done.text }
        : refusal(404, 'grant.unknown', done.text);
    },
  };
}

/** The card of a grant whose button was pressed; it needs nothing first. */
export function revokeCard(action: string): Card | undefined {
  if (!/^v1:grant_[0-9a-z]+:revoke$/u.test(action)) return undefined;
  return {
    kind: 'notice',
    title: 'Grant',
    lines: [],
    fields: [],
    actions: [{ id: action, label: 'Revoke', style: 'danger' }],
    fallback: 'Grant',
  };
}
