/**
 * What a step of a run is told from memory and documents.
 *
 * What went in is recorded by id when the step begins; later turns, and passes after a restart, are told the same ids
 * again as they stand then, so what was forgotten or made private meanwhile is in no prompt any more.
 */
import { assemble, recallBudget, renderContext } from '../context/assemble.ts';
import type { Recall } from '../context/recall.ts';
import type { Reading } from '../memory/containers.ts';
import { runEvent } from '../runs/run-events.ts';
import type { RunState } from '../runs/run-state.ts';

export interface PreparedContext {
  /** Undefined when nothing is known. */
  readonly text?: string;
  /** To be recorded before a model reads it. */
  readonly events: readonly ReturnType<typeof runEvent>[];
  /** A source among it that nobody vouches for. */
  readonly taintedBy?: string;
}

export interface RunContext {
  prepare(state: RunState, step: string, about: string): Promise<PreparedContext>;
}

export function createRunContext(recall: Recall): RunContext {
  return {
    async prepare(state, step, about) {
      const recorded = state.contexts.get(step);
      if (recorded !== undefined) {
        const ids = recorded.items.map((item) => item.id);
        const items = await recall.read(readingOf(state), ids);
        return { events: [], ...(items.length > 0 && { text: renderContext(items) }) };
      }
      if (state.turns.has(step)) return { events: [] };
      const found = await recall.find(readingOf(state), { text: about, limit: recallBudget.items * 2 });
      const { items, tokens, text } = assemble(found, recallBudget);
      if (text === undefined) return { events: [] };
      const taintedBy = items.find((item) => item.taintedBy !== undefined)?.taintedBy;
      return {
        text,
        events: [
          runEvent('context.assembled', {
            step,
            items: items.map(({ sort, id }) => ({ sort, id })),
            tokens,
          }),
        ],
        ...(taintedBy !== undefined && { taintedBy }),
      };
    },
  };
}

/** Whoever reads a run's thread, asked for by its requester. */
export function readingOf({ channel, thread, requester }: RunState): Reading {
  return { channel, thread, person: requester };
}
