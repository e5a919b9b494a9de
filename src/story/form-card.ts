/** The card of a form: what is asked, of whom, and what was answered. */
import { argumentForm } from '../chat/argument-form.ts';
import type { Card, CardField } from '../chat/card.ts';
import { inWords } from '../chat/field-words.ts';
import { makeVisible } from '../core/visible-text.ts';
import { formId, readForm } from '../runs/form.ts';
import type { RecordedForm } from '../runs/form.ts';
import { isFinished } from '../runs/run-state.ts';
import type { RunState } from '../runs/run-state.ts';
import type { WaitState } from '../runs/wait-state.ts';
import { argumentFields } from './approval-card.ts';
import type { StoryItem, StoryWords } from './story-item.ts';

export function formItems(state: RunState, { words }: { readonly words: StoryWords }): readonly StoryItem[] {
  const items: StoryItem[] = [];
  for (const wait of state.waits.values()) {
    const form = wait.kind === 'form' ? readForm(wait) : undefined;
    if (form === undefined) continue;
    const card = formCard(state, wait, form, words);
    const id = `${state.id}/${formId(state.id, wait.key)}`;
    items.push({ id, kind: 'card', by: 'bot', at: wait.mark.stamp.at, text: card.fallback, card });
  }
  return items;
}

function formCard(state: RunState, wait: WaitState, form: RecordedForm, words: StoryWords): Card {
  const title = makeVisible(form.title);
  const who = (wait.who ?? []).map((name) => words.nameOf(name)).join(', ');
  const isOpen = wait.end === undefined && !isFinished(state);
  const fields = isOpen ? [] : answerFields(wait, form);
  const until = wait.until === undefined || !isOpen ? '' : ` until ${words.time(wait.until)}`;
  const outcome = isOpen ? undefined : outcomeOf(wait, words);
  return {
    kind: 'notice',
    title,
    badge: isOpen ? `needs ${who}` : 'settled',
    lines: isOpen ? [{ state: 'waiting', text: `waiting for ${who} to answer${until}` }] : [],
    fields,
    ...(outcome !== undefined && { outcome }),
    actions: isOpen
      ? [
          {
            id: `v1:${state.id}:${formId(state.id, wait.key)}:answer`,
            label: 'Answer…',
            style: 'primary',
            asks: { kind: 'form' },
          },
        ]
      : [],
    fallback: [
      title,
      outcome ?? `Waiting for ${who} to answer${until}.`,
      ...fields.map((field) => `${field.label}: ${field.value}`),
    ].join('\n'),
  };
}

/** What was answered, by what was asked. */
function answerFields({ end }: WaitState, { schema }: RecordedForm): readonly CardField[] {
  if (end?.how !== 'answered') return [];
  const asked = argumentForm(schema, {});
  return argumentFields(end.result, makeVisible).map((field) => {
    const found = asked.find(({ label }) => label === field.label);
    if (found === undefined) return field;
    const chosen =
      found.kind === 'choice' ? found.options.find(({ value }) => value === field.value)?.label : undefined;
    return { ...field, label: inWords(found).label, ...(chosen !== undefined && { value: chosen }) };
  });
}

function outcomeOf({ end }: WaitState, words: StoryWords): string {
  if (end === undefined) return 'The run ended before it was answered.';
  switch (end.how) {
    case 'answered':
      return `Answered by ${end.by === undefined ? 'somebody' : words.nameOf(end.by)} at ${words.time(end.mark.stamp.at)}.`;
    case 'expired':
      return 'Nobody answered in time.';
    case 'dropped':
      return 'No answer is needed any more.';
    default:
      return end.how satisfies never;
  }
}
