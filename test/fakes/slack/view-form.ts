/** A form filled in by a person: the state a submission carries, and what Slack's own client would not let through. */
import type { SlackBlock } from './blocks.ts';
import { objectsIn } from './find-block-problems.ts';
import { readBlocks } from './read-blocks.ts';
import { withBlockIds } from './view-methods.ts';
import type { Workspace } from './workspace.ts';

export type FormValue = string | readonly string[];
export type FormValues = Readonly<Record<string, FormValue>>;

type Json = Readonly<Record<string, unknown>>;
type InputBlock = Extract<SlackBlock, { type: 'input' }>;
type Option = {
  readonly text: { readonly text: string };
  readonly description?: { readonly text: string };
  readonly value: string;
};

function optionsOf(element: Json): Option[] {
  const found: Option[] = [];
  for (const { value } of objectsIn([element['options'], element['option_groups']])) {
    // The validator has let only options have a `value` here.
    if (typeof value['value'] === 'string') found.push(value as unknown as Option);
  }
  return found;
}

function pick(element: Json, wanted: string): Option {
  const options = optionsOf(element);
  const found =
    options.find((option) => option.value === wanted || option.text.text === wanted) ??
    options.find((option) => option.description?.text === wanted);
  if (found === undefined)
    throw new Error(
      `There is no option "${wanted}", only: ${options.map((option) => option.text.text).join(', ')}.`,
    );
  return found;
}

const simple: Readonly<Record<string, { readonly key: string; readonly initial: string }>> = {
  plain_text_input: { key: 'value', initial: 'initial_value' },
  number_input: { key: 'value', initial: 'initial_value' },
  email_text_input: { key: 'value', initial: 'initial_value' },
  url_text_input: { key: 'value', initial: 'initial_value' },
  datepicker: { key: 'selected_date', initial: 'initial_date' },
  timepicker: { key: 'selected_time', initial: 'initial_time' },
  datetimepicker: { key: 'selected_date_time', initial: 'initial_date_time' },
  users_select: { key: 'selected_user', initial: 'initial_user' },
  channels_select: { key: 'selected_channel', initial: 'initial_channel' },
  conversations_select: { key: 'selected_conversation', initial: 'initial_conversation' },
  multi_users_select: { key: 'selected_users', initial: 'initial_users' },
  multi_channels_select: { key: 'selected_channels', initial: 'initial_channels' },
  multi_conversations_select: { key: 'selected_conversations', initial: 'initial_conversations' },
  rich_text_input: { key: 'rich_text_value', initial: 'initial_value' },
};
const one: ReadonlySet<string> = new Set(['static_select', 'external_select', 'radio_buttons', 'overflow']);

/** What an element holds: the person's value, else its initial one. */
export function elementState(element: Json, value: FormValue | undefined): Json {
  const type = String(element['type']);
  const plain = simple[type];
  if (plain !== undefined) {
    const typed = type === 'datetimepicker' && typeof value === 'string' ? Number(value) : value;
    return { type, [plain.key]: typed ?? element[plain.initial] ?? null };
  }
  if (one.has(type)) {
    const chosen = value === undefined ? element['initial_option'] : pick(element, String(value));
    return { type, selected_option: chosen ?? null };
  }
  const many = value === undefined ? undefined : [value].flat().map((wanted) => pick(element, wanted));
  return { type, selected_options: many ?? element['initial_options'] ?? [] };
}

function isEmpty(state: Json): boolean {
  const { type: _type, ...held } = state;
  return Object.values(held).every(
    (value) => value === null || value === '' || (Array.isArray(value) && value.length === 0),
  );
}

/** Why Slack's client keeps the form open, or undefined. */
function complaint(block: InputBlock, state: Json): string | undefined {
  const { element } = block;
  if (isEmpty(state)) return block.optional === true ? undefined : 'Please complete this required field.';
  const text = typeof state['value'] === 'string' ? state['value'] : '';
  if (element.type === 'plain_text_input') {
    if (text.length < (element.min_length ?? 0))
      return `Shorter than ${String(element.min_length)} characters.`;
    if (text.length > (element.max_length ?? 3000))
      return `Longer than ${String(element.max_length ?? 3000)} characters.`;
  }
  if (element.type === 'number_input') {
    if (!/^-?\d+(\.\d+)?$/u.test(text)) return 'Not a number.';
    if (!element.is_decimal_allowed && text.includes('.')) return 'No decimals.';
    if (Number(text) < Number(element.min_value ?? -Infinity)) return 'Too small.';
    if (Number(text) > Number(element.max_value ?? Infinity)) return 'Too big.';
  }
  return undefined;
}

/** `state.values` of a submission. Values are named by label, action id or block id. */
export function fillForm(
  workspace: Workspace,
  blocks: readonly SlackBlock[],
  values: FormValues,
): Record<string, Record<string, Json>> {
  const filled: Record<string, Record<string, Json>> = {};
  const used = new Set<string>();
  const complaints: string[] = [];
  for (const block of withBlockIds(blocks)) {
    if (block.type !== 'input') continue;
    const actionId = block.element.action_id ?? 'auto';
    const names = [block.label.text, actionId, block.block_id ?? ''];
    const name = names.find((known) => Object.hasOwn(values, known));
    if (name !== undefined) used.add(name);
    const state = elementState(block.element, name === undefined ? undefined : values[name]);
    const wrong = complaint(block, state);
    if (wrong !== undefined) complaints.push(`${block.label.text}: ${wrong}`);
    filled[block.block_id ?? ''] = { [actionId]: isEmpty(state) ? emptied(state) : state };
  }
  const unknown = Object.keys(values).filter((name) => !used.has(name));
  if (unknown.length > 0)
    throw new Error(`The form has no field ${unknown.join(', ')}:\n${readBlocks(workspace, blocks)}`);
  if (complaints.length > 0) throw new Error(`Slack keeps the form open: ${complaints.join(' ')}`);
  return filled;
}

/** An empty text travels as null. */
function emptied(state: Json): Json {
  return 'value' in state ? { ...state, value: null } : state;
}
