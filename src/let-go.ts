/**
 * The last seconds of a process that was told to end: calls that were sent are answered and recorded if that happens
 * soon, and what was appended becomes durable. What is not done by then is unknown to whoever takes over, as after a
 * crash.
 */
import type { Clock } from './core/clock.ts';
import { pause } from './core/clock.ts';
import type { Dispatcher } from './gate/dispatch.ts';
import type { OpenRuns } from './runs/open-runs.ts';

const answersWithinMs = 5_000;
const durableWithinMs = 1_000;

export interface LetGoOptions {
  readonly clock: Clock;
  readonly runs: Pick<OpenRuns, 'settled'>;
  readonly dispatcher: Pick<Dispatcher, 'allIdle'>;
}

export async function letGo({ clock, runs, dispatcher }: LetGoOptions): Promise<void> {
  await Promise.race([dispatcher.allIdle(), pause(clock, answersWithinMs)]);
  await Promise.race([runs.settled(), pause(clock, durableWithinMs)]);
}
