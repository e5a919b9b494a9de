/** What is known of a call that was sent and never answered. */
import type { ActorId } from '../core/ids.ts';
import type { Mark } from './mark.ts';

export interface LostOutcome {
  readonly attempt: number;
  readonly why: string;
  readonly mark: Mark;
  /** When people were told once more, in ms after it was lost. */
  reminders: { readonly afterMs: number; readonly mark: Mark }[];
  /** How it ended; absent while nobody knows. */
  end?: OutcomeEnd;
}

export type OutcomeEnd =
  | {
      readonly kind: 'person';
      readonly by: ActorId;
      readonly says: 'happened' | 'not' | 'again';
      readonly mark: Mark;
    }
  /** The server's answer came after all. */
  | { readonly kind: 'answered'; readonly mark: Mark };

/** What a probe said about one attempt. */
export interface ProbeState {
  readonly attempt: number;
  /** The read tool that was asked. */
  readonly probe: string;
  readonly found: ProbeFinding;
  /** In the probe's own words, shortened; undefined once erased. */
  readonly answer: string | undefined;
  readonly mark: Mark;
}

export type ProbeFinding = 'happened' | 'absent' | 'unsure';

const hourMs = 3_600_000;

/** People are told again after these times; from a day on, operators too. */
export const outcomeRemindersMs: readonly number[] = [1, 4, 24, 72, 168].map((hours) => hours * hourMs);
export const operatorsToldAfterMs = 24 * hourMs;

/** When people are to be told again; undefined when there is nothing to come. In ms since 1970. */
export function nextOutcomeReminderAt({ mark, reminders }: LostOutcome): number | undefined {
  const told = Math.max(-1, ...reminders.map(({ afterMs }) => afterMs));
  const next = outcomeRemindersMs.find((afterMs) => afterMs > told);
  return next === undefined ? undefined : mark.stamp.at.getTime() + next;
}
