/** What a run keeps about a call that takes something back: a pure part of its state. */
import type { ActorId } from '../core/ids.ts';
import type { Mark } from './mark.ts';

/** A call that takes back what a step has done. */
export interface UndoState {
  readonly key: string;
  readonly tool: string;
  /** Its arguments as canonical JSON. Undefined once erased. */
  readonly argsJson: string | undefined;
  /** How often it was tried in vain: each try is a call of its own. */
  failures: number;
  end?: { readonly how: 'done' | 'left'; readonly by?: ActorId; readonly mark: Mark };
  readonly mark: Mark;
}
