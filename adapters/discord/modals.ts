/** Forms: what pressing a button asks for first, and what was typed into it. */
import type { CardAction } from '../../src/chat/card.ts';
import { firstCharacters } from '../../src/core/first-characters.ts';
import { limits } from './components.ts';
import type { FormPart } from './payloads.ts';

type TextQuestion = Extract<NonNullable<CardAction['asks']>, { readonly kind: 'text' }>;

/** In front of the id of whatever a form belongs to. */
export const formOf = { action: 'm:', workflow: 'w:', quote: 'q:' } as const;

const textField = 'text';
const pickField = 'pick';

export interface Modal {
  readonly custom_id: string;
  readonly title: string;
  readonly components: readonly object[];
}

/** The form of an action; undefined when its id is too long to come back. */
export function actionModal(action: CardAction, asks: TextQuestion): Modal | undefined {
  const customId = `${formOf.action}${action.id}`;
  if (customId.length > limits.customId) return undefined;
  const picks = [...new Set(asks.picks.map((pick) => firstCharacters(pick.trim(), 100)))].filter(
    (pick) => pick !== '',
  );
  return {
    custom_id: customId,
    title: firstCharacters(action.label.replace(/…$/u, ''), 45),
    components: [
      textInput(asks.label, asks.isRequired, 'Leave it empty, or say why.'),
      ...(picks.length === 0 ? [] : [picker(picks)]),
    ],
  };
}

/** The form of a workflow's command: what exactly is wanted. */
export function workflowModal(workflow: string, { isRequired }: { readonly isRequired: boolean }): Modal {
  return {
    custom_id: `${formOf.workflow}${workflow}`,
    title: firstCharacters(workflow.replaceAll('-', ' '), 45),
    components: [
      isRequired
        ? textInput('What exactly?', true, 'In your words: who, what, how much, why')
        : textInput('What exactly?', false, 'In your words, or nothing: it begins as it is'),
    ],
  };
}

/** What exactly is wanted about a message; the quote is kept under this name until then. */
export function quoteModal(kept: string): Modal {
  return {
    custom_id: `${formOf.quote}${kept}`,
    title: 'Ask about this message',
    components: [textInput('What about it?', true, 'In your words')],
  };
}

/** The inputs of a form that came back, out of the labels and rows around them. */
export function inputsOf(parts: readonly FormPart[]): readonly Omit<FormPart, 'component' | 'components'>[] {
  return parts.flatMap((part) => [
    part,
    ...(part.component === undefined ? [] : [part.component]),
    ...(part.components ?? []),
  ]);
}

/** What a form says: what was typed, else what was picked. */
export function formText(parts: readonly FormPart[]): string | undefined {
  const inputs = inputsOf(parts);
  const typed = inputs.find((input) => input.custom_id === textField)?.value?.trim();
  const picked = inputs.find((input) => input.custom_id === pickField)?.values?.[0];
  const text = typed === undefined || typed === '' ? picked : typed;
  return text === undefined || text === '' ? undefined : text;
}

function textInput(label: string, isRequired: boolean, hint: string): object {
  return {
    type: 18,
    label: firstCharacters(label, 45),
    component: {
      type: 4,
      custom_id: textField,
      style: 2,
      required: isRequired,
      max_length: 2_000,
      ...(!isRequired && { placeholder: hint }),
    },
  };
}

function picker(picks: readonly string[]): object {
  return {
    type: 18,
    label: 'Or one of the earlier reasons',
    component: {
      type: 3,
      custom_id: pickField,
      required: false,
      options: picks.slice(0, 25).map((pick) => ({ label: pick, value: pick })),
    },
  };
}
