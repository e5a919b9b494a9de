/**
 * A step of any code: tried until it succeeds or its tries are used up; what came of it is recorded.
 *
 * The pause between two tries is recorded too, so it outlives the process. A failure for good is recorded like a
 * result: the workflow meets it again at every pass and may catch it.
 */
import type { Clock } from '../core/clock.ts';
import { AppError, describeError } from '../core/errors.ts';
import { backoffMs } from '../runs/backoff.ts';
import type { Retries } from '../runs/backoff.ts';
import { runEvent } from '../runs/run-events.ts';
import type { StepScope } from './step-scope.ts';

export const defaultRetries: Retries = { attempts: 4, firstMs: 2_000, maxMs: 60_000 };

export async function triedStep<T>(
  scope: StepScope,
  clock: Clock,
  key: string,
  action: () => T | Promise<T>,
  wanted: Partial<Retries> = {},
): Promise<T> {
  const { run, control } = scope;
  const retries = { ...defaultRetries, ...wanted };
  const inputHash = scope.enter(key, 'step', {});
  return control.work(async () => {
    for (;;) {
      control.signal.throwIfAborted();
      const before = scope.recorded(key);
      if (before?.failure !== undefined)
        throw new AppError('step.failed', `Step "${key}": ${before.failure}`);
      if (before !== undefined) return readResult<T>(key, before.result);
      const missed = run.state().missed.get(key);
      if (missed !== undefined && missed.until > clock.now().getTime()) {
        await control.waitFor(({ missed: now, steps }) => {
          const isDue = (now.get(key)?.until ?? 0) <= clock.now().getTime();
          return isDue || steps.has(key) ? true : undefined;
        });
      } else {
        await tryOnce(scope, clock, { key, inputHash, action, retries, times: (missed?.times ?? 0) + 1 });
      }
    }
  });
}

async function tryOnce<T>(
  scope: StepScope,
  clock: Clock,
  step: {
    readonly key: string;
    readonly inputHash: string;
    readonly action: () => T | Promise<T>;
    readonly retries: Retries;
    readonly times: number;
  },
): Promise<void> {
  const { run, control } = scope;
  const { key, inputHash, times, retries } = step;
  let result: T;
  try {
    result = await step.action();
  } catch (error) {
    control.signal.throwIfAborted();
    const why = describeError(error);
    const isLast = times >= retries.attempts || (error instanceof AppError && !error.isRetryable);
    const until = clock.now().getTime() + backoffMs(retries, times, [run.id, key]);
    scope.note(
      (state) => state.steps.has(key) || (state.missed.get(key)?.times ?? 0) >= times,
      isLast
        ? runEvent('step.failed', { key, kind: 'step', inputHash, times }, { why })
        : runEvent('step.missed', { key, times, until }, { why }),
    );
    return;
  }
  // Undefined is no JSON; it is kept as null, which is what a step without an answer gives back then.
  scope.record(key, 'step', inputHash, JSON.stringify(result ?? null));
}

export function readResult<T>(key: string, result: string | undefined): T {
  if (result === undefined) {
    throw new AppError(
      'workflow.changed',
      `The result of step "${key}" was erased. Fix: stop this run, or retry it from that step.`,
    );
  }
  // Recorded from a value of this type; a changed type is the workflow author's to avoid.
  return JSON.parse(result) as T;
}
