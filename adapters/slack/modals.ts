/** Forms: what pressing a button asks for first, and what was typed into it. */
import { z } from 'zod';
import type { WorkflowCommand, WorkflowField } from '../../src/chat/adapter.ts';
import type { Card, CardAction } from '../../src/chat/card.ts';
import { pairInWords } from '../../src/chat/pair-words.ts';
import { firstCharacters } from '../../src/core/first-characters.ts';
import { limits, plain } from './blocks.ts';
import type { InputBlock, Modal } from './blocks.ts';
import { fittingInputs } from './fitting-inputs.ts';
import { inShort } from './literal.ts';
import { chosenValue, mostInLists, optionLists } from './option-lists.ts';
import type { Offered } from './option-lists.ts';
import type { FormValues } from './payloads.ts';
import type { About } from './quotes.ts';
import { wholeCardBlocks } from './render-card.ts';

type TextQuestion = Extract<NonNullable<CardAction['asks']>, { readonly kind: 'text' }>;

export const forms = {
  action: 'countersign.action',
  workflow: 'countersign.workflow',
  ask: 'countersign.ask',
} as const;

/** The entries of Slack's own menus, as manifest.yml names them. */
export const shortcuts = { about: 'ask_about', ask: 'ask', learn: 'learn_this' } as const;

/** Input blocks, whose one action has the same id: Slack names what is wrong by block. */
export const fields = { text: 'text', pick: 'pick' } as const;

/** Where a form came from, so that its answer goes there. */
const origin = z.object({
  subject: z.string(),
  channel: z.string().optional(),
  thread: z.string().optional(),
  /** Pressed in the Home tab, which shows what came of it. */
  home: z.boolean().optional(),
  /** The message that the form is about, so that a restart while it is open loses nothing. */
  quote: z.object({ by: z.string(), text: z.string() }).optional(),
  files: z
    .array(
      z.object({
        reference: z.string(),
        name: z.string(),
        mediaType: z.string().optional(),
        size: z.number(),
      }),
    )
    .optional(),
});
export type FormOrigin = z.infer<typeof origin>;

export function parseOrigin(text: string): FormOrigin | undefined {
  try {
    const parsed = origin.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** The form of an action that asks for a text. */
export function actionModal(action: CardAction, asks: TextQuestion, from: FormOrigin): Modal {
  const picks = [...new Set(asks.picks.map((pick) => firstCharacters(pick.trim(), 75)))].filter(
    (pick) => pick !== '',
  );
  const label = action.label.replace(/…$/u, '');
  return {
    ...frame(label, from),
    callback_id: forms.action,
    submit: plain(inShort(label, limits.modalTitle)),
    blocks: [
      textInput({ id: fields.text, label: asks.label, isRequired: asks.isRequired }),
      ...(picks.length === 0 ? [] : [picker(picks)]),
    ],
  };
}

/** The form that shows a card whole before it is approved. */
export function wholeModal(card: Card, action: CardAction, from: FormOrigin): Modal {
  const label = action.label.replace(/…$/u, '');
  return {
    ...frame(label, from),
    callback_id: forms.action,
    submit: plain(inShort(label, limits.modalTitle)),
    blocks: wholeCardBlocks(card),
  };
}

/** A form that only says something. */
export function wordsModal(title: string, text: string): Modal {
  return {
    type: 'modal',
    title: plain(inShort(title, limits.modalTitle)),
    close: plain('Close'),
    blocks: [
      { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }] },
    ],
  };
}

/** The form of a workflow's command: its input, and what else there is to say. */
export function workflowModal(workflow: WorkflowCommand, from: FormOrigin): Modal {
  const offered = workflow.fields
    .slice(0, limits.viewBlocks - 1)
    .map((field) => ({ block: inputOf(field), typed: () => typedInput(field) }));
  const inputs = fittingInputs(offered, limits.viewBytes - limits.viewBytesBeside);
  return {
    ...frame(workflow.title, from),
    callback_id: forms.workflow,
    submit: plain('Start'),
    blocks: [
      ...inputs,
      textInput({
        id: fields.text,
        label: inputs.length === 0 ? 'What exactly?' : 'Anything else?',
        isRequired: inputs.length === 0,
      }),
    ],
  };
}

/** Where a form about a message comes from: with the message itself, as far as Slack keeps that much. */
export function withAbout(from: FormOrigin, about: About | undefined): FormOrigin {
  const whole =
    about === undefined
      ? from
      : { ...from, quote: about.quote, files: about.files.map((file) => ({ ...file })) };
  return JSON.stringify(whole).length <= limits.privateMetadata ? whole : from;
}

/** What a form that came back is about; undefined when Slack did not keep it. */
export function aboutOf({ quote, files = [] }: FormOrigin): About | undefined {
  if (quote === undefined) return undefined;
  return {
    quote,
    files: files.map(({ reference, name, mediaType, size }) => ({
      ...{ reference, name, size },
      ...(mediaType !== undefined && { mediaType }),
    })),
  };
}

/** The form of a shortcut: what is wanted, about a message or about nothing yet. */
export function askModal(from: FormOrigin): Modal {
  const isAbout = from.subject !== '';
  return {
    ...frame('Ask Countersign', from),
    callback_id: forms.ask,
    submit: plain('Ask'),
    blocks: [
      textInput({
        id: fields.text,
        label: isAbout ? 'What do you want to know or have done about it?' : 'What do you want?',
        isRequired: true,
      }),
    ],
  };
}

function frame(
  title: string,
  from: FormOrigin,
): Pick<Modal, 'type' | 'private_metadata' | 'title' | 'close'> {
  return {
    type: 'modal',
    private_metadata: JSON.stringify(from),
    title: plain(inShort(title, limits.modalTitle)),
    close: plain('Cancel'),
  };
}

/** In front of a workflow's own field. */
const inputPrefix = 'input.';

function typedInput({ name, label, isRequired }: WorkflowField): InputBlock {
  return textInput({ id: `${inputPrefix}${name}`, label, isRequired, isShort: true });
}

function inputOf(field: WorkflowField): InputBlock {
  if (field.choices.length === 0 || field.choices.length > mostInLists) return typedInput(field);
  return {
    type: 'input',
    block_id: `${inputPrefix}${field.name}`,
    optional: !field.isRequired,
    label: plain(inShort(field.label, 150)),
    element: {
      type: 'static_select',
      action_id: `${inputPrefix}${field.name}`,
      ...optionLists(offeredBy(field)),
    },
  };
}

function offeredBy({ choices }: WorkflowField): readonly Offered[] {
  return choices.map((choice) => ({ label: choice, value: choice }));
}

function textInput(about: {
  readonly id: string;
  readonly label: string;
  readonly isRequired: boolean;
  readonly isShort?: boolean;
}): InputBlock {
  return {
    type: 'input',
    block_id: about.id,
    optional: !about.isRequired,
    label: plain(inShort(about.label, 150)),
    element: {
      type: 'plain_text_input',
      action_id: about.id,
      multiline: about.isShort !== true,
      max_length: about.isShort === true ? 500 : 2_000,
    },
  };
}

function picker(picks: readonly string[]): InputBlock {
  return {
    type: 'input',
    block_id: fields.pick,
    optional: true,
    label: plain('Or one of the earlier reasons'),
    element: {
      type: 'static_select',
      action_id: fields.pick,
      options: picks.slice(0, 100).map((pick) => ({ text: plain(pick), value: pick })),
    },
  };
}

/** What a form says: what was typed, else what was picked. */
export function formText(values: FormValues): string | undefined {
  return fieldValue(values, fields.text) ?? fieldValue(values, fields.pick);
}

/** A workflow's form as the words of its command; undefined when it is empty. */
export function workflowWords(values: FormValues, workflow: WorkflowCommand | undefined): string | undefined {
  const named = Object.keys(values)
    .filter((id) => id.startsWith(inputPrefix))
    .flatMap((id) => {
      const given = fieldValue(values, id);
      if (given === undefined) return [];
      const name = id.slice(inputPrefix.length);
      const field = workflow?.fields.find((one) => one.name === name);
      return [pairInWords(name, field === undefined ? given : chosenValue(offeredBy(field), given))];
    });
  const free = fieldValue(values, fields.text);
  const words = [...named, ...(free === undefined ? [] : [free])].join(' ');
  return words === '' ? undefined : words;
}

function fieldValue(values: FormValues, block: string): string | undefined {
  const held = values[block]?.[block];
  const text = (held?.value ?? held?.selected_option?.value ?? '').trim();
  return text === '' ? undefined : text;
}
