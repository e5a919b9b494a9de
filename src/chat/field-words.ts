/**
 * Fields of a question as people read them: by what they ask, not by the name that a program gave them.
 *
 * Arguments of a tool keep their own names: there the name is part of what is approved.
 */
import type { FormField } from './form.ts';

/** Every platform shows as much of a label. */
const longestLabel = 45;

export function inWords<Field extends FormField>(field: Field): Field {
  const { hint, ...rest } = field;
  if (hint === undefined || hint.length > longestLabel) return { ...field, label: nameInWords(field.label) };
  // The same field, with its description in the place of its name.
  return { ...rest, label: hint } as Field;
}

/** `isOver` → «Is over». */
export function nameInWords(name: string): string {
  const words = name
    .replaceAll(
      /(\p{Ll})(\p{Lu})/gu,
      (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
    )
    .replaceAll(/[_-]+/gu, ' ')
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
