/** What a menu of a form offers: Slack takes a hundred options in a list and a hundred lists; a menu finds in them what is typed. */
import { plain } from './blocks.ts';
import type { OptionLists } from './blocks.ts';
import { inShort } from './literal.ts';

const inList = 100;
export const mostInLists = inList * inList;
/** Of a label and of a value. */
export const optionLength = 75;

export function optionLists(
  offered: readonly { readonly label: string; readonly value: string }[],
): OptionLists {
  const options = offered.map(({ label, value }) => ({ text: plain(inShort(label, optionLength)), value }));
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
