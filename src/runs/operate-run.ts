/**
 * What people do with a run besides stopping it: pause it, let it go on, or try again what failed. Each is recorded with
 * who and why, and durable before it is acknowledged.
 *
 * A retry forgets failures, and from a step on what code answered. What was sent to a tool, asked of people or said
 * stays recorded and is never done again.
 */
import type { ActorId } from '../core/ids.ts';
import type { OpenRun } from './open-runs.ts';
import { runEvent } from './run-events.ts';
import { isFinished } from './run-state.ts';
import type { RunState } from './run-state.ts';
import { openUndos } from './undo-state.ts';

export type Operation =
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  /** What could not be taken back stays as it is. */
  | { readonly kind: 'leave' }
  /** From this step on; without one, whatever failed. */
  | { readonly kind: 'retry'; readonly step?: string };

export type Operated =
  | { readonly kind: 'done'; readonly text: string }
  | { readonly kind: 'refused'; readonly why: 'finished' | 'not-parked' | 'no-step'; readonly text: string };

export interface Operator {
  readonly by: ActorId;
  readonly reason: string;
}

/** `wake` goes on with the run after something was appended to it. */
export async function operateRun(
  run: OpenRun,
  operation: Operation,
  { by, reason }: Operator,
  wake: (run: OpenRun) => void,
): Promise<Operated> {
  const refused = refusalOf(run.state(), operation);
  if (refused !== undefined) return refused;
  if (operation.kind === 'pause' && run.state().parked?.by !== undefined)
    return { kind: 'done', text: 'It is paused already.' };
  run.stream.append({ sort: 'fact', by, events: [eventOf(run.state(), operation, by, reason)] });
  // Before it is durable, so that the lease is saved with it.
  wake(run);
  await run.stream.durable();
  wake(run);
  return { kind: 'done', text: textOf(operation) };
}

/** Recorded steps of the workflow's own code, in order: a retry may begin at one of them. */
export function stepsToRetry(state: RunState): readonly string[] {
  return [...state.steps.values()].filter(({ kind }) => kind === 'step').map(({ key }) => key);
}

function refusalOf(state: RunState, operation: Operation): Operated | undefined {
  if (isFinished(state) || (state.stopped !== undefined && openUndos(state).length === 0))
    return { kind: 'refused', why: 'finished', text: 'This run is over.' };
  switch (operation.kind) {
    case 'pause':
      return undefined;
    case 'resume':
      return state.parked === undefined
        ? { kind: 'refused', why: 'not-parked', text: 'This run is not paused.' }
        : undefined;
    case 'leave':
      return state.parked?.undo === undefined
        ? { kind: 'refused', why: 'not-parked', text: 'Nothing here failed to be taken back.' }
        : undefined;
    case 'retry':
      if (operation.step !== undefined && !state.steps.has(operation.step)) {
        const known = [...state.steps.keys()].join(', ') || 'none yet';
        return {
          kind: 'refused',
          why: 'no-step',
          text: `This run has no recorded step "${operation.step}". It has: ${known}.`,
        };
      }
      return operation.step === undefined && state.parked === undefined && state.missed.size === 0
        ? { kind: 'refused', why: 'not-parked', text: 'Nothing of this run has failed.' }
        : undefined;
    default:
      return operation satisfies never;
  }
}

function eventOf(
  state: RunState,
  operation: Operation,
  by: ActorId,
  reason: string,
): ReturnType<typeof runEvent> {
  switch (operation.kind) {
    case 'pause':
      return runEvent('run.paused', { by }, { reason });
    case 'resume':
      return runEvent('run.resumed', { by }, { reason });
    case 'leave':
      return runEvent('undo.ended', { key: state.parked?.undo ?? '', how: 'left', by }, { reason });
    case 'retry':
      return runEvent(
        'run.retried',
        { by, ...(operation.step !== undefined && { step: operation.step }) },
        { reason },
      );
    default:
      return operation satisfies never;
  }
}

function textOf(operation: Operation): string {
  switch (operation.kind) {
    case 'pause':
      return 'Paused. What was already sent goes on; nothing new begins.';
    case 'resume':
      return 'It goes on.';
    case 'leave':
      return 'Left as it is.';
    case 'retry':
      return operation.step === undefined
        ? 'It tries again.'
        : `It tries again from ${operation.step} on. What was already sent is not sent again.`;
    default:
      return operation satisfies never;
  }
}
