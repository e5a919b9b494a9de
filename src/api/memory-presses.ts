/** «Undo» and «Edit» under what was remembered: done to the memory, and recorded in the run that kept it. */
import { memoryOfCall } from '../core/ids.ts';
import type { CallId, RunId } from '../core/ids.ts';
import { correctionOf } from '../memory/memories.ts';
import type { Memories } from '../memory/memories.ts';
import type { Memory } from '../memory/memory-row.ts';
import type { Audience } from '../memory/sight.ts';
import type { Person } from '../people/person.ts';
import type { OpenRun, OpenRuns } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import type { ApiBackend } from './backend.ts';
import { notFound, refusal } from './refusal.ts';
import type { RunViews } from './run-views.ts';

export type MemoryVerb = 'undo' | 'edit';

export interface MemoryPress {
  readonly run: RunId;
  readonly call: CallId;
  readonly verb: MemoryVerb;
  readonly text: string | undefined;
}

export interface MemoryPresses {
  press(person: Person, surface: string, press: MemoryPress): ReturnType<ApiBackend['act']>;
}

export function isMemoryVerb(verb: string): verb is MemoryVerb {
  return verb === 'undo' || verb === 'edit';
}

export function createMemoryPresses(options: {
  readonly runs: OpenRuns;
  readonly memories: Memories;
  readonly views: Pick<RunViews, 'mayRead'>;
}): MemoryPresses {
  const { runs, memories } = options;

  function record(run: OpenRun, call: CallId, person: Person, text: string | undefined): Promise<void> {
    const change = text === undefined ? 'undone' : 'corrected';
    run.stream.append({
      sort: 'fact',
      by: person.id,
      isKnown: (state) => {
        const known = state.memoryChanges.get(call);
        return known?.change === 'undone' || (known?.change === change && known.text === text);
      },
      events: [
        runEvent('memory.changed', { call, by: person.id, change }, text === undefined ? {} : { text }),
      ],
    });
    return run.stream.durable();
  }

  async function correct(
    audience: Audience,
    current: Memory,
    person: Person,
    text: string,
  ): Promise<string | undefined> {
    const { run, call } = current.source;
    const kept = await memories.keep(audience, {
      ...correctionOf(current, { author: person.id, text }),
      ...(run !== undefined && { run }),
      ...(call !== undefined && { call }),
    });
    return kept.kind === 'refused' ? kept.why : undefined;
  }

  return {
    async press(person, surface, { run: id, call, verb, text }) {
      const run = await runs.open(id);
      if (run === undefined) return notFound('run');
      try {
        const { channel, thread } = run.state();
        // On a chat platform whoever can press the button reads the thread it stands in.
        if (surface === 'console' && !options.views.mayRead(person, channel)) return notFound('run');
        const audience = await memories.audienceOf({ channel, thread, person: person.id });
        const current = await memories.findCurrent(audience, memoryOfCall(call));
        if (current?.channel !== channel)
          return refusal(409, 'memory.gone', 'This is forgotten already, or is not yours to change.');
        if (verb === 'undo') {
          if (current.id === memoryOfCall(call)) await memories.undo(audience, current.id);
          else await memories.forget(audience, current.id);
          await record(run, call, person, undefined);
          return { kind: 'done', text: 'Forgotten again.', run: id };
        }
        const wanted = text?.trim() ?? '';
        const why = await correct(audience, current, person, wanted);
        if (why !== undefined) return refusal(422, 'memory.refused', why);
        await record(run, call, person, wanted);
        return { kind: 'done', text: 'Corrected.', run: id };
      } finally {
        runs.close(run);
      }
    },
  };
}
