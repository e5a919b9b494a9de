/** Cards in direct messages that show approvals of several runs: each run as the store holds it. */
import type { Card } from '../chat/card.ts';
import type { ActorId, ApprovalId, RunId } from '../core/ids.ts';
import { durableState } from '../runs/durable-state.ts';
import type { OpenRuns } from '../runs/open-runs.ts';
import { joinedTo } from '../runs/routed-approvals.ts';
import type { ApprovalState, RunState } from '../runs/run-state.ts';
import type { ApprovalView } from '../story/approval-card.ts';
import { groupCard } from '../story/group-card.ts';
import { joinedItem } from '../story/routed-items.ts';
import type { PersonalRoute, RoutedCard } from '../story/routed-items.ts';
import type { Reader } from '../story/story-item.ts';

export interface JoinedViews {
  /** Every card that shows an approval of this run beside another's. */
  itemsOf(state: RunState): Promise<readonly RoutedCard[]>;
  /** The cards that hang on this approval, one for each person who has one. */
  cardsOf(state: RunState, id: ApprovalId): Promise<readonly Card[]>;
}

export interface JoinedViewsOptions {
  readonly runs: OpenRuns;
  lookAt(state: RunState, id: ApprovalId, reader: Reader): Promise<ApprovalView | undefined>;
}

export function createJoinedViews({ runs, lookAt }: JoinedViewsOptions): JoinedViews {
  /** Read on first: of several processes that show a card at once, the last one knows what all of them knew. */
  async function freshState(id: RunId): Promise<RunState | undefined> {
    const run = await runs.open(id);
    if (run === undefined) return undefined;
    try {
      await run.stream.catchUp();
      return await durableState(run);
    } finally {
      runs.close(run);
    }
  }

  /** The first and what joined it, as one person is shown it. */
  async function viewsOf(
    state: RunState,
    approval: ApprovalState,
    person: ActorId,
  ): Promise<readonly ApprovalView[]> {
    const reader = { id: person, mayReadThread: false };
    const views = [await lookAt(state, approval.id, reader)];
    for (const entry of joinedTo(approval, person)) {
      const other = entry.run === state.id ? state : await freshState(entry.run);
      if (other !== undefined) views.push(await lookAt(other, entry.approval, reader));
    }
    return views.flatMap((view) => view ?? []);
  }

  /** The card that an approval stands on in the direct messages of a person, when it is not its alone. */
  async function findCard(
    state: RunState,
    approval: ApprovalState,
    { person, on }: PersonalRoute,
  ): Promise<RoutedCard | undefined> {
    const first = on === undefined || on.run === state.id ? state : await freshState(on.run);
    const holder = on === undefined ? approval : first?.approvals.get(on.approval);
    const route = holder?.routes.find((entry) => entry.person === person);
    if (first === undefined || holder === undefined || !isPersonal(route)) return undefined;
    if (joinedTo(holder, person).length === 0) return undefined;
    return joinedItem(await viewsOf(first, holder, person), route, approval.id);
  }

  return {
    async itemsOf(state) {
      const cards: RoutedCard[] = [];
      for (const approval of state.approvals.values())
        for (const route of approval.routes) {
          if (!isPersonal(route) || route.unreached !== undefined) continue;
          const card = await findCard(state, approval, route);
          // Two approvals of one run may stand on one card.
          if (card !== undefined && cards.every(({ item }) => item.id !== card.item.id)) cards.push(card);
        }
      return cards;
    },
    async cardsOf(state, id) {
      const approval = state.approvals.get(id);
      if (approval === undefined) return [];
      const persons = new Set(approval.joined.map(({ person }) => person));
      return Promise.all(
        [...persons].map(async (person) => groupCard(await viewsOf(state, approval, person), 'joined')),
      );
    },
  };
}

function isPersonal(route: ApprovalState['routes'][number] | undefined): route is PersonalRoute {
  return route?.thread !== undefined && route.person !== undefined;
}
