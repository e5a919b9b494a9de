/** A form that a run waits for, as its ledger keeps it. */
import { sha256OfParts } from '../core/hash.ts';
import type { RunId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { RunState } from './run-state.ts';
import type { WaitState } from './wait-state.ts';

export interface RecordedForm {
  readonly title: string;
  /** The JSON schema that an answer must fit. */
  readonly schema: JsonObject;
}

/** The name of a form in the id of its button. */
export function formId(run: RunId, key: string): string {
  return `form_${sha256OfParts([run, key]).slice(0, 26)}`;
}

export function findFormWait(state: RunState, form: string): WaitState | undefined {
  return [...state.waits.values()].find(({ kind, key }) => kind === 'form' && formId(state.id, key) === form);
}

export function readForm(wait: WaitState): RecordedForm | undefined {
  // Written by the step that asks, in this very shape; undefined once erased.
  return wait.text === undefined ? undefined : (JSON.parse(wait.text) as RecordedForm);
}
