/** The platform's rules for components and forms; the first broken one is the answer. */
import { allParts } from './state.ts';
import type { Part } from './state.ts';

const inMessages = new Set([1, 2, 3, 9, 10, 11, 12, 13, 14, 17]);
const topLevelV2 = new Set([1, 9, 10, 12, 13, 14, 17]);
const inContainer = new Set([1, 9, 10, 12, 13, 14]);

export function findComponentFault(
  parts: readonly Part[],
  isV2: boolean,
  files: readonly string[],
): string | undefined {
  const all = allParts(parts);
  if (all.some((part) => !inMessages.has(part.type))) return 'components: a type that messages do not take';
  if (isV2) {
    if (all.length > 40) return `components: ${String(all.length)} of at most 40`;
    const text = all.reduce((sum, part) => sum + (part.type === 10 ? (part.content ?? '').length : 0), 0);
    if (text > 4_000) return `components: ${String(text)} characters of text, at most 4000`;
    if (parts.some((part) => !topLevelV2.has(part.type))) return 'components: type not at top level';
  } else {
    if (parts.length > 5 || parts.some((part) => part.type !== 1)) return 'components: at most 5 action rows';
    if (all.some((part) => ![1, 2, 3].includes(part.type))) return 'components: only buttons and selects';
  }
  const numbers = all.flatMap((part) => part.id ?? []);
  if (new Set(numbers).size < numbers.length) return 'components: id used twice';
  if (numbers.some((id) => !Number.isInteger(id) || id < 0 || id > 2 ** 31 - 1)) return 'components: id';
  const ids = all.flatMap((part) => part.custom_id ?? []);
  if (new Set(ids).size < ids.length) return 'components: custom_id used twice';
  for (const part of all) {
    const fault = partFault(part, files);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function partFault(part: Part, files: readonly string[]): string | undefined {
  switch (part.type) {
    case 1: {
      const inside = part.components ?? [];
      if (inside.length < 1 || inside.length > 5) return 'action row: 1 to 5 buttons';
      return inside.some((button) => button.type !== 2) && inside.length > 1
        ? 'action row: buttons or one select'
        : undefined;
    }
    case 2: {
      const label = part.label ?? '';
      if (label.length < 1 || label.length > 80) return 'button: label of 1 to 80';
      if (part['style'] === 5) {
        const { url } = part;
        if (part.custom_id !== undefined) return 'button: a url and a custom_id';
        if (typeof url !== 'string' || url.length > 512) return 'button: url of up to 512';
        const scheme = URL.canParse(url) ? new URL(url).protocol : '';
        return ['http:', 'https:', 'discord:'].includes(scheme)
          ? undefined
          : 'button: url of http, https or discord';
      }
      if (![1, 2, 3, 4].includes(Number(part['style']))) return 'button: style';
      if (part['url'] !== undefined) return 'button: a url and a custom_id';
      return customIdFault(part);
    }
    case 3:
      return customIdFault(part) ?? selectFault(part);
    case 9: {
      const texts = part.components ?? [];
      if (texts.length < 1 || texts.length > 3 || texts.some(({ type }) => type !== 10))
        return 'section: 1 to 3 text displays';
      if (part.accessory === undefined) return 'section: accessory is missing';
      return [2, 11].includes(part.accessory.type)
        ? undefined
        : 'section: accessory of a button or a thumbnail';
    }
    case 10:
      return (part.content ?? '').length < 1 ? 'text display: content is empty' : undefined;
    case 12: {
      // What a gallery holds is no part of its own.
      const items = (part['items'] ?? []) as readonly { media?: { url?: string }; description?: string }[];
      if (items.length < 1 || items.length > 10) return 'media gallery: 1 to 10 items';
      for (const { media, description = '' } of items) {
        const url = media?.url ?? '';
        if (!url.startsWith('attachment://') || !files.includes(url.slice('attachment://'.length)))
          return `media gallery: ${url} is not attached`;
        if (description.length > 1024) return 'media gallery: description of 1 to 1024';
      }
      return undefined;
    }
    case 13: {
      const url = part.file?.url ?? '';
      return url.startsWith('attachment://') && files.includes(url.slice('attachment://'.length))
        ? undefined
        : `file: ${url} is not attached`;
    }
    case 17: {
      const inside = part.components ?? [];
      if (inside.length === 0) return 'container: empty';
      return inside.some((entry) => !inContainer.has(entry.type)) ? 'container: type not allowed' : undefined;
    }
    default:
      return undefined;
  }
}

function customIdFault(part: Part): string | undefined {
  const length = (part.custom_id ?? '').length;
  return length < 1 || length > 100 ? `custom_id: ${String(length)} characters, 1 to 100` : undefined;
}

const labelKeys = new Set(['type', 'id', 'label', 'description', 'component']);

export function findModalFault(modal: Readonly<Record<string, unknown>>): string | undefined {
  const { custom_id: customId, title, components } = modal;
  if (typeof customId !== 'string' || customId.length < 1 || customId.length > 100) return 'modal: custom_id';
  if (typeof title !== 'string' || title.length < 1 || title.length > 45) return 'modal: title of 1 to 45';
  if (!Array.isArray(components) || components.length < 1 || components.length > 5)
    return 'modal: 1 to 5 components';
  // The elements were just found to be an array of what was sent as JSON.
  const labels = components as readonly Part[];
  const ids = allParts(labels).flatMap((part) => part.custom_id ?? []);
  if (new Set(ids).size < ids.length) return 'modal: custom_id used twice';
  for (const label of labels) {
    if (label.type !== 18) return 'modal: only labels';
    if ((label.label ?? '').length < 1 || (label.label ?? '').length > 45) return 'modal: label of 1 to 45';
    const { description } = label;
    if (Object.keys(label).some((key) => !labelKeys.has(key))) return 'modal: unknown field of a label';
    if (description !== undefined && (typeof description !== 'string' || !isOf(description, 1, 100)))
      return 'modal: description of 1 to 100';
    const input = label.component;
    if (input === undefined || (input.type !== 4 && input.type !== 3)) return 'modal: label without input';
    // The words over a field are the label's.
    if (input.label !== undefined) return 'text input: label within a label';
    const fault = customIdFault(input) ?? inputFault(input);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function inputFault(input: Part): string | undefined {
  if (input.type !== 4) return selectFault(input);
  if (input['style'] !== 1 && input['style'] !== 2) return 'text input: style';
  const { placeholder = '' } = input;
  if (typeof placeholder !== 'string' || placeholder.length > 100) return 'text input: placeholder';
  const { value = '', style } = input;
  const longest = Number(input['max_length'] ?? 4_000);
  if (longest < 1 || longest > 4_000) return 'text input: max_length';
  if (typeof value !== 'string' || value.length > longest) return 'text input: value of up to max_length';
  return style === 1 && value.includes('\n') ? 'text input: a short one holds one line' : undefined;
}

type Option = Readonly<Record<string, unknown>>;

function selectFault(input: Part): string | undefined {
  const { placeholder = '' } = input;
  if (typeof placeholder !== 'string' || placeholder.length > 150) return 'select: placeholder';
  const options: readonly Option[] = Array.isArray(input['options']) ? input['options'] : [];
  if (options.length < 1 || options.length > 25) return 'select: 1 to 25 options';
  const { min_values: least = 1, max_values: mostChosen = 1 } = input;
  const counts: readonly unknown[] = [least, mostChosen];
  if (!counts.every((count) => Number.isInteger(count) && Number(count) <= 25))
    return 'select: min_values and max_values of up to 25';
  if (Number(least) < 0 || Number(mostChosen) < 1) return 'select: min_values from 0, max_values from 1';
  if (Number(least) > Number(mostChosen)) return 'select: min_values above max_values';
  if (Number(mostChosen) > options.length) return 'select: max_values above its options';
  const values = options.map((option) => option['value']);
  if (new Set(values).size < values.length) return 'select: value used twice';
  if (options.filter((option) => option['default'] === true).length > Number(input['max_values'] ?? 1))
    return 'select: more defaults than may be chosen';
  if (options.some(({ description = '.' }) => !isOf(description, 1, 100))) return 'select: description';
  return options.some(({ label, value }) => !isOf(label, 1, 100) || !isOf(value, 1, 100))
    ? 'select: label and value of 1 to 100'
    : undefined;
}

function isOf(text: unknown, least: number, most: number): boolean {
  return typeof text === 'string' && text.length >= least && text.length <= most;
}
