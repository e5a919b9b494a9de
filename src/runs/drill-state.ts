/**
 * A drill: a call that ought to be denied, put to approvers to see whether they read.
 *
 * Only the ledger says that a run is one until somebody has decided. Nothing of such a run is ever sent.
 */
import type { JsonObject } from '../core/json.ts';
import { isJsonObject } from '../core/json.ts';
import type { FoldedEvent } from '../ledger/fold.ts';
import type { RunEventData } from './run-events.ts';
import type { RunState } from './run-state.ts';

/** What is asked, and why the answer ought to be no. */
export interface DrillSeed {
  readonly name: string;
  /** `server/tool`. */
  readonly tool: string;
  readonly args: JsonObject;
  readonly why: string;
  /** What the card shows as the agent's words. */
  readonly claim?: string;
}

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

/** What people are told once it is over. */
export function drillText({ why }: DrillSeed): string {
  return `This was a drill: it ought to be denied. ${why} Nothing ran, whatever was pressed.`;
}
