/** Calls of which nobody knows what became of them, as one person may see them: where he reads, or may say so. */
import { asRunId } from '../core/ids.ts';
import { maySettle, settlersOf } from '../gate/who-may-settle.ts';
import type { People, Person } from '../people/person.ts';
import type { CallState, RunState } from '../runs/run-state.ts';
import type { SignalStore } from '../runs/store.ts';
import { listUnknownRuns, unknownCalls } from '../runs/unknown-outcomes.ts';
import { unknownCard } from '../story/outcome-items.ts';
import type { StoryWords } from '../story/story-item.ts';
import type { Page } from './backend.ts';
import { cardJson } from './render-json.ts';
import type { RunViews } from './run-views.ts';
import type { OutcomeJson } from './shapes.ts';

export interface OutcomesOptions {
  readonly signals: Pick<SignalStore, 'listWaiting'>;
  readonly views: RunViews;
  readonly words: StoryWords;
  people(): People;
}

const pageSize = 30;

export async function listOutcomes(
  options: OutcomesOptions,
  person: Person,
  cursor: string | undefined,
): Promise<Page<OutcomeJson>> {
  const after = cursor === undefined ? undefined : asRunId(cursor);
  const runs = await listUnknownRuns(options.signals, after, pageSize);
  const items: OutcomeJson[] = [];
  for (const id of runs) {
    const found = await options.views.withState(id, (state) =>
      unknownCalls(state).flatMap((call) => outcomeJson(options, state, call, person) ?? []),
    );
    items.push(...(found ?? []));
  }
  const next = runs.length === pageSize ? runs.at(-1) : undefined;
  return { items, ...(next !== undefined && { next }) };
}

function outcomeJson(
  { views, words, people }: OutcomesOptions,
  state: RunState,
  entry: CallState,
  person: Person,
): OutcomeJson | undefined {
  const { call, unknown, dispatches, probe } = entry;
  const loss = entry.lost.at(-1);
  if (unknown === undefined || loss === undefined) return undefined;
  const mayRead = views.mayRead(person, state.channel);
  const mayAnswer = maySettle(state, entry, person, people());
  if (!mayRead && !mayAnswer) return undefined;
  const card = unknownCard(state, entry, loss, words);
  return {
    run: state.id,
    call: call.id,
    thread: mayRead ? state.thread : null,
    tool: call.tool,
    title: call.title,
    requestedBy: state.requester,
    sentAt: (dispatches.at(-1) ?? loss).mark.stamp.at.toISOString(),
    lostAt: loss.mark.stamp.at.toISOString(),
    why: unknown.why,
    ...(probe !== undefined && {
      probe: { tool: probe.probe, found: probe.found, answer: probe.answer ?? '' },
    }),
    people: settlersOf(state, entry, people()).map(({ name }) => name),
    mayAnswer,
    card: cardJson(mayAnswer ? card : { ...card, actions: [] }),
  };
}
