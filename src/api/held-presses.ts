/**
 * «Keep» and «Drop» under what was held: recorded in the run that would have remembered it, then done to the memory.
 *
 * Who presses first settles it. A process that dies in between has settled it without doing so: the next press, by
 * anybody, finishes that.
 */
import { parseStrictJson } from '../core/canonical-json.ts';
import type { Clock } from '../core/clock.ts';
import { heldOfCall, memoryOfCall } from '../core/ids.ts';
import type { CallId, RunId } from '../core/ids.ts';
import { isJsonObject } from '../core/json.ts';
import type { Freezer } from '../gate/freezer.ts';
import { mayVouch } from '../gate/may-vouch.ts';
import type { Policy } from '../gate/policy.ts';
import type { Memories } from '../memory/memories.ts';
import type { Memory } from '../memory/memory-row.ts';
import type { Audience } from '../memory/sight.ts';
import type { People, Person } from '../people/person.ts';
import type { OpenRun, OpenRuns } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import type { HeldMemory } from '../runs/run-state.ts';
import type { ToolRegistry } from '../tools/tool.ts';
import { saveTool } from '../agent/memory-tools.ts';
import type { ApiBackend } from './backend.ts';
import { notFound, refusal } from './refusal.ts';
import type { RunViews } from './run-views.ts';

export type HeldVerb = 'keep' | 'drop';

export interface HeldPress {
  readonly run: RunId;
  readonly call: CallId;
  readonly verb: HeldVerb;
}

export interface HeldPresses {
  press(person: Person, surface: string, press: HeldPress): ReturnType<ApiBackend['act']>;
}

export function isHeldVerb(verb: string): verb is HeldVerb {
  return verb === 'keep' || verb === 'drop';
}

export interface HeldPressesOptions {
  readonly runs: OpenRuns;
  readonly memories: Memories;
  readonly freezer: Pick<Freezer, 'state'>;
  readonly registry: Pick<ToolRegistry, 'reviewOf'>;
  readonly clock: Clock;
  readonly views: Pick<RunViews, 'mayRead'>;
  policy(): Policy;
  people(): People;
}

export function createHeldPresses(options: HeldPressesOptions): HeldPresses {
  const { runs, memories } = options;

  async function refuse(run: OpenRun, held: HeldMemory, person: Person, verb: HeldVerb) {
    const state = run.state();
    // Whoever asked may always take back what came of it.
    if (verb === 'drop' && state.requester === person.id) return undefined;
    const args = held.argsJson === undefined ? undefined : parseStrictJson(held.argsJson);
    const may = mayVouch(
      state,
      { tool: saveTool, args: isJsonObject(args) ? args : {}, taintedBy: held.taintedBy },
      person,
      {
        policy: options.policy(),
        people: options.people(),
        freeze: await options.freezer.state(),
        now: options.clock.now(),
        review: options.registry.reviewOf(saveTool),
      },
    );
    if (may.kind === 'may') return undefined;
    const { isDemonstration } = options.people();
    return {
      ...refusal(403, 'memory.refused', may.why),
      ...(isDemonstration &&
        may.left.length > 0 && { continueAs: may.left.map(({ id, name }) => ({ id, name })) }),
    };
  }

  /** Does what was settled, if that was not done yet. */
  async function finish(audience: Audience, held: Memory | undefined, by: HeldMemory['settled']) {
    if (held === undefined || by === undefined) return;
    const { call } = held.source;
    if (by.how === 'kept' && call !== undefined) {
      const { kind, scope, text, author, source, validUntil, taintedBy = '' } = held;
      const replaces = held.held?.replaces;
      // What was corrected or forgotten meanwhile is not replaced: then it stands beside it.
      const [old] = replaces === undefined ? [] : await memories.read(audience, [replaces]);
      await memories.keep(audience, {
        id: memoryOfCall(call),
        ...{ kind, scope, text, author, call },
        around: source.around,
        ...(source.run !== undefined && { run: source.run }),
        ...(validUntil !== undefined && { validUntil }),
        ...(old !== undefined && { supersedes: old.id }),
        vouched: { by: by.by, taintedBy },
      });
    }
    await memories.forget(audience, held.id);
  }

  function settledText({ how, by }: NonNullable<HeldMemory['settled']>, person: Person): string {
    const done = how === 'kept' ? 'kept' : 'dropped';
    if (by === person.id) return how === 'kept' ? 'Kept. You vouch for it.' : 'Dropped.';
    return `${options.people().findPerson(by)?.name ?? by} has ${done} this already.`;
  }

  return {
    async press(person, surface, { run: id, call, verb }) {
      const run = await runs.open(id);
      if (run === undefined) return notFound('run');
      try {
        const { channel, thread, requester, heldMemories } = run.state();
        // On a chat platform whoever can press the button reads the thread it stands in.
        if (surface === 'console' && !options.views.mayRead(person, channel)) return notFound('run');
        const held = heldMemories.get(call);
        if (held === undefined) return notFound('action');
        const audience = await memories.audienceOf({ channel, thread, person: requester });
        const row = await memories.findHeld(audience, heldOfCall(call));
        if (held.settled === undefined) {
          const refused = await refuse(run, held, person, verb);
          if (refused !== undefined) return refused;
          if (verb === 'keep' && row === undefined)
            return refusal(409, 'memory.gone', 'This is forgotten already.');
          run.stream.append({
            sort: 'fact',
            by: person.id,
            isKnown: (state) => state.heldMemories.get(call)?.settled !== undefined,
            events: [
              runEvent('memory.settled', {
                call,
                by: person.id,
                how: verb === 'keep' ? 'kept' : 'dropped',
              }),
            ],
          });
          await run.stream.durable();
        }
        const settled = run.state().heldMemories.get(call)?.settled;
        await finish(audience, row, settled);
        return {
          kind: 'done',
          text: settled === undefined ? 'Noted.' : settledText(settled, person),
          run: id,
        };
      } finally {
        runs.close(run);
      }
    },
  };
}
