/**
 * Taking back what a run has done, when it is stopped or fails: the last first, each as a call through the gate.
 *
 * A call's id follows from the run, the key and the number of failures before, so a process that takes over goes on
 * with the very same call. One that fails is said and holds the run: nothing is passed over without a person.
 */
import { canonicalJson, parseStrictJson } from '../core/canonical-json.ts';
import { AppError } from '../core/errors.ts';
import { sha256OfParts } from '../core/hash.ts';
import { asCallId } from '../core/ids.ts';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import type { Gate } from '../gate/gate.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import { resultIsDone } from '../runs/run-state.ts';
import type { StepControl } from '../runs/step-control.ts';
import { openUndos, undoStep } from '../runs/undo-state.ts';
import type { UndoState } from '../runs/undo-record.ts';
import type { StepScope } from './step-scope.ts';

export interface UndoRequest {
  readonly tool: string;
  readonly args: JsonObject;
}

/** Registers a call for the case that the run is stopped or fails from here on. */
export function onStop(scope: StepScope, key: string, { tool, args }: UndoRequest): void {
  scope.enter(key, 'undo', {});
  const argsJson = canonicalJson(args);
  const before = scope.run.state().undos.get(key);
  if (before === undefined) {
    scope.note(
      (state) => state.undos.has(key),
      runEvent('undo.registered', { key, tool }, { args: argsJson }),
    );
  } else if (before.tool !== tool || (before.argsJson !== undefined && before.argsJson !== argsJson)) {
    throw new AppError(
      'workflow.changed',
      `Step "${key}" is recorded as another undo. Fix: use a new key for changed work.`,
    );
  }
}

export function createUndoing(gate: Pick<Gate, 'submit'>) {
  return async (run: OpenRun, control: StepControl): Promise<void> => {
    for (const undo of openUndos(run.state())) {
      control.signal.throwIfAborted();
      const { key, tool } = undo;
      const id = asCallId(`call_${sha256OfParts([run.id, 'undo', key, String(undo.failures)]).slice(0, 26)}`);
      const proposal = { id, step: undoStep(key), tool, args: argsOf(undo) };
      const [result] = await gate.submit(run, control, [proposal]);
      if (result === undefined) throw new AppError('internal', `Call ${id} has no result.`);
      const isDone = resultIsDone(result);
      const why = `Taking back "${key}" with ${tool} failed: ${result.content.slice(0, 300)}`;
      const events = isDone
        ? [runEvent('undo.ended', { key, how: 'done' })]
        : [
            runEvent('undo.failed', { key, call: id }),
            runEvent('run.parked', { undo: key }, { why, tell: why }),
          ];
      run.stream.append({ sort: 'decision', by: 'bot', events });
      if (!isDone) return;
    }
  };
}

function argsOf({ key, argsJson }: UndoState): JsonObject {
  const args = argsJson === undefined ? undefined : parseStrictJson(argsJson);
  if (isJsonObject(args)) return args;
  throw new AppError('ledger.tampered', `The arguments of undo "${key}" are missing.`);
}
