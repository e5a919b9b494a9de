/** A run as one person may see it: opened, read when durable, and let go. */
import type { Card } from '../chat/card.ts';
import { asApprovalId, asRunId, botActor } from '../core/ids.ts';
import type { ApprovalId, ChannelId, RunId, ThreadId } from '../core/ids.ts';
import { outlookOf } from '../gate/decide-vote.ts';
import type { People, Person } from '../people/person.ts';
import type { OpenRuns } from '../runs/open-runs.ts';
import { itemOf, offeredBy } from '../agent/offer-cards.ts';
import { isOutside } from '../core/direct-place.ts';
import { copyId } from '../runs/copied-approvals.ts';
import { lastEdit, pendingApprovals } from '../runs/run-state.ts';
import type { RunState } from '../runs/run-state.ts';
import type { RunStore } from '../runs/store.ts';
import { approvalCard } from '../story/approval-card.ts';
import type { ApprovalView, Precedent } from '../story/approval-card.ts';
import type { KnownSources } from '../story/evidence.ts';
import { createJoinedViews } from './joined-views.ts';
import { routedItems } from '../story/routed-items.ts';
import type { RoutedCard } from '../story/routed-items.ts';
import { runStory } from '../story/run-story.ts';
import type { Reader, StoryItem, StoryWords } from '../story/story-item.ts';

export interface RunViewsOptions {
  readonly store: { readonly runs: RunStore };
  readonly runs: OpenRuns;
  readonly words: StoryWords;
  people(): People;
  titleOf(workflow: string): string;
  /** What memory and documents told a run, as readers of its thread may know. */
  knownTo(state: RunState): Promise<KnownSources>;
}

const nothingKnown: KnownSources = new Map();

export interface CopiedItem {
  readonly thread: ThreadId;
  readonly item: StoryItem;
}

export interface RunViews {
  mayRead(person: Person, channel: ChannelId): boolean;
  /** A run as it stands, durable, then let go. */
  withState<T>(id: RunId, read: (state: RunState) => T | Promise<T>): Promise<T | undefined>;
  /** With copies of other runs' cards that it offers. */
  storyFor(state: RunState, reader: string): Promise<readonly StoryItem[]>;
  /** Without them: whoever asks keeps its own copies up to date. */
  ownStory(state: RunState, reader: string): Promise<readonly StoryItem[]>;
  /** The cards of this run that stand in other threads too, as they look now. */
  copiesOf(state: RunState, reader: string): Promise<readonly CopiedItem[]>;
  /** The cards of this run that stand outside of its thread, as they look now. */
  routedOf(state: RunState): Promise<readonly RoutedCard[]>;
  /** The card of an approval as whoever does not read the thread is shown it; empty when there is none. */
  cardOutside(state: RunState, id: ApprovalId): Promise<readonly Card[]>;
  /** One approval, without its thread for somebody who may decide but not read there; undefined when not for him. */
  viewOf(state: RunState, id: ApprovalId, person: Person): Promise<ApprovalView | undefined>;
}

export function createRunViews(options: RunViewsOptions): RunViews {
  const { store, runs, words } = options;

  const mayRead = (person: Person, channel: ChannelId): boolean =>
    options.people().canRead(person.id, channel);

  /** A run as it stands, durable, then let go. */
  async function withState<T>(id: RunId, read: (state: RunState) => T | Promise<T>): Promise<T | undefined> {
    const run = await runs.open(id);
    if (run === undefined) return undefined;
    try {
      await run.stream.durable();
      return await read(run.state());
    } finally {
      runs.close(run);
    }
  }

  /** Whether words from another run's thread may be shown to readers of `here`: said there, or open to everybody. */
  async function mayBeTold(run: RunId, here: ChannelId | undefined): Promise<boolean> {
    const channel = (await store.runs.find(run))?.channel;
    if (channel !== undefined && channel === here) return true;
    return options.people().channels.some((entry) => entry.id === channel && !entry.isPrivate);
  }

  /** `here` is the channel whose readers see the card; undefined for a copy outside of it. */
  async function precedentsFor(
    state: RunState,
    here: ChannelId | undefined,
  ): Promise<ReadonlyMap<string, readonly Precedent[]>> {
    const tools = new Set(
      pendingApprovals(state).map((approval) => state.calls.get(approval.call)?.call.tool ?? ''),
    );
    const found = new Map<string, readonly Precedent[]>();
    for (const tool of tools) {
      const rows = await store.runs.listApprovals({ tool, limit: 20 });
      const precedents: Precedent[] = [];
      for (const { state: decided, run, reason, isDrill, ...row } of rows) {
        if (run === state.id || isDrill === true || (decided !== 'approved' && decided !== 'denied'))
          continue;
        const isTold = reason !== undefined && (await mayBeTold(run, here));
        const { decidedBy: by = botActor, decidedAt: at = row.requestedAt } = row;
        precedents.push({ state: decided, by, at, ...(isTold && { reason }) });
      }
      found.set(tool, precedents);
    }
    return found;
  }

  async function ownStory(
    state: RunState,
    reader: string,
    isEachApart = false,
  ): Promise<readonly StoryItem[]> {
    const isAsking = pendingApprovals(state).length > 0;
    const [precedents, known] = await Promise.all([
      precedentsFor(state, state.channel),
      isAsking ? options.knownTo(state) : nothingKnown,
    ]);
    return runStory(state, {
      known,
      people: options.people(),
      words,
      reader: { id: reader, mayReadThread: true },
      titleOf: options.titleOf,
      precedentsOf: (tool) => precedents.get(tool) ?? [],
      isEachApart,
    });
  }

  async function copiesOf(state: RunState, reader: string): Promise<readonly CopiedItem[]> {
    const approvals = [...state.approvals.values()].flatMap(({ id, copies }) =>
      copies.map((copy) => ({ ...copy, item: id.toString() })),
    );
    const copied = [...approvals, ...state.questionCopies];
    if (copied.length === 0) return [];
    const story = await ownStory(state, reader, true);
    const items: CopiedItem[] = [];
    for (const { item: name, run, thread } of copied) {
      const found = story.find(({ id }) => id === `${state.id}/${name}`);
      if (found === undefined) continue;
      const shown = isOutside(thread, state.channel) ? await asOutside(state, found) : found;
      // People were told by name where it was asked.
      const { tell: _told, ...item } = shown;
      items.push({ thread, item: { ...item, id: copyId(state.id, name, run), run: state.id } });
    }
    return items;
  }

  /** The card as whoever does not read the thread is shown it: nothing that was said there. */
  async function asOutside(state: RunState, item: StoryItem): Promise<StoryItem> {
    if (item.card === undefined) return item;
    if (item.approval === undefined) {
      // What a form was answered belongs to its thread. A question on a card is put to whoever asked for the call.
      if (!item.id.startsWith(`${state.id}/form_`)) return item;
      const text = item.text.split('\n').slice(0, 2).join('\n');
      return { ...item, text, card: { ...item.card, fields: [], fallback: text } };
    }
    const view = await lookAt(state, asApprovalId(item.approval.id), { id: '', mayReadThread: false });
    const card = view === undefined ? { ...item.card, fields: [] } : approvalCard(view);
    return { ...item, text: card.fallback, card };
  }

  async function storyFor(state: RunState, reader: string): Promise<readonly StoryItem[]> {
    const own = await ownStory(state, reader);
    const offered = [...state.steps.values()].flatMap(offeredBy);
    const copies: StoryItem[] = [];
    for (const card of offered) {
      const found = await withState(asRunId(card.run), async (other) => {
        // Made for one channel, or for one person; whatever was recorded, nothing of another channel is shown.
        const isMeant = other.channel === state.channel || isOutside(state.thread, other.channel);
        const items = isMeant ? await copiesOf(other, reader) : [];
        return items.find(({ item }) => item.id === copyId(other.id, itemOf(card), state.id))?.item;
      });
      if (found !== undefined) copies.push(found);
    }
    return [...own, ...copies];
  }

  async function viewOf(state: RunState, id: ApprovalId, person: Person): Promise<ApprovalView | undefined> {
    const approval = state.approvals.get(id);
    if (approval === undefined) return undefined;
    const mayReadThread = mayRead(person, state.channel);
    const may = outlookOf(approval, options.people()).mayVote(person.id).kind;
    // Whoever changed what is asked decides no more, and sees what came of it.
    const isEditor = lastEdit(state, approval.call)?.by === person.id;
    if (!mayReadThread && may !== 'may' && approval.requester !== person.id && !isEditor) return undefined;
    return lookAt(state, id, { id: person.id, mayReadThread });
  }

  async function lookAt(state: RunState, id: ApprovalId, reader: Reader): Promise<ApprovalView | undefined> {
    const approval = state.approvals.get(id);
    const call = approval === undefined ? undefined : state.calls.get(approval.call);
    if (approval === undefined || call === undefined) return undefined;
    const precedents = await precedentsFor(state, reader.mayReadThread ? state.channel : undefined);
    return {
      state,
      approval,
      call,
      people: options.people(),
      words,
      reader,
      precedents: precedents.get(call.call.tool) ?? [],
      known: reader.mayReadThread ? await options.knownTo(state) : nothingKnown,
    };
  }

  const joined = createJoinedViews({ runs, lookAt });

  async function routedOf(state: RunState): Promise<readonly RoutedCard[]> {
    if ([...state.approvals.values()].every(({ routes }) => routes.length === 0)) return [];
    const precedents = await precedentsFor(state, undefined);
    const own = routedItems(state, {
      people: options.people(),
      words,
      precedentsOf: (tool) => precedents.get(tool) ?? [],
    });
    return [...own, ...(await joined.itemsOf(state))];
  }

  async function cardOutside(state: RunState, id: ApprovalId): Promise<readonly Card[]> {
    const view = await lookAt(state, id, { id: state.requester, mayReadThread: false });
    return [...(view === undefined ? [] : [approvalCard(view)]), ...(await joined.cardsOf(state, id))];
  }

  return { mayRead, withState, storyFor, ownStory, copiesOf, routedOf, cardOutside, viewOf };
}
