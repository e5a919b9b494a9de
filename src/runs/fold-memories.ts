/** The arms of a run's fold for what it remembered, or would have, and the summary it wrote. */
import type { FoldedEvent } from '../ledger/fold.ts';
import type { RunEventData } from './run-events.ts';
import type { RunState } from './run-state.ts';
import { markOf } from './settle-status.ts';

export const memoryArms: {
  readonly [K in 'memory.changed' | 'memory.held' | 'memory.settled' | 'thread.summarised']: (
    state: RunState,
    data: RunEventData[K],
    event: FoldedEvent,
  ) => void;
} = {
  'memory.changed': (state, data, event) => {
    const text = event.text('text');
    if (state.memoryChanges.get(data.call)?.change === 'undone') return;
    state.memoryChanges.set(data.call, {
      change: data.change,
      by: data.by,
      ...(text !== undefined && { text }),
      mark: markOf(event),
    });
  },
  'memory.held': (state, { call, taintedBy }, event) => {
    if (state.heldMemories.has(call)) return;
    const argsJson = event.text('args');
    const replaces = event.text('replaces');
    state.heldMemories.set(call, {
      taintedBy,
      ...(argsJson !== undefined && { argsJson }),
      ...(replaces !== undefined && { replaces }),
      mark: markOf(event),
    });
  },
  'memory.settled': (state, { call, by, how }, event) => {
    const held = state.heldMemories.get(call);
    if (held !== undefined) held.settled ??= { by, how, mark: markOf(event) };
  },
  'thread.summarised': (state, { upTo, by, tokens, usd, taintedBy }, event) => {
    if (state.summary !== undefined) return;
    state.tokens += tokens;
    state.usdSpent += usd ?? 0;
    const text = event.text('summary');
    // Once it is erased there is none.
    if (text === undefined) return;
    state.summary = { text, upTo, by, ...(taintedBy !== undefined && { taintedBy }) };
  },
};
