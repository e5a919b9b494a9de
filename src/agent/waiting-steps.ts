/**
 * Steps that wait without holding anything: for a moment, for a signal, for a person's form, for another run.
 *
 * What is waited for is recorded first. An answer is recorded by whoever brings it, in any process, and found by the
 * next pass; what time ends is ended by the pass that looks after that time.
 */
import type { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { ActorId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { runEvent } from '../runs/run-events.ts';
import type { RunEventData } from '../runs/run-events.ts';
import type { Signals } from '../runs/signals.ts';
import type { WaitState } from '../runs/wait-state.ts';
import { describeForm } from './form-fields.ts';
import type { StepScope } from './step-scope.ts';

/** A length of time in words: `{ days: 3 }`, `{ hours: 1, minutes: 30 }`. */
export interface Span {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
}

export interface SignalRequest {
  /** The signal's name: `invoice.paid`. */
  readonly name: string;
  /** Only a signal whose data has all of these values counts. */
  readonly match?: JsonObject;
  /** Roles and persons that may send it; anybody in `people.yaml` when absent. */
  readonly from?: readonly string[];
  /** Gives up then. */
  readonly within?: Span | Date;
}

export type SignalAnswer =
  | { readonly kind: 'arrived'; readonly id: string; readonly by: string; readonly data: JsonObject }
  | { readonly kind: 'expired' };

export interface FormRequest<Form extends z.ZodObject> {
  /** The question above the form. */
  readonly title: string;
  /** An object of texts, numbers, choices and yes-or-no; each field's description is shown under it. */
  readonly form: Form;
  /** Roles and persons that may answer; the requester when absent. */
  readonly who?: readonly string[];
  /** Gives up then; after seven days when absent. */
  readonly within?: Span | Date;
}

export type FormAnswer<Value> =
  { readonly kind: 'answered'; readonly by: string; readonly value: Value } | { readonly kind: 'expired' };

export interface WaitingOptions {
  readonly clock: Clock;
  readonly signals: Signals;
  nameOf(person: ActorId): string;
}

type Opening = Omit<RunEventData['wait.opened'], 'inputHash'>;
type End = NonNullable<WaitState['end']>;

const formPatience: Span = { days: 7 };

export function spanMs({ days = 0, hours = 0, minutes = 0, seconds = 0 }: Span): number {
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

/** When a span that begins now is over; a moment stays as it is. */
export function momentOf(clock: Clock, when: Span | Date): number {
  return when instanceof Date ? when.getTime() : clock.now().getTime() + spanMs(when);
}

/** A span as it is, a moment as its text: the same in every pass. */
export function plainWhen(when: Span | Date | undefined): Span | string | null {
  return when instanceof Date ? when.toISOString() : (when ?? null);
}

/**
 * Opens a wait under a key that is already taken, and resolves with its end. `before` runs each time a pass begins to
 * wait: it may bring the answer itself.
 */
export async function waitOn(
  scope: StepScope,
  clock: Clock,
  opening: { readonly inputHash: string; readonly text?: string; make(): Opening },
  key: string,
  before?: (wait: WaitState) => Promise<void>,
): Promise<End> {
  const { run, control } = scope;
  if (!run.state().waits.has(key)) {
    const event = runEvent(
      'wait.opened',
      { ...opening.make(), inputHash: opening.inputHash },
      { text: opening.text },
    );
    scope.note((state) => state.waits.has(key), event);
  }
  return control.work(async () => {
    let isLookedFor = before === undefined;
    for (;;) {
      control.signal.throwIfAborted();
      const wait = run.state().waits.get(key);
      // Only a pass that is over has lost what it opened: its decisions were refused and it starts anew.
      if (wait === undefined) throw new AppError('internal', `The wait "${key}" is gone.`);
      if (wait.end?.how === 'dropped') throw new AppError('internal', `The wait "${key}" was given up.`);
      if (wait.end !== undefined) return wait.end;
      const isDue = (): boolean => wait.until !== undefined && wait.until <= clock.now().getTime();
      if (isDue()) {
        const closed = runEvent('wait.closed', { key, how: 'expired' });
        run.stream.append({ sort: 'decision', by: 'bot', events: [closed] });
      } else if (!isLookedFor) {
        isLookedFor = true;
        await before?.(wait);
      } else {
        await control.waitFor((state) => {
          const now = state.waits.get(key);
          return now === undefined || now.end !== undefined || isDue() ? true : undefined;
        });
      }
    }
  });
}

export async function sleep(
  scope: StepScope,
  options: WaitingOptions,
  key: string,
  when: Span | Date,
): Promise<void> {
  const inputHash = scope.enter(key, 'sleep', { until: plainWhen(when) });
  const make = (): Opening => ({ key, kind: 'sleep', until: momentOf(options.clock, when) });
  await waitOn(scope, options.clock, { inputHash, make }, key);
}

export async function waitForSignal(
  scope: StepScope,
  options: WaitingOptions,
  key: string,
  request: SignalRequest,
): Promise<SignalAnswer> {
  const { name, match, from, within } = request;
  const input = { name, match: match ?? null, from: from ?? null, within: plainWhen(within) };
  const inputHash = scope.enter(key, 'signal', input);
  const make = (): Opening => ({
    key,
    kind: 'signal',
    name,
    ...(match !== undefined && { match }),
    ...(from !== undefined && { who: from }),
    ...(within !== undefined && { until: momentOf(options.clock, within) }),
  });
  const end = await waitOn(scope, options.clock, { inputHash, make }, key, () =>
    options.signals.bringEarlier(scope.run, key),
  );
  if (end.how !== 'answered') return { kind: 'expired' };
  return {
    kind: 'arrived',
    id: end.cause ?? '',
    by: end.by ?? '',
    // Recorded from a signal's data, which is a JSON object; an erased one has no fields.
    data: JSON.parse(end.result ?? '{}') as JsonObject,
  };
}

export async function ask<Form extends z.ZodObject>(
  scope: StepScope,
  options: WaitingOptions,
  key: string,
  request: FormRequest<Form>,
): Promise<FormAnswer<z.infer<Form>>> {
  const { title, form, who = [scope.run.state().requester], within = formPatience } = request;
  const text = JSON.stringify(describeForm(key, title, form));
  const input = { title, who, within: plainWhen(within) };
  const inputHash = scope.enter(key, 'form', input);
  const make = (): Opening => ({ key, kind: 'form', who, until: momentOf(options.clock, within) });
  const end = await waitOn(scope, options.clock, { inputHash, text, make }, key);
  if (end.how !== 'answered') return { kind: 'expired' };
  const parsed = form.safeParse(JSON.parse(end.result ?? '{}'));
  if (!parsed.success) {
    throw new AppError(
      'workflow.changed',
      `The recorded answer of form "${key}" does not fit the form any more: ${parsed.error.issues[0]?.message ?? ''}. Fix: take the old form's answers, or use a new key.`,
    );
  }
  return {
    kind: 'answered',
    by: end.by === undefined ? 'somebody' : options.nameOf(end.by),
    value: parsed.data,
  };
}
