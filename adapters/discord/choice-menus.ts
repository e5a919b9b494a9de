/**
 * A choice in a form. One of Discord's menus holds 25 options, so one of more stands in several, one below the other,
 * all of them optional: whoever picks in another menu than the one that shows what stands there has chosen.
 */
import type { FormField } from '../../src/chat/form.ts';
import { firstCharacters, lastCharacters } from '../../src/core/first-characters.ts';

export type ChoiceField = Extract<FormField, { readonly kind: 'choice' }>;

export interface ChoiceMenu {
  readonly id: string;
  /** Which of the options it holds, as people count: undefined when it holds all of them. */
  readonly range?: string;
  /** Its first option and its last, where it does not hold all of them. */
  readonly span?: string;
  readonly component: object;
}

export type Picked =
  | { readonly kind: 'picked'; readonly value: string }
  /** More than one of the menus was changed. */
  | { readonly kind: 'several'; readonly labels: readonly string[] };

const inMenu = 25;

/** How many inputs of a form it takes. */
export function menuCount({ options }: ChoiceField): number {
  return Math.ceil(options.length / inMenu);
}

/** Options go by their number: a value may be longer than Discord takes. */
export function menusOf(field: ChoiceField, id: string): readonly ChoiceMenu[] {
  const { options, value, isRequired } = field;
  const shown = options.map((option, at) => ({
    ...namesOf(labelOf(option)),
    value: String(at),
    ...(option.value === value && { default: true }),
  }));
  const count = menuCount(field);
  if (count === 1)
    return [{ id, component: { type: 3, custom_id: id, required: isRequired, options: shown } }];
  return Array.from({ length: count }, (_, at): ChoiceMenu => {
    const part = shown.slice(at * inMenu, (at + 1) * inMenu);
    const [first, last] = [part[0]?.label ?? '', part.at(-1)?.label ?? ''];
    return {
      id: menuId(id, at),
      range: `${String(at * inMenu + 1)}–${String(at * inMenu + part.length)} of ${String(options.length)}`,
      span: `${firstCharacters(first, 40)} … ${firstCharacters(last, 40)}`,
      component: { type: 3, custom_id: menuId(id, at), required: false, options: part },
    };
  });
}

/** What was chosen, from the number of the option that each menu came back with. */
export function readMenus(
  field: ChoiceField,
  id: string,
  numberIn: (menu: string) => string | undefined,
): Picked {
  const count = menuCount(field);
  const ids = count === 1 ? [id] : Array.from({ length: count }, (_, at) => menuId(id, at));
  const picked = ids.flatMap((menu) => field.options[Number(numberIn(menu) ?? -1)] ?? []);
  const changed = picked.filter(({ value }) => value !== field.value);
  if (changed.length > 1) return { kind: 'several', labels: changed.map(labelOf) };
  return { kind: 'picked', value: (changed[0] ?? picked[0])?.value ?? '' };
}

const longestLabel = 100;

/** Two long labels may differ in their ends alone, which stand below. */
function namesOf(label: string): { readonly label: string; readonly description?: string } {
  if (label.length <= longestLabel) return { label };
  const end = lastCharacters(label, longestLabel - 1);
  return { label: firstCharacters(label, longestLabel), description: `…${end}` };
}

function menuId(id: string, at: number): string {
  return `${id}-${String(at)}`;
}

function labelOf({ label }: ChoiceField['options'][number]): string {
  return label === '' ? '(empty)' : label;
}
