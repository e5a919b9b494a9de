/** What a menu of a form offers: Slack takes a hundred options in a list and a hundred lists; a menu finds in them what is typed. */
import { firstCharacters, lastCharacters } from '../../src/core/first-characters.ts';
import { plain } from './blocks.ts';
import type { OptionLists, SelectOption } from './blocks.ts';
import { inShort } from './literal.ts';

const inList = 100;
export const mostInLists = inList * inList;
/** Of a label, of what stands below it, and of a value. */
const optionLength = 75;

export interface Offered {
  readonly label: string;
  readonly value: string;
}

export function optionLists(offered: readonly Offered[]): OptionLists {
  const options = offered.map(optionOf);
  if (options.length <= inList) return { options };
  const lists = Array.from({ length: Math.ceil(options.length / inList) }, (_, index) =>
    options.slice(index * inList, (index + 1) * inList),
  );
  return {
    option_groups: lists.map((list) => {
      const [first, last] = [list[0]?.text.text ?? '', list.at(-1)?.text.text ?? ''];
      return { label: plain(`${inShort(first, 34)} – ${inShort(last, 34)}`), options: list };
    }),
  };
}

/** The option that shows a value, as the lists hold it. */
export function optionShowing(offered: readonly Offered[], value: string): SelectOption | undefined {
  const at = offered.findIndex((option) => option.value === value);
  const found = offered[at];
  return found === undefined ? undefined : optionOf(found, at);
}

/** What was chosen: the value itself, which Slack did not take whole when it is long. */
export function chosenValue(offered: readonly Offered[], given: string): string {
  const found = offered.find(({ value }) => value === given);
  return (found ?? offered.find(({ value }, at) => keyOf(value, at) === given))?.value ?? given;
}

function optionOf({ label, value }: Offered, at: number): SelectOption {
  const isLong = label.length > optionLength;
  return {
    text: plain(label === '' ? '(empty)' : inShort(label, optionLength)),
    // Two long labels may differ in their ends alone.
    ...(isLong && { description: plain(`…${lastCharacters(label, optionLength - 1)}`) }),
    value: keyOf(value, at),
  };
}

/** What Slack hands back for a value: itself when Slack takes it, else its number and how it begins. */
function keyOf(value: string, at: number): string {
  const isTaken = value !== '' && value.length <= optionLength;
  return isTaken ? value : `#${String(at)} ${firstCharacters(value, optionLength - 10)}`;
}
