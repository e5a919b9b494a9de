/** Approvals that wait: for a person to decide, or around a person, as far as whoever looks may see them. */
import type { Card } from '../chat/card.ts';
import type { WaitingAround } from '../commands/command.ts';
import { outlookOf } from '../gate/decide-vote.ts';
import type { People, Person } from '../people/person.ts';
import type { ApprovalRow, RunStore } from '../runs/store.ts';
import { approvalCard, needs } from '../story/approval-card.ts';
import type { ApprovalView } from '../story/approval-card.ts';
import type { RunViews } from './run-views.ts';

export interface Waiting {
  /** Cards of what this person may decide, wherever it was asked; youngest first. */
  cardsFor(person: Person): Promise<readonly Card[]>;
  around(reader: Person, about: Person): Promise<readonly WaitingAround[]>;
}

export interface WaitingOptions {
  readonly runs: Pick<RunStore, 'listApprovals'>;
  people(): People;
  readonly views: Pick<RunViews, 'withState' | 'viewOf'>;
}

const pageSize = 50;
const mostShown = 30;
/** Of everything that waits for anybody. */
const mostLookedAt = 500;

export function createWaiting({ runs, people, views }: WaitingOptions): Waiting {
  /** What `read` makes of each waiting approval that the reader may see, until there are enough. */
  async function collect<T>(reader: Person, read: (view: ApprovalView) => T | undefined): Promise<T[]> {
    const found: T[] = [];
    let cursor: string | undefined;
    for (let seen = 0; seen < mostLookedAt; seen += pageSize) {
      const rows: readonly ApprovalRow[] = await runs.listApprovals({
        ...{ state: 'pending', limit: pageSize },
        ...(cursor !== undefined && { cursor }),
      });
      for (const row of rows) {
        const view = await views.withState(row.run, (run) => views.viewOf(run, row.id, reader));
        const made = view?.approval.state === 'pending' ? read(view) : undefined;
        if (made !== undefined) found.push(made);
        if (found.length >= mostShown) return found;
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageSize) break;
      cursor = `${String(last.requestedAt)}/${last.id}`;
    }
    return found;
  }

  const mayDecide = ({ approval }: ApprovalView, person: Person): boolean =>
    outlookOf(approval, people()).mayVote(person.id).kind === 'may';

  return {
    cardsFor: (person) =>
      collect(person, (view) => (mayDecide(view, person) ? approvalCard(view) : undefined)),
    around: (reader, about) =>
      collect(reader, (view) => {
        const { approval } = view;
        const isAsked = approval.requester === about.id;
        if (!isAsked && !mayDecide(view, about)) return undefined;
        return {
          part: isAsked ? 'asked' : 'decides',
          title: approval.title,
          askedBy: view.words.nameOf(approval.requester),
          needs: needs(view),
          ...(mayDecide(view, reader) && { card: approvalCard(view) }),
        };
      }),
  };
}
