/**
 * What the steps of one pass share: which keys are taken, what is recorded under them, and which branches lost a race.
 *
 * A branch that lost does nothing any more: its work is aborted and its next step never settles.
 */
import { canonicalJson } from '../core/canonical-json.ts';
import { AppError } from '../core/errors.ts';
import { sha256 } from '../core/hash.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import type { RunEventDraft } from '../runs/run-events.ts';
import type { RunState, StepState } from '../runs/run-state.ts';
import type { StepControl } from '../runs/step-control.ts';

export interface StepScope {
  readonly run: OpenRun;
  readonly control: StepControl;
  /** Takes a key for a step. Refuses a key used twice, and a step that was recorded with another input. */
  enter(key: string, kind: string, input: unknown): string;
  recorded(key: string): StepState | undefined;
  record(key: string, kind: string, inputHash: string, result: string): void;
  /** Records something that is true wherever it lands, once. */
  note(isKnown: (state: RunState) => boolean, ...events: readonly RunEventDraft[]): void;
  isLost(): boolean;
  /** A branch of its own that can lose. */
  branch(): BranchScope;
}

export interface BranchScope extends StepScope {
  /** Keys that this branch and its own branches have taken in this pass. */
  readonly keys: ReadonlySet<string>;
  lose(): void;
}

/** Why the work of a branch that lost is aborted; nobody reads it. */
const lost = new Error('Another branch was faster.');

export function createScope(
  run: OpenRun,
  control: StepControl,
  onStep: (key: string) => void = () => undefined,
): StepScope {
  const used: Used = { places: new Map(), onStep };
  return scopeOf(run, control, used, [], () => false);
}

/** The two places of a duplicate, so that both are found: created when a key is taken, read only when needed. */
type Place = { readonly kind: string; readonly at: Error };

interface Used {
  readonly places: Map<string, Place>;
  onStep(key: string): void;
}

function scopeOf(
  run: OpenRun,
  control: StepControl,
  used: Used,
  takers: readonly Set<string>[],
  isLost: () => boolean,
): StepScope {
  return {
    run,
    control,
    isLost,
    enter(key, kind, input) {
      const place: Place = { kind, at: new Error('The step.') };
      const other = used.places.get(key);
      if (other !== undefined) {
        throw new AppError(
          'workflow.duplicate-key',
          `The key "${key}" names two steps: ${other.kind} at ${lineOf(other)} and ${kind} at ${lineOf(place)}. Fix: give each step a key of its own.`,
        );
      }
      used.places.set(key, place);
      used.onStep(key);
      for (const keys of takers) keys.add(key);
      const inputHash = sha256(canonicalJson(input));
      const before = run.state().steps.get(key) ?? run.state().waits.get(key);
      if (before !== undefined && (before.inputHash !== inputHash || before.kind !== kind)) {
        throw new AppError(
          'workflow.changed',
          before.kind === kind
            ? `Step "${key}" (${kind}) is recorded with another input. Fix: use a new key for changed work.`
            : `Step "${key}" is recorded as ${before.kind} and is now ${kind}. Fix: use a new key for changed work.`,
        );
      }
      return inputHash;
    },
    recorded: (key) => run.state().steps.get(key),
    record(key, kind, inputHash, result) {
      this.note(
        (state) => state.steps.has(key),
        runEvent('step.completed', { key, kind, inputHash }, { result }),
      );
    },
    note(isKnown, ...events) {
      run.stream.append({ sort: 'fact', by: 'bot', isKnown, events });
    },
    branch() {
      const controller = new AbortController();
      const keys = new Set<string>();
      const signal = AbortSignal.any([control.signal, controller.signal]);
      const isOut = (): boolean => isLost() || controller.signal.aborted;
      const inner: StepControl = {
        signal,
        work: (action) => control.work(action),
        waitFor: (check) => control.waitFor(check),
      };
      return {
        ...scopeOf(run, inner, used, [...takers, keys], isOut),
        keys,
        lose() {
          controller.abort(lost);
        },
      };
    },
  };
}

/** The line of the workflow's file that took the key: the first outside this folder. */
function lineOf({ at }: Place): string {
  const lines = (at.stack ?? '').split('\n').slice(1);
  const outside = lines.find((line) => !/[\\/]agent[\\/]|node:internal/u.test(line)) ?? lines.at(-1) ?? '';
  return /[^\\/()]+:\d+(?=:\d+\)?$)/u.exec(outside.trim())?.[0] ?? 'an unknown place';
}
