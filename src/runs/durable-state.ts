/**
 * The run as the store holds it, for whoever shows it outside.
 *
 * What a process has just appended is folded at once, and may still be refused: a card that shows it would ask about
 * something that the ledger never knew.
 */
import type { Stream } from '../ledger/stream.ts';
import type { RunState } from './run-state.ts';

/**
 * A copy, made while nothing of the run is on its way: later appends do not reach it. Undefined once the store could not
 * be reached: whoever opens the run again finds what stands.
 */
export async function durableState({
  stream,
}: {
  readonly stream: Pick<Stream<RunState>, 'isDirty' | 'durable' | 'state'>;
}): Promise<RunState | undefined> {
  try {
    while (stream.isDirty()) await stream.durable();
  } catch {
    return undefined;
  }
  return structuredClone(stream.state());
}
