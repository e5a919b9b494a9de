/** Forms of several fields: drawn as a modal, and what was typed into it, exactly. */
import type { Form, FormField, FormValues } from '../../src/chat/form.ts';
import { limits, plain } from './blocks.ts';
import type { InputBlock, Modal } from './blocks.ts';
import { bytesOf, fittingInputs } from './fitting-inputs.ts';
import { inShort } from './literal.ts';
import { chosenValue, mostInLists, optionLists, optionShowing } from './option-lists.ts';
import type { FormValues as TypedValues } from './payloads.ts';

export const fieldsForm = 'countersign.fields';

/** In front of a field's own id. */
const prefix = 'field.';

/** Undefined for a form with more in it than a modal takes. */
export function fieldsModal(form: Form, privateMetadata: string): Modal | undefined {
  const { fields } = form;
  const isTooLong = fields.some(
    ({ id, value }) => prefix.length + id.length > limits.actionId || value.length > limits.inputLength,
  );
  if (isTooLong || fields.length > limits.viewBlocks - 1) return undefined;
  // Slack's titles are short: of «Edit: Refund 120 on invoice 1042» the verb stays, and the rest stands above the fields.
  const [, verb, rest] = /^([^:]{1,24}): (.+)$/su.exec(form.title) ?? [];
  const isShort = form.title.length <= limits.modalTitle || verb === undefined || rest === undefined;
  const title = isShort ? form.title : verb;
  const note = isShort ? form.note : `${rest}\n${form.note}`;
  const modalOf = (inputs: readonly InputBlock[]): Modal => ({
    type: 'modal',
    callback_id: fieldsForm,
    private_metadata: privateMetadata,
    title: plain(inShort(title, limits.modalTitle)),
    submit: plain(inShort(form.submit, limits.modalTitle)),
    close: plain('Cancel'),
    blocks: [{ type: 'context', elements: [plain(inShort(note, 2_000))] }, ...inputs],
  });
  const inputs = fields.map((field) => {
    const block = inputOf(field);
    return { block, typed: () => ({ ...block, element: textOf(field, blockId(field), false) }) };
  });
  const modal = modalOf(fittingInputs(inputs, limits.viewBytes - bytesOf(modalOf([]))));
  return bytesOf(modal) <= limits.viewBytes ? modal : undefined;
}

function blockId({ id }: FormField): string {
  return `${prefix}${id}`;
}

function inputOf(field: FormField): InputBlock {
  const id = blockId(field);
  return {
    type: 'input',
    block_id: id,
    optional: !field.isRequired,
    label: plain(inShort(field.label, 150)),
    ...(field.hint !== undefined && { hint: plain(inShort(field.hint, 500)) }),
    element: elementOf(field, id),
  };
}

function elementOf(field: FormField, id: string): InputBlock['element'] {
  const { value } = field;
  const text = (isLong: boolean): InputBlock['element'] => textOf(field, id, isLong);
  switch (field.kind) {
    case 'text':
      return text(field.isLong || value.includes('\n'));
    // A number field may write the same number in another way, and what comes back as shown must change nothing.
    case 'number':
      return text(false);
    case 'list':
    case 'json':
      return text(true);
    case 'date': {
      const isDate = /^\d{4}-\d\d-\d\d$/u.test(value);
      if (value !== '' && !isDate) return text(false);
      return { type: 'datepicker', action_id: id, ...(isDate && { initial_date: value }) };
    }
    case 'choice': {
      const { options } = field;
      if (options.length === 0 || options.length > mostInLists) return text(false);
      const initial = optionShowing(options, value);
      return {
        type: 'static_select',
        action_id: id,
        ...optionLists(options),
        ...(initial !== undefined && { initial_option: initial }),
      };
    }
    default:
      return field satisfies never;
  }
}

function textOf({ value }: FormField, id: string, isLong: boolean): InputBlock['element'] {
  return {
    type: 'plain_text_input',
    action_id: id,
    multiline: isLong,
    max_length: limits.inputLength,
    ...(value !== '' && { initial_value: value }),
  };
}

/** What was typed, by the id of its field; an empty field is an empty text. `form` is the one that was filled in. */
export function readFields(values: TypedValues, form: Form | undefined): FormValues {
  const found: Record<string, string> = {};
  for (const [block, inputs] of Object.entries(values)) {
    if (!block.startsWith(prefix)) continue;
    const id = block.slice(prefix.length);
    const held = inputs[block];
    const chosen = held?.selected_option?.value;
    const picked = chosen === undefined ? undefined : chosenIn(form, id, chosen);
    found[id] = held?.value ?? picked ?? held?.selected_date ?? '';
  }
  return found;
}

function chosenIn(form: Form | undefined, id: string, given: string): string {
  const field = form?.fields.find((one) => one.id === id);
  return field?.kind === 'choice' ? chosenValue(field.options, given) : given;
}
