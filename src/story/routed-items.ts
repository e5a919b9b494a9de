/** Copies of approval cards outside of their threads: what runs and who asked, never what the thread holds. */
import { nameChannel } from '../core/channel-token.ts';
import { surfaceOf } from '../core/surface-of.ts';
import { outlookOf } from '../gate/decide-vote.ts';
import { accountsOn } from '../people/accounts-on.ts';
import type { People } from '../people/person.ts';
import { joinedTo, routedCopyId } from '../runs/routed-approvals.ts';
import type { ApprovalRoute, ApprovalState, RunState } from '../runs/run-state.ts';
import type { ActorId, ApprovalId, ThreadId } from '../core/ids.ts';
import { approvalCard } from './approval-card.ts';
import type { ApprovalView, Precedent } from './approval-card.ts';
import { groupCard } from './group-card.ts';
import { nudgeItems } from './nudge-items.ts';
import type { StoryItem, StoryWords } from './story-item.ts';

export interface CopyContext {
  readonly people: People;
  readonly words: StoryWords;
  precedentsOf(tool: string): readonly Precedent[];
}

export interface RoutedCard {
  readonly approval: ApprovalId;
  readonly thread: ThreadId;
  readonly item: StoryItem;
  /** Where it shows more than one run: of two of these the higher one is the later. */
  readonly from?: number;
}

/** A card in somebody's direct messages. */
export type PersonalRoute = ApprovalRoute & { readonly thread: ThreadId; readonly person: ActorId };

/** A card that shows several runs is later than any that shows its first alone. */
const severalRuns = 1_000_000_000;

/** The card of several runs' approvals: by `approval`, of whom it is told to whoever shows it. */
export function joinedItem(
  views: readonly ApprovalView[],
  { thread, mark }: PersonalRoute,
  approval: ApprovalId,
): RoutedCard | undefined {
  const [first] = views;
  if (first === undefined) return undefined;
  const card = groupCard(views, 'joined');
  const runs = new Map(views.map(({ state }) => [state.id, state.events]));
  return {
    approval,
    thread,
    item: {
      ...{ id: routedCopyId(first.state, first.approval.id, thread), kind: 'card', by: 'bot' },
      ...{ at: mark.stamp.at, text: card.fallback, card, run: first.state.id },
    },
    from: severalRuns + [...runs.values()].reduce((sum, events) => sum + events, 0),
  };
}

export function routedItems(state: RunState, context: CopyContext): readonly RoutedCard[] {
  return [...state.approvals.values()].flatMap((approval) =>
    approval.routes.flatMap((route) =>
      // What stands on another's card is shown with that one.
      route.thread === undefined || route.unreached !== undefined || route.on !== undefined
        ? []
        : itemsAt(state, approval, { ...route, thread: route.thread }, context),
    ),
  );
}

function itemsAt(
  state: RunState,
  approval: ApprovalState,
  { thread, person, mark }: ApprovalRoute & { readonly thread: ThreadId },
  context: CopyContext,
): readonly RoutedCard[] {
  const call = state.calls.get(approval.call);
  if (call === undefined) return [];
  // In direct messages everything is news; in a channel whoever may decide is told by name.
  const left =
    person === undefined && approval.state === 'pending' ? outlookOf(approval, context.people).left : [];
  const tell = left.flatMap((one) => accountsOn(one, surfaceOf(thread)));
  const ownCard = (): StoryItem => {
    const card = approvalCard({
      ...{ ...context, state, approval, call },
      reader: { id: person ?? '', mayReadThread: false },
      precedents: context.precedentsOf(call.call.tool),
      // What the thread's agent was told stays with those who read the thread.
      known: new Map(),
    });
    const id = routedCopyId(state, approval.id, thread);
    return {
      ...{ id, kind: 'card', by: 'bot', at: mark.stamp.at, text: card.fallback, card },
      ...(tell.length > 0 && { tell }),
      run: state.id,
    };
  };
  // One that shows other runs too is drawn with theirs.
  const isJoined = person !== undefined && joinedTo(approval, person).length > 0;
  const reminders = nudgeItems(state, context, approval, mark.number).map((item): StoryItem => ({
    ...withoutTell(item),
    id: `${item.id}/at/${thread}`,
    ...(tell.length > 0 && { tell }),
  }));
  return [...(isJoined ? [] : [ownCard()]), ...reminders].map((item) => ({
    approval: approval.id,
    thread,
    item,
  }));
}

function withoutTell({ tell: _told, ...item }: StoryItem): StoryItem {
  return item;
}

/** What the thread says of copies that reached nobody. */
export function unreachedItems(state: RunState, { words }: Pick<CopyContext, 'words'>): readonly StoryItem[] {
  return [...state.approvals.values()].flatMap((approval) =>
    approval.routes.flatMap(({ thread, person, unreached }): readonly StoryItem[] => {
      if (unreached === undefined) return [];
      const who =
        person !== undefined
          ? words.nameOf(person)
          : thread === undefined
            ? 'a channel'
            : nameChannel(thread);
      return [
        {
          id: `${state.id}/${approval.id}/unreached/${person ?? thread ?? ''}`,
          kind: 'message',
          by: 'bot',
          at: unreached.mark.stamp.at,
          text:
            person === undefined
              ? `I cannot show this question in ${who}. It can be decided here. Operators have been told why.`
              : `I cannot write to ${who} directly. ${who} can decide here, or in the console's inbox. Operators have been told why.`,
        },
      ];
    }),
  );
}
