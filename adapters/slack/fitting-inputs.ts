/** A form is at most 250 kB for Slack: the longest lists are typed where not all of them fit. */
import type { InputBlock, Modal } from './blocks.ts';

export interface FormInput {
  readonly block: InputBlock;
  /** The same field without its list. */
  typed(): InputBlock;
}

/** `room` is what the form's JSON may take for them, in bytes. */
export function fittingInputs(inputs: readonly FormInput[], room: number): readonly InputBlock[] {
  const sized = inputs.map((input) => ({ ...input, bytes: bytesOf(input.block) + 1 }));
  let total = sized.reduce((sum, { bytes }) => sum + bytes, 0);
  const lists = sized.filter(({ block }) => block.element.type === 'static_select');
  const typed = new Map<InputBlock, InputBlock>();
  for (const list of lists.toSorted((a, b) => b.bytes - a.bytes)) {
    if (total <= room) break;
    const instead = list.typed();
    typed.set(list.block, instead);
    total -= list.bytes - bytesOf(instead) - 1;
  }
  return inputs.map(({ block }) => typed.get(block) ?? block);
}

export function bytesOf(part: Modal | InputBlock): number {
  return Buffer.byteLength(JSON.stringify(part));
}
