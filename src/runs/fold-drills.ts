/** The arm of a run's fold for what makes it a drill. */
import type { JsonObject } from '../core/json.ts';
import { isJsonObject } from '../core/json.ts';
import type { FoldedEvent } from '../ledger/fold.ts';
import type { RunEventData } from './run-events.ts';
import type { RunState } from './run-state.ts';

export const drillArms: {
  readonly 'drill.planted': (
    state: RunState,
    data: RunEventData['drill.planted'],
    event: FoldedEvent,
  ) => void;
} = {
  'drill.planted': (state, { drill, tool }, event) => {
    const claim = event.text('claim');
    state.drill ??= {
      ...{ name: drill, tool, args: readArguments(event.text('args')) },
      why: event.text('why') ?? '(erased)',
      ...(claim !== undefined && { claim }),
    };
  },
};

function readArguments(text: string | undefined): JsonObject {
  const value: unknown = text === undefined ? {} : JSON.parse(text);
  return isJsonObject(value) ? value : {};
}
