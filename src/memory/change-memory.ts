/** Correcting and forgetting a memory by hand: what a person may change, and where. */
import { asMemoryId } from '../core/ids.ts';
import type { ActorId } from '../core/ids.ts';
import { correctionOf } from './memories.ts';
import type { Kept, Memories } from './memories.ts';
import type { Memory } from './memory-row.ts';
import type { Audience } from './sight.ts';
import type { Derived } from './store.ts';

export interface Refused {
  readonly kind: 'refused';
  readonly why: string;
}

/** Puts another text in the place of a memory of the audience's own channel. */
export async function correctMemory(
  memories: Memories,
  audience: Audience,
  { id, by, text }: { readonly id: string; readonly by: ActorId; readonly text: string },
): Promise<{ readonly current: Memory; readonly kept: Exclude<Kept, Refused> } | Refused> {
  const current = await memories.findCurrent(audience, asMemoryId(id));
  if (current?.channel !== audience.channel)
    return { kind: 'refused', why: `There is no memory \`${id}\` of this channel.` };
  const kept = await memories.keep(audience, correctionOf(current, { author: by, text }));
  return kept.kind === 'refused' ? kept : { current, kept };
}

/** What forgetting would take along, for whoever may do it: readers of its channel there, its author anywhere. */
export async function findForgettable(
  memories: Memories,
  audience: Audience,
  { id, by }: { readonly id: string; readonly by: ActorId },
): Promise<{ readonly head: Memory; readonly derived: Derived } | Refused> {
  const derived = await memories.findDerived(audience, asMemoryId(id));
  const [head] = derived?.chain ?? [];
  if (derived === undefined || head === undefined)
    return { kind: 'refused', why: `There is no memory \`${id}\` here.` };
  if (head.channel !== audience.channel && head.author !== by) {
    return {
      kind: 'refused',
      why: `\`${id}\` was kept in another channel; whoever reads that one can forget it there.`,
    };
  }
  return { head, derived };
}
