/**
 * What becomes of a run whose workflow threw: it is tried again after a pause, parked for an operator, or over. Pure.
 *
 * Tries are bounded, so a run that can never succeed does not take the others' time; it stays where people can look
 * at it, mend what is wrong and let it go on.
 */
import type { AppError, ErrorCode } from '../core/errors.ts';
import { backoffMs } from './backoff.ts';
import type { Retries } from './backoff.ts';
import type { RunState } from './run-state.ts';

export type AfterFailure =
  | { readonly kind: 'end' }
  /** Without `until` it waits for a person. */
  | { readonly kind: 'park'; readonly times: number; readonly until?: number };

/** The world outside fails for a moment, or for a while: about two hours of tries, the first ones soon. */
const outside: Retries = { attempts: 22, firstMs: 3_000, maxMs: 600_000 };
/** The workflow's own code threw: more tries seldom help. */
const inside: Retries = { attempts: 3, firstMs: 5_000, maxMs: 60_000 };

/** Only a changed workflow helps, so it is not tried before somebody says so. */
const needsPerson: ReadonlySet<ErrorCode> = new Set([
  'workflow.changed',
  'workflow.unknown',
  'workflow.duplicate-key',
  'step.failed',
]);

export function afterFailure(state: RunState, error: AppError, now: number): AfterFailure {
  const times = timesInARow(state) + 1;
  if (needsPerson.has(error.code)) return { kind: 'park', times };
  const isInside = error.code === 'workflow.failed' || error.code === 'internal';
  if (!isInside && !error.isRetryable) return { kind: 'end' };
  const retries = isInside ? inside : outside;
  if (times >= retries.attempts) return { kind: 'park', times };
  return { kind: 'park', times, until: now + backoffMs(retries, times, [state.id]) };
}

/** Failures since the run last got any further: then only its resumption stands between two of them. */
function timesInARow({ failures, events }: RunState): number {
  if (failures === undefined) return 0;
  return events - failures.number <= 1 ? failures.times : 0;
}
