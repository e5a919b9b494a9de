/** What a run takes back when it is stopped or fails: pure questions about its state. */
import type { Mark } from './mark.ts';
import type { RunState } from './run-state.ts';
import type { UndoState } from './undo-record.ts';

export interface Failed {
  readonly status: 'failed';
  readonly code: string;
  readonly tell: string;
}

export type Ending =
  { readonly status: 'stopped'; readonly since: Mark } | (Failed & { readonly since: Mark });

/** How the run ends, once that is decided: nothing of its workflow runs any more. */
export function endingOf({ stopped, failing }: RunState): Ending | undefined {
  if (failing !== undefined)
    return { status: 'failed', code: failing.code, tell: failing.tell, since: failing.mark };
  return stopped === undefined ? undefined : { status: 'stopped', since: stopped.mark };
}

/** What is still to be taken back, the last first; after a restored backup nothing is: nobody knows what came later. */
export function openUndos(state: RunState): readonly UndoState[] {
  if (state.stopped?.isFinal === true) return [];
  return [...state.undos.values()].filter(({ end }) => end === undefined).reverse();
}

export function undoStep(key: string): string {
  return `undo:${key}`;
}

/** True for a call that takes something back. */
export function isUndo(state: RunState, step: string): boolean {
  return step.startsWith('undo:') && state.undos.has(step.slice('undo:'.length));
}
