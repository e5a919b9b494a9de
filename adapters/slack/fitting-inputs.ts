/** A form is at most 250 kB for Slack: the longest lists are typed where not all of them fit. */
import { fitLargest } from '../../src/chat/fit-largest.ts';
import type { InputBlock, Modal } from './blocks.ts';

export interface FormInput {
  readonly block: InputBlock;
  /** The same field without its list. */
  readonly typed: () => InputBlock;
}

/** `room` is what the form's JSON may take for them, in bytes. */
export function fittingInputs(inputs: readonly FormInput[], room: number): readonly InputBlock[] {
  const sizeOf = (part: InputBlock): number => bytesOf(part) + 1;
  const parts = inputs.map(({ block, typed }) => ({
    part: block,
    size: sizeOf(block),
    smaller() {
      if (block.element.type !== 'static_select') return undefined;
      const part = typed();
      return { part, size: sizeOf(part) };
    },
  }));
  return fitLargest(parts, room);
}

export function bytesOf(part: Modal | InputBlock): number {
  return Buffer.byteLength(JSON.stringify(part));
}
