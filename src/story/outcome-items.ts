/** What the thread shows of calls that were sent and never answered: the question, how it ended, and reminders. */
import { surfaceOf } from '../core/surface-of.ts';
import type { Card, CardField } from '../chat/card.ts';
import { makeVisible } from '../core/visible-text.ts';
import { settlersOf } from '../gate/who-may-settle.ts';
import { accountsOn } from '../people/accounts-on.ts';
import type { People } from '../people/person.ts';
import { operatorsToldAfterMs } from '../runs/lost-outcome.ts';
import type { LostOutcome } from '../runs/lost-outcome.ts';
import type { CallState, RunState } from '../runs/run-state.ts';
import { argumentFields } from './approval-card.ts';
import { durationText, reminderItem } from './reminder-item.ts';
import type { StoryItem, StoryWords } from './story-item.ts';

interface Context {
  readonly people: People;
  readonly words: StoryWords;
}

export function outcomeItems(state: RunState, context: Context): readonly StoryItem[] {
  return [...state.calls.values()].flatMap((call) =>
    call.lost.flatMap((loss, index) => {
      const id = `${state.id}/${call.call.id}/unknown${index === 0 ? '' : `/${String(loss.attempt)}`}`;
      const card = unknownCard(state, call, loss, context.words);
      const shown = { kind: 'card', by: 'bot', at: loss.mark.stamp.at, text: card.fallback, card } as const;
      return [{ id, ...shown }, ...reminderItems(state, call, loss, { ...context, id })];
    }),
  );
}

/** True while nobody has said what became of it. */
function isOpen(call: CallState, loss: LostOutcome): boolean {
  return call.unknown !== undefined && call.lost.at(-1) === loss;
}

/** Drawn from the frozen bytes, with the three things that a person can say. */
export function unknownCard(state: RunState, entry: CallState, loss: LostOutcome, words: StoryWords): Card {
  const { call, dispatches } = entry;
  const sent = dispatches.find(({ attempt }) => attempt === loss.attempt) ?? dispatches.at(-1);
  const at = words.time(sent?.mark.stamp.at ?? loss.mark.stamp.at);
  const open = isOpen(entry, loss);
  const title = `Outcome unknown: ${makeVisible(call.title)}`;
  const text = open
    ? `I sent ${call.tool} at ${at} and lost the connection before an answer. It may or may not have happened. I will not send it again by myself.`
    : `I sent ${call.tool} at ${at} and got no answer. ${endText(loss, words)}`;
  return {
    kind: 'outcome-unknown',
    title: open ? title : `Outcome was unknown: ${makeVisible(call.title)}`,
    badge: open ? 'needs a person' : 'settled',
    lines: [],
    fields: [...argumentFields(call.argsJson), ...probeFields(entry, loss)],
    outcome: text,
    actions: open
      ? [
          { id: `v1:${state.id}:${call.id}:happened`, label: 'It happened', style: 'plain' },
          { id: `v1:${state.id}:${call.id}:ask-again`, label: 'It did not: ask me again', style: 'plain' },
          { id: `v1:${state.id}:${call.id}:stop`, label: 'Stop', style: 'danger' },
        ]
      : [],
    fallback: `${title}. ${text}`,
  };
}

/** What the tool's probe said about this attempt. */
function probeFields({ probe }: CallState, { attempt }: LostOutcome): readonly CardField[] {
  if (probe === undefined || probe.attempt !== attempt) return [];
  const said = makeVisible(probe.answer ?? '(erased)', { keepLineBreaks: true });
  const why = probe.found === 'absent' ? 'It says that it did not happen.' : 'That is not certain.';
  return [{ label: `What ${probe.probe} says`, value: `${said}\n${why}`, form: 'plain' }];
}

function endText({ end }: LostOutcome, words: StoryWords): string {
  switch (end?.kind) {
    case undefined:
      return 'It is settled by now.';
    case 'answered':
      return 'The answer came after all.';
    case 'person': {
      const who = `${words.nameOf(end.by)} looked at ${words.time(end.mark.stamp.at)} and says`;
      switch (end.says) {
        case 'happened':
          return `${who} that it happened. It is not sent again.`;
        case 'not':
          return `${who} that it did not happen. It is not sent again.`;
        case 'again':
          return `${who} that it did not happen. A new question follows.`;
        default:
          return end.says satisfies never;
      }
    }
    default:
      return end satisfies never;
  }
}

function reminderItems(
  state: RunState,
  call: CallState,
  loss: LostOutcome,
  { people, words, id }: Context & { readonly id: string },
): readonly StoryItem[] {
  const open = isOpen(call, loss);
  const may = settlersOf(state, call, people);
  return loss.reminders.map(({ afterMs, mark }): StoryItem => {
    const operators = afterMs >= operatorsToldAfterMs ? people.expand(['operator']) : [];
    const told = open ? [...new Set([...may, ...operators])] : [];
    const tell = told.flatMap((person) => accountsOn(person, surfaceOf(state.thread)));
    const title = `${open ? 'Still unknown' : 'Was still unknown'}: ${makeVisible(call.call.title)}`;
    const names = may.map(({ name }) => name).join(', ');
    const text = open
      ? `I sent it at ${words.time(loss.mark.stamp.at)} and nobody has said in ${durationText(afterMs)} whether it happened. I do not send it again. ${names === '' ? 'Nobody is left who may say so: name approvers in policy.yaml.' : `${names} can say so on its card.`}`
      : 'It is settled by now.';
    return reminderItem({ id: `${id}/reminded/${String(afterMs)}`, at: mark.stamp.at, title, text, tell });
  });
}
