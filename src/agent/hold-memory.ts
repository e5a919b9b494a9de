/**
 * What a run that read untrusted content would remember by itself: put by, and asked about in its thread.
 *
 * Nobody waits for it and nobody is told of it. The row is kept before the ledger says so: a process that dies in
 * between puts the same one by again.
 */
import { canonicalJson } from '../core/canonical-json.ts';
import { asMemoryId, heldOfCall } from '../core/ids.ts';
import type { ProposedCall } from '../gate/judge-call.ts';
import type { Memories } from '../memory/memories.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import { saveInput, saveTool } from './memory-tools.ts';
import { readingOf } from './run-context.ts';

export type HoldMemory = (run: OpenRun, proposal: ProposedCall) => Promise<void>;

export function createHoldMemory(memories: Pick<Memories, 'audienceOf' | 'hold'>): HoldMemory {
  return async (run, { id: call, tool, args }) => {
    const state = run.state();
    if (tool !== saveTool || state.taintedBy === undefined || state.heldMemories.has(call)) return;
    const parsed = saveInput.safeParse(args);
    const until = parsed.data?.valid_until;
    const validUntil = until === undefined ? undefined : Date.parse(until);
    if (!parsed.success || Number.isNaN(validUntil)) return;
    const { text, kind, scope, supersedes } = parsed.data;
    const held = await memories.hold(await memories.audienceOf(readingOf(state)), {
      id: heldOfCall(call),
      ...{ text, kind, scope, call },
      author: state.requester,
      around: state.text.slice(0, 400),
      run: run.id,
      taintedBy: state.taintedBy,
      ...(validUntil !== undefined && { validUntil }),
      ...(supersedes !== undefined && { supersedes: asMemoryId(supersedes) }),
    });
    if (held.kind !== 'held') return;
    run.stream.append({
      sort: 'fact',
      by: 'bot',
      isKnown: (now) => now.heldMemories.has(call),
      events: [
        runEvent(
          'memory.held',
          { call, taintedBy: state.taintedBy },
          { args: canonicalJson(args), replaces: held.replaces?.text },
        ),
      ],
    });
  };
}
